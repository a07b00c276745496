"""What every tier has: the record of the real systems that its tests ran against.

A fixture that starts something real says so, once is enough:

    @pytest.fixture(scope="session")
    def hub(record_real_system):
        record_real_system("JupyterHub", jupyterhub.__version__)

and skips by name where it is missing: ``pytest.skip("needs Chromium")``.  `tools/tiers.py`
prints both in its table.
"""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

_FOUND: dict[str, str] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tier-report", type=Path, help="Write the real systems that were used to this JSON file."
    )


@pytest.fixture(scope="session")
def record_real_system() -> Callable[[str, str], None]:
    """Note that tests run against a real system: its name and version."""
    return _FOUND.__setitem__


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test with a database in its hands ran on SQLite; nobody has to say it."""
    if {"database", "db", "engine"} & set(getattr(item, "fixturenames", ())):
        _FOUND.setdefault("SQLite", sqlite3.sqlite_version)


def pytest_sessionfinish(session: pytest.Session) -> None:
    report: Path | None = session.config.getoption("--tier-report")
    if report is not None:
        report.write_text(json.dumps({"real": _FOUND}, indent=1))
