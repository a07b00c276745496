"""A SQLite file with the demo's site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubkin_kit.database import Database
from hubkin_resources import Machine

MACHINE = Machine(cores=2, memory_bytes=8 * 2**30)


@pytest.fixture
def machine() -> Machine:
    return MACHINE


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/hubkin.sqlite")
    database.create_all()
    yield database
    database.close()
