"""A SQLite file with the demo's site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hubkin_kit.database import Database
from hubkin_resources import Machine

MACHINE = Machine(cores=2, memory_bytes=8 * 2**30)


@pytest.fixture
def machine() -> Machine:
    return MACHINE


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.create_all()
    yield database
    database.close()
