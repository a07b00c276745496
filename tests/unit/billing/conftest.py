"""Books in a SQLite file, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hubkin_kit.database import Database

from tests.support.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(database_url: str, clock: HandClock) -> Iterator[Database]:
    database = Database(database_url, clock=clock)
    database.create_all()
    yield database
    database.close()
