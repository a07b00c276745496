"""What differs between databases: how they are reached, what connections need, what errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, OperationalError

from hubkin_kit import columns as _columns  # noqa: F401 - how MariaDB declares what we declare
from hubkin_kit.errors import HubkinError, Invalid, Unavailable

log = structlog.get_logger()

#: Name in an address → the driver that the extra of that name brings.
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}

CONNECT_SECONDS = 5
#: Whoever waits longer for a row gives up; whoever holds one and does nothing is cut off: it may be a process
#: that was paused for good, and nobody could take over its lease.
LOCK_SECONDS = 15
IDLE_SECONDS = 20
#: A server that says nothing for so long is gone.
SILENCE_SECONDS = 60


class DatabaseUnfit(HubkinError):
    """There is a database, or an address, with which we cannot begin anything."""

    code = "database_unfit"
    title = "The platform cannot use this database"


class DatabaseReadOnly(Unavailable):
    """The database cannot be written."""

    code = "read_only"
    title = "The platform cannot write its database"


class DiskFull(Unavailable):
    """There is no room left; nothing was changed."""

    code = "disk_full"
    title = "The platform's disk is full"


def read_url(address: str) -> URL:
    """Read a database's address, as SQLAlchemy writes it, with or without a driver.

    Raises:
        DatabaseUnfit: It is none, or of a database that nobody has tried.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        raise DatabaseUnfit(
            "The address of the database is none. Write one such as postgresql://NAME:PASSWORD@HOST/DATABASE."
        ) from None
    name = url.get_backend_name()
    if name not in DRIVERS:
        raise DatabaseUnfit(
            "Hubkin does not run on {name}. It runs on {known}.",
            params={"name": name[:40], "known": sorted(DRIVERS)},
        )
    return url.set(drivername=DRIVERS[name])


def make_engine(url: URL, *, write: bool, pool_size: int = 1) -> Engine:
    """Return an engine whose transactions behave alike everywhere.

    A reading transaction sees one moment and cannot write.  A writing one sees what is committed at each
    statement, and locks the rows by which it decides; on SQLite it is alone.

    Raises:
        DatabaseUnfit: Its driver is not installed.
    """
    name = url.get_backend_name()
    if name == "sqlite":
        return _sqlite(url, write=write, pool_size=pool_size)
    try:
        engine = create_engine(
            url,
            pool_size=pool_size,
            pool_pre_ping=True,
            connect_args=_CONNECTING[name],
            isolation_level="READ COMMITTED" if write else "REPEATABLE READ",
        )
    except ModuleNotFoundError:
        raise DatabaseUnfit(
            "There is no driver for {name}. Install hubkin-platform[{extra}].",
            params={"name": name, "extra": name},
        ) from None

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        with raw.cursor() as cursor:
            for statement in _SESSION[name](write):
                cursor.execute(statement)
        raw.commit()

    return engine


def check_server(connection: Connection) -> None:
    """Look whether a server can keep what we write.

    Raises:
        DatabaseUnfit: It would lose letters.
    """
    if connection.dialect.name == "postgresql":
        encoding = connection.execute(select(func.current_setting("server_encoding"))).scalar()
        if encoding != "UTF8":
            raise DatabaseUnfit(
                "The database keeps texts as {encoding}, which lacks letters. Make it with ENCODING 'UTF8'.",
                params={"encoding": str(encoding)},
            )


def claim(connection: Connection, name: str, *, seconds: int) -> bool:
    """Wait until no other process of any machine has this name; until the connection ends it is ours."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.set_config("lock_timeout", f"{seconds}s", False)))  # noqa: FBT003
        connection.execute(select(func.pg_advisory_lock(func.hashtext(name))))
        return True
    # MariaDB's names are the whole server's, PostgreSQL's one database's.
    ours = func.concat(func.database(), f".{name}")
    return connection.execute(select(func.get_lock(ours, seconds))).scalar() == 1


def may_pass(error: DBAPIError) -> bool:
    """Whether the same transaction, begun again, may well succeed.

    The server ended it so that others could go on; or somebody committed, a moment before, the row that it
    wanted to write as well, and will be found now.
    """
    return isinstance(error, IntegrityError) or _code(error) in _PASSING


def translated(error: DBAPIError, *, committing: bool = False) -> Exception:
    """Say what is the matter, for whoever can do something about it; what is our own fault stays as it is."""
    if isinstance(error, DataError):
        return too_large()
    code, said = _code(error), str(error.orig)
    known = isinstance(error, OperationalError) or error.connection_invalidated or code in _READ_ONLY
    if not known:
        return error
    if code in _READ_ONLY or (code is None and any(words in said for words in _SQLITE_READ_ONLY)):
        return DatabaseReadOnly("The platform cannot write its database. Nothing was changed. Tell an admin.")
    if code in _FULL or (code is None and any(words in said for words in _SQLITE_FULL)):
        return DiskFull("The platform's disk is full. Nothing was changed. Tell an admin.")
    log.error("database_failed", error=said, code=code)
    if committing and error.connection_invalidated:
        return Unavailable(
            "The database went away while it was writing. Look whether it was done before you try again.",
            retry_after_seconds=5,
        )
    return Unavailable("The database does not answer. Nothing was changed. Try again.", retry_after_seconds=5)


def bring_home(connection: Connection) -> None:
    """Write what SQLite's log holds into the database's file."""
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


def too_large() -> Invalid:
    """Say it for every column at once: whatever came so far was of the right type, and of no use."""
    return Invalid("A number or a text is too large. Nothing was changed.", code="out_of_range")


#: Serialization failure and deadlock; a row that changed since it was read, and deadlock.
_PASSING = frozenset({"40001", "40P01", 1020, 1213})
_READ_ONLY = frozenset({"25006", 1290, 1792, 1836})
_FULL = frozenset({"53100", 3, 1021, 1114})
_SQLITE_READ_ONLY = ("readonly", "read-only", "unable to open")
_SQLITE_FULL = ("full", "disk I/O")

_CONNECTING: Mapping[str, dict[str, Any]] = {
    "postgresql": {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": SILENCE_SECONDS // 2,
        "keepalives_interval": SILENCE_SECONDS // 6,
        "keepalives_count": 3,
    },
    "mariadb": {
        "connect_timeout": CONNECT_SECONDS,
        "charset": "utf8mb4",
        "collation": "utf8mb4_nopad_bin",
    },
}


def _postgresql_session(write: bool) -> list[str]:
    limits = [
        f"SET lock_timeout = '{LOCK_SECONDS}s'",
        f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'",
    ]
    return limits if write else [*limits, "SET default_transaction_read_only = on"]


def _mariadb_session(write: bool) -> list[str]:
    # Without strictness it cuts what is too long and says nothing.
    limits = [
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
        f"SET SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}",
        f"SET SESSION idle_transaction_timeout = {IDLE_SECONDS}",
    ]
    return limits if write else [*limits, "SET SESSION TRANSACTION READ ONLY"]


_SESSION: Mapping[str, Callable[[bool], list[str]]] = {
    "postgresql": _postgresql_session,
    "mariadb": _mariadb_session,
}


def _sqlite(url: URL, *, write: bool, pool_size: int) -> Engine:
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


def _code(error: DBAPIError) -> str | int | None:
    """What the server calls it: MariaDB a number, PostgreSQL five letters; SQLite has only sentences."""
    said = error.orig.args if error.orig is not None else ()
    return said[0] if said and isinstance(said[0], int) else getattr(error.orig, "sqlstate", None)
