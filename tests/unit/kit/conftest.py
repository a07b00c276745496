"""A real database in a file, and a clock that can be put forward."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hubkin_kit.database import Database

from tests.support.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def database(database_url: str, clock: MovableClock) -> Iterator[Database]:
    database = Database(database_url, clock=clock)
    database.create_all()
    yield database
    database.close()
