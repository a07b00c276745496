"""A real database in a file, and a clock that can be put forward."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubkin_kit.clock import SystemClock
from hubkin_kit.database import Database


class MovableClock(SystemClock):
    """The machine's clock, with what a test added."""

    ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def database(tmp_path: Path, clock: MovableClock) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/db.sqlite", clock=clock)
    database.create_all()
    yield database
    database.close()
