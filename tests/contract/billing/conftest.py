"""The same promises on every database that a site may use, with several writers at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hubkin_billing import tables as _billing  # noqa: F401 - fills the metadata
from hubkin_kit.database import Database, metadata
from hubkin_resources import tables as _resources  # noqa: F401
from hubkin_users import tables as _users  # noqa: F401
from sqlalchemy import create_engine

from tests.support import postgres

WRITERS = 4


@pytest.fixture(scope="session")
def postgres_url(record_real_system: Callable[[str, str], None]) -> Iterator[str]:
    if postgres.folder() is None:
        pytest.skip("needs PostgreSQL")
    record_real_system("PostgreSQL", postgres.version())
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, record_real_system) -> str:
    if request.param == "sqlite":
        record_real_system("SQLite", sqlite3.sqlite_version)
        return f"sqlite:///{tmp_path}/hubkin.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    metadata.drop_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def writers(database_url: str) -> Iterator[list[Database]]:
    """Several processes' databases: each with a writing thread and connections of its own."""
    with ExitStack() as stack:
        opened = [Database(database_url, readers=1) for _ in range(WRITERS)]
        for database in opened:
            stack.callback(database.close)
        opened[0].create_all()
        yield opened
