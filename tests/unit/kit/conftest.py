"""A real database in a file, and a clock that can be put forward."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubkin_kit.database import Database

from tests.support.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def database(tmp_path: Path, clock: MovableClock) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/db.sqlite", clock=clock)
    database.create_all()
    yield database
    database.close()
