"""What every tier has: the record of the real systems that its tests ran against.

A fixture that starts something real says so, once is enough:

    @pytest.fixture(scope="session")
    def hub(record_real_system):
        record_real_system("JupyterHub", jupyterhub.__version__)

and skips by name where it is missing: ``pytest.skip("needs Chromium")``.  `tools/tiers.py`
prints both in its table.
"""

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
    parser.addoption(
        "--databases", default="sqlite", help="Which databases tests run on that hold on each: a,b,c."
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a database on each that was asked for."""
    if "database_kind" in metafunc.fixturenames:
        kinds = metafunc.config.getoption("--databases").split(",")
        metafunc.parametrize("database_kind", kinds, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not about the databases that were asked for."""
    everything = "sqlite" in config.getoption("--databases")
    chosen = [item for item in items if _is_about(item, everything=everything)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def _is_about(item: pytest.Item, *, everything: bool) -> bool:
    kind = item.callspec.params.get("database_kind") if hasattr(item, "callspec") else None
    only = item.get_closest_marker("only_on")
    if kind is None:
        return everything
    return only is None or kind in only.args


@pytest.fixture(scope="session")
def database_server(record_real_system: Callable[[str, str], None]) -> Iterator[Callable[[str], Any]]:
    """Start a database server once, and return it."""
    from tests.support import databases

    started: dict[str, databases.Server] = {}
    with ExitStack() as stack:

        def start(kind: str) -> databases.Server:
            if kind not in started:
                if not databases.SERVERS[kind].is_installed():
                    pytest.skip(f"needs {databases.LABELS[kind]}")
                record_real_system(databases.LABELS[kind], databases.SERVERS[kind].version())
                started[kind] = stack.enter_context(databases.running(kind))
            return started[kind]

        yield start


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return the address of a database without rows, on each database that was asked for."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path}/hubkin.sqlite"
    server = request.getfixturevalue("database_server")(database_kind)
    server.empty()
    return server.url


@pytest.fixture
def empty_database(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Make a database without tables, on each database that was asked for, and return its address."""
    if database_kind == "sqlite":
        numbers = itertools.count()
        return lambda: f"sqlite:///{tmp_path}/{next(numbers)}.sqlite"
    return request.getfixturevalue("database_server")(database_kind).another


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
