"""Books in a SQLite file, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubkin_kit.database import Database

from tests.support.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(tmp_path: Path, clock: HandClock) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/hubkin.sqlite", clock=clock)
    database.create_all()
    yield database
    database.close()
