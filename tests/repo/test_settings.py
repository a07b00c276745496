"""Every setting says what it does, and in which unit."""

import importlib
import re

import pytest
import traitlets

from tests.repo.sources import packages
from tools.docs import configurables

UNIT = re.compile(r"(_seconds|_bytes|_micros|_percent|_ratio|_days|_hours|_at|port)$")
COUNTED = re.compile(r"\b(how many|number of|at most|up to)\b", re.IGNORECASE)
NUMBERS = (traitlets.Integer, traitlets.Float, traitlets.CInt, traitlets.CFloat)


def complaints(of: type[traitlets.HasTraits]) -> list[str]:
    found = []
    for name, trait in of.class_own_traits(config=True).items():
        text = str(trait.help)
        if not text.rstrip().endswith((".", "。")):
            found.append(f"{name} has no sentence as its help")
        if isinstance(trait, NUMBERS) and not UNIT.search(name) and not COUNTED.search(text):
            found.append(f"{name} is a number without a unit in its name")
    return found


def test_every_setting_has_help_and_every_number_its_unit() -> None:
    assert {name: complaints(of) for name, of in configurables().items() if complaints(of)} == {}


class _Careless(traitlets.HasTraits):
    timeout = traitlets.Float(1.0, help="How long to wait.").tag(config=True)
    grace_seconds = traitlets.Float(1.0).tag(config=True)
    workers = traitlets.Integer(4, help="How many threads write.").tag(config=True)


def test_a_setting_without_help_and_a_number_without_unit_are_seen() -> None:
    assert complaints(_Careless) == [
        "grace_seconds has no sentence as its help",
        "timeout is a number without a unit in its name",
    ] or complaints(_Careless) == [
        "timeout is a number without a unit in its name",
        "grace_seconds has no sentence as its help",
    ]


@pytest.mark.parametrize("package", sorted(packages()))
def test_importing_a_package_does_not_start_anything(package: str) -> None:
    import threading

    before = threading.active_count()

    importlib.import_module(package)

    assert threading.active_count() == before
