"""The schema's version: fresh databases are made, older ones upgraded, newer ones refused.

One linear history in ``migrations/versions``.  alembic costs 0.6 s to import, so it is asked only when the
version differs from `HEAD`; its own table ``alembic_version`` holds the version.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hubkin_kit.database import Database, Transaction, metadata
from hubkin_kit.dialect import make_engine, read_url
from hubkin_kit.leases import acquire, release
from hubkin_kit.settings import StartRefused
from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select

#: The revision that this code was written for: the last of ``migrations/versions``.
HEAD = "0002"
MIGRATIONS = Path(__file__).parent / "migrations"
LEASE = "schema"

_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def version_of(connection: Connection) -> str | None:
    """Return the version of the database, None when it is empty."""
    if not inspect(connection).has_table(_version.name):
        return None
    return connection.execute(select(_version.c.version_num)).scalar()


def bring_up(database: Database, *, holder: str) -> str:
    """Make or upgrade the schema, under a lease; return what was done: nothing, made or upgraded.

    Raises:
        StartRefused: The database was written by a newer version.
        DatabaseUnfit: It cannot keep what we write.
    """
    if database.read_sync(version_of) == HEAD:
        _refuse_incomplete(database)
        return "nothing"
    with database.alone(LEASE):
        return _bring_up(database, holder)


def _bring_up(database: Database, holder: str) -> str:
    found = database.read_sync(version_of)
    if found == HEAD:
        return "nothing"
    if found is None:
        database.check()
        database.write_sync(_make)
        return "made"
    if found not in history():
        raise StartRefused(
            "The database was made by a newer version: it has schema {found}, and this version knows those "
            "up to {head}. "
            "Install that version, choose another data folder, or go back to a copy from before.",
            params={"found": found, "head": HEAD},
        )
    lease = database.write_sync(lambda tx: acquire(tx, LEASE, holder))
    if lease is None:
        raise StartRefused("Another process is upgrading the database. Start again when it is done.")
    upgrade(database.url.render_as_string(hide_password=False))
    database.write_sync(lambda tx: release(tx, lease))
    return "upgraded"


def lacking(connection: Connection) -> list[str]:
    """Return the tables and columns that the database lacks of those that this code needs."""
    there = {
        table: {column["name"] for column in columns}
        for (_, table), columns in inspect(connection).get_multi_columns().items()
    }
    found = []
    for table in metadata.sorted_tables:
        if table.name not in there:
            found.append(table.name)
        else:
            found += [f"{table.name}.{name}" for name in set(table.columns.keys()) - there[table.name]]
    return sorted(found)


def _refuse_incomplete(database: Database) -> None:
    """Say at the start what every request would stumble over: the version alone is a claim."""
    missing = database.read_sync(lacking)
    if missing:
        raise StartRefused(
            "The database was made by a version in between, which cannot be upgraded: it lacks {what}. "
            "Install that version, choose another data folder, or go back to a copy from before.",
            params={"what": ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")},
        )


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema of this code."""
    return version_of(connection) == HEAD


def history() -> Mapping[str, int]:
    """Return the known revisions, oldest first, with their place."""
    files = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
    return {file.name.partition("_")[0]: place for place, file in enumerate(files)}


def upgrade(url: str, *, to: str = "head") -> None:
    """Run the migrations on a database."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = make_engine(read_url(url), write=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()


def _make(tx: Transaction) -> None:
    # Where making a table commits, what was begun before a crash is gone on with.
    metadata.create_all(tx.connection)
    for table in metadata.sorted_tables:
        for index in table.indexes:
            index.create(tx.connection, checkfirst=True)
    _version.metadata.create_all(tx.connection)
    tx.execute(insert(_version).values(version_num=HEAD))
