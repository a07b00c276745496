"""The one way to the relational database.

Readers run on a small pool of threads, every writing transaction on one thread: that is what SQLite wants
(a single connection writes and checkpoints), what makes group commit natural, and what bounds our connections
to a server.  On a server other processes write as well: whoever decides by a row locks it, a constraint
decides what may be there once, and a transaction that lost against another is begun again.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import structlog
from sqlalchemy import Connection, Executable, MetaData, inspect
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError

from hubkin_kit import dialect
from hubkin_kit.clock import Clock, SystemClock
from hubkin_kit.dialect import DatabaseReadOnly, DiskFull
from hubkin_kit.errors import Unavailable
from hubkin_kit.sqlite_file import DataGone, SqliteFile

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

#: How often a transaction that lost against another one is begun again, and how long it waits at most.
TRIES = 8
PAUSE_SECONDS = 0.05

#: SQLite below this can corrupt a WAL database that two connections write or checkpoint (fixed 2026-03).
SQLITE_WAL_FIX = (3, 51, 3)


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
        self.url = dialect.read_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer_engine = dialect.make_engine(self.url, write=True)
        self._reader_engine = dialect.make_engine(self.url, write=False, pool_size=readers)
        self._file = SqliteFile(Path(self.url.database or "")) if self.is_sqlite else None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="db-read")
        self._after: list[Callable[[], None]] = []
        self._after_news: list[Callable[[], None]] = []
        #: Whether the transactions to come number the journal themselves; see `hubkin_kit.journal`.
        self.numbers_journal = False
        self._lock = threading.Lock()
        self.trouble: Unavailable | None = None
        """Why the newest transaction could not be written; None when it could."""

    def warnings(self) -> list[str]:
        """What an operator should know about this database."""
        if self.is_sqlite and sqlite3.sqlite_version_info < SQLITE_WAL_FIX:
            return [
                f"SQLite {sqlite3.sqlite_version} is older than 3.51.3: keep to one process (it is enforced)."
            ]
        return []

    def check(self) -> None:
        """Look whether the database can keep what we write.

        Raises:
            DatabaseUnfit: It would lose some of it.
        """
        self.read_sync(dialect.check_server)

    def create_all(self) -> None:
        """Create what is missing; the migration history takes over from the first release on."""
        known = set(inspect(self._writer_engine).get_table_names())
        missing = [table for table in metadata.sorted_tables if table.name not in known]
        metadata.create_all(self._writer_engine, tables=missing, checkfirst=False)

    async def read(self, query: Callable[[Connection], Answer]) -> Answer:
        """Run a query on a reading thread; it sees committed rows only."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_sync, query)

    async def write(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Run work in one transaction on the writing thread and commit it.

        Work may be run more than once, each time in a transaction of its own of which only the last one is
        committed: whatever it does besides must bear that.

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
        except DBAPIError as error:
            _fail(error)
        except OverflowError as error:
            raise dialect.too_large() from error

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

    @contextmanager
    def alone(self, name: str, *, seconds: int = 60) -> Iterator[None]:
        """Keep every other process out of what has this name.

        Raises:
            Unavailable: Another one is in there for too long.
        """
        if self.is_sqlite:  # a lock on its file keeps them out
            yield
            return
        try:
            with self._writer_engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                if not dialect.claim(connection, name, seconds=seconds):
                    raise Unavailable("Another process is at work on the database. Try again later.")
                yield
                connection.invalidate()  # what was claimed ends with the connection
        except DBAPIError as error:
            _fail(error)

    def _write(self, work: Callable[[Transaction], Answer]) -> Answer:
        tries = 0 if self.is_sqlite else TRIES
        while True:
            try:
                return self._write_once(work, tries)
            except _BeginAgain:
                tries -= 1
                time.sleep(random.uniform(0, PAUSE_SECONDS))

    def _write_once(self, work: Callable[[Transaction], Answer], tries: int) -> Answer:
        committing = False
        try:
            self._look_at_file()
            with self._writer_engine.connect() as connection:
                connection.begin()
                tx = Transaction(connection, self.clock.now(), numbers_journal=self.numbers_journal)
                answer = work(tx)
                committing = True
                connection.commit()
        except DBAPIError as error:
            if tries and dialect.may_pass(error):
                raise _BeginAgain from error
            try:
                _fail(error, committing=committing)
            except Unavailable as trouble:
                self.trouble = trouble
                raise
        except DataGone as gone:
            self.trouble = gone
            raise
        except OverflowError as error:
            raise dialect.too_large() from error
        self.trouble = None
        if self._file is not None:
            self._file.note_log()
        for call in (*tx.on_commit, *self._after, *(self._after_news if tx.has_news else ())):
            call()
        return answer

    def _look_at_file(self) -> None:
        """See to it that what is going to be written will be found again."""
        if self._file is None:
            return
        self._file.check()
        if self._file.has_lost_its_log:
            # Our connections still have it open: bring it home, and begin a new one with new connections.
            log.error("database_log_removed")
            with self._writer_engine.connect() as connection:
                dialect.bring_home(connection)
            self._writer_engine.dispose()
            self._reader_engine.dispose()


class _BeginAgain(Exception):
    """The transaction lost against another one."""


def _fail(error: DBAPIError, *, committing: bool = False) -> NoReturn:
    said = dialect.translated(error, committing=committing)
    if said is error:
        raise error
    raise said from error
