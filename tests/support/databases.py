"""The databases that a site may use, for tests that hold on each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from types import ModuleType

import hubkin_platform.app  # noqa: F401 - imports every package, and so registers its tables
from hubkin_kit.database import metadata
from hubkin_kit.dialect import make_engine, read_url
from hubkin_platform import schema
from sqlalchemy import text

from tests.support import mariadb, postgres

SERVERS: dict[str, ModuleType] = {"postgresql": postgres, "mariadb": mariadb}
LABELS = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}


class Server:
    """A running server, with a database that has our tables."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = make_engine(read_url(url), write=True)
        self._numbers = count(1)
        schema.upgrade(url)

    def empty(self) -> None:
        """Remove every row that a test has left."""
        with self._engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())

    def another(self) -> str:
        """Make another database, with nothing in it; return its URL."""
        name = f"another{next(self._numbers)}"
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return read_url(self.url).set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()


@contextmanager
def running(kind: str) -> Iterator[Server]:
    """Run a server."""
    with SERVERS[kind].server() as url:
        server = Server(url)
        try:
            yield server
        finally:
            server.close()
