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
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

_FOUND: dict[str, str] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tier-report", type=Path, help="Write the real systems that were used to this JSON file."
    )


@pytest.fixture(scope="session")
def record_real_system() -> Callable[[str, str], None]:
    """Note that tests run against a real system: its name and version."""
    return _FOUND.__setitem__


@event.listens_for(Engine, "connect")
def _database_was_used(connection: Any, _record: Any) -> None:
    """Whoever opens a database ran against it; nobody has to say so."""
    if type(connection).__module__.startswith("sqlite3"):
        _FOUND.setdefault("SQLite", sqlite3.sqlite_version)


def pytest_sessionfinish(session: pytest.Session) -> None:
    report: Path | None = session.config.getoption("--tier-report")
    if report is not None:
        report.write_text(json.dumps({"real": _FOUND}, indent=1))
