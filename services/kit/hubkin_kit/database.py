"""The one way to the relational database.

Readers run on a small pool of threads, every writing transaction on one thread: that is what SQLite wants
(a single connection writes and checkpoints), what makes group commit natural, and what bounds our connections
to a server.  Nothing outside this file knows the dialect.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine, Executable, MetaData, create_engine, event
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.exc import DataError, OperationalError

from hubkin_kit.clock import Clock, SystemClock
from hubkin_kit.errors import Invalid, Unavailable

Answer = TypeVar("Answer")

log = structlog.get_logger()

__all__ = ["Connection", "Database", "DatabaseReadOnly", "DiskFull", "Row", "Transaction", "metadata"]

#: A row of a query, by column name.
Row = Mapping[Any, Any]

#: Every package's tables, so that one migration history covers them.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

#: SQLite below this can corrupt a WAL database that two connections write or checkpoint (fixed 2026-03).
SQLITE_WAL_FIX = (3, 51, 3)


class DatabaseReadOnly(Unavailable):
    """The database file cannot be written."""

    code = "read_only"
    title = "The platform cannot write its database"


class DiskFull(Unavailable):
    """There is no room left; nothing was changed."""

    code = "disk_full"
    title = "The platform's disk is full"


@dataclass(slots=True)
class Transaction:
    """A writing transaction: passed down through packages, committed by whoever opened it."""

    connection: Connection
    now: int
    """The transaction's moment: every row that it writes carries the same one."""
    on_commit: list[Callable[[], None]] = field(default_factory=list)
    """Called after the commit, on the writing thread; must not block.  A hint for others, never the truth."""
    numbers_journal: bool = False
    """Whether what it writes into the journal gets its number at once, since nobody else can be writing."""
    has_news: bool = False
    """Whether it has written numbered rows into the journal."""

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement."""
        return self.connection.execute(statement, parameters)


class Database:
    """Engine, threads and transactions of one process."""

    def __init__(self, url: str, *, clock: Clock | None = None, readers: int = 4) -> None:
        self.clock: Clock = clock or SystemClock()
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer_engine = _engine(url, write=True)
        self._reader_engine = _engine(url, write=False, pool_size=readers)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="db-read")
        self._after: list[Callable[[], None]] = []
        self._after_news: list[Callable[[], None]] = []
        #: Whether the transactions to come number the journal themselves; see `hubkin_kit.journal`.
        self.numbers_journal = False
        self._lock = threading.Lock()

    def warnings(self) -> list[str]:
        """What an operator should know about this database."""
        if self.is_sqlite and sqlite3.sqlite_version_info < SQLITE_WAL_FIX:
            return [
                f"SQLite {sqlite3.sqlite_version} is older than 3.51.3: keep to one process (it is enforced)."
            ]
        return []

    def create_all(self) -> None:
        """Create what is missing; the migration history takes over from the first release on."""
        metadata.create_all(self._writer_engine)

    async def read(self, query: Callable[[Connection], Answer]) -> Answer:
        """Run a query on a reading thread; it sees committed rows only."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_sync, query)

    async def write(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Run work in one transaction on the writing thread and commit it.

        Raises:
            DatabaseReadOnly, DiskFull: Nothing was changed.
        """
        return await asyncio.shield(
            asyncio.get_running_loop().run_in_executor(self._writer, self._write, work)
        )

    def read_sync(self, query: Callable[[Connection], Answer]) -> Answer:
        """Run a query on this thread."""
        try:
            with self._reader_engine.connect() as connection:
                return query(connection)
        except OperationalError as error:
            raise _translated(error) from error
        except (OverflowError, DataError) as error:
            raise _too_large() from error

    def write_sync(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Run work in one transaction and wait; for start-up code and tests, never on an event loop."""
        return self._writer.submit(self._write, work).result()

    def after_every_commit(self, call: Callable[[], None]) -> None:
        """Have ``call`` run after each commit, on the writing thread."""
        self._after.append(call)

    def after_news(self, call: Callable[[], None]) -> None:
        """Have ``call`` run after each commit of numbered rows of the journal, on the writing thread."""
        self._after_news.append(call)

    def close(self) -> None:
        """Finish what was begun and close all connections."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._writer_engine.dispose()
        self._reader_engine.dispose()

    def _write(self, work: Callable[[Transaction], Answer]) -> Answer:
        try:
            with self._writer_engine.begin() as connection:
                tx = Transaction(connection, self.clock.now(), numbers_journal=self.numbers_journal)
                answer = work(tx)
        except OperationalError as error:
            raise _translated(error) from error
        except (OverflowError, DataError) as error:
            raise _too_large() from error
        for call in (*tx.on_commit, *self._after, *(self._after_news if tx.has_news else ())):
            call()
        return answer


def _engine(url: str, *, write: bool, pool_size: int = 1) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_size=pool_size, pool_pre_ping=True, isolation_level="READ COMMITTED")
    # The pool hands a connection to one thread at a time, which is all that SQLite asks.
    engine = create_engine(url, pool_size=pool_size, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(raw: sqlite3.Connection, _record: object) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves, so that DDL and reads are inside as well
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA busy_timeout=30000")
        if not write:
            raw.execute("PRAGMA query_only=ON")
            raw.execute("PRAGMA wal_autocheckpoint=0")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _translated(error: OperationalError) -> Exception:
    text = str(error.orig)
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return DatabaseReadOnly("The platform cannot write its database. Nothing was changed. Tell an admin.")
    if "full" in text or "disk I/O" in text:
        return DiskFull("The platform's disk is full. Nothing was changed. Tell an admin.")
    log.error("database_failed", error=text)
    return Unavailable("The database does not answer. Nothing was changed. Try again.", retry_after_seconds=5)


def _too_large() -> Invalid:
    """Say it for every column at once: whatever came so far was of the right type, and of no use."""
    return Invalid("A number or a text is too large. Nothing was changed.", code="out_of_range")
