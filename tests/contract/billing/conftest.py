"""The same promises on every database that a site may use, with several writers at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hubkin_billing import tables as _billing  # noqa: F401 - fills the metadata
from hubkin_kit.database import Database
from hubkin_resources import tables as _resources  # noqa: F401
from hubkin_users import tables as _users  # noqa: F401

WRITERS = 4


@pytest.fixture
def writers(database_url: str) -> Iterator[list[Database]]:
    """Several processes' databases: each with a writing thread and connections of its own."""
    with ExitStack() as stack:
        opened = [Database(database_url, readers=1) for _ in range(WRITERS)]
        for database in opened:
            stack.callback(database.close)
        opened[0].create_all()
        yield opened
