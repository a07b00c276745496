"""How a process begins on a database: what it makes, what it waits for, what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hubkin_kit import journal, leases
from hubkin_kit.database import Database, metadata
from hubkin_kit.dialect import DatabaseUnfit, make_engine, read_url
from hubkin_platform import schema
from hubkin_platform.up import checks
from sqlalchemy import inspect, text


@pytest.mark.only_on("postgresql", "mariadb")
async def test_of_several_that_start_at_once_one_makes_the_tables(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    starting = [Database(url) for _ in range(3)]

    done = await asyncio.gather(
        *(asyncio.to_thread(schema.bring_up, database, holder=f"h{n}") for n, database in enumerate(starting))
    )

    assert sorted(done) == ["made", "nothing", "nothing"]
    for database in starting:
        database.close()


def test_what_was_begun_before_a_crash_is_gone_on_with(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    half = make_engine(read_url(url), write=True)
    with half.begin() as connection:
        journal_table = metadata.tables["kit_journal"]
        metadata.create_all(connection, tables=[journal_table, *metadata.sorted_tables[:9]])
        for index in journal_table.indexes:
            index.drop(connection)
    half.dispose()
    database = Database(url)

    assert schema.bring_up(database, holder="test") == "made"

    names = database.read_sync(lambda c: {i["name"] for i in inspect(c).get_indexes("kit_journal")})
    assert "ix_kit_journal_owner_seq" in names
    assert database.read_sync(schema.is_current)
    database.close()


def test_the_lease_of_a_dead_process_is_free_at_once(database_url: str) -> None:
    database = Database(database_url)
    database.create_all()
    for name, holder in (("dispatcher", "here-1"), ("sequencer", "here-2")):
        database.write_sync(lambda tx, name=name, holder=holder: leases.acquire(tx, name, holder))

    database.write_sync(lambda tx: leases.void(tx, lambda holder: holder == "here-1"))

    now = database.clock.now()
    assert database.read_sync(lambda c: leases.holder_of(c, "dispatcher", now=now)) is None
    assert database.read_sync(lambda c: leases.holder_of(c, "sequencer", now=now)) == "here-2"
    database.close()


@pytest.mark.only_on("postgresql", "mariadb")
@pytest.mark.parametrize(
    ("port", "good", "said"), [(None, True, "127.0.0.1, schema "), (1, False, "cannot be used: ")]
)
def test_a_look_before_the_start_finds_the_database_where_the_settings_say(
    database_url: str, tmp_path: Path, port: int | None, good: bool, said: str
) -> None:
    url = read_url(database_url)
    address = url.set(port=port or url.port).render_as_string(hide_password=False)
    (tmp_path / "platform_config.py").write_text(f"c.HubkinPlatform.database_url = {address!r}\n")

    found = checks.database(tmp_path, "en")

    assert found.good is good
    assert said in found.said
    assert found.said.startswith(url.get_backend_name())


@pytest.mark.only_on("postgresql")
def test_a_postgresql_that_lacks_letters_is_refused(empty_database: Callable[[], str]) -> None:
    url = read_url(empty_database())
    maker = make_engine(url, write=True)
    with maker.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        make = "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc"
        connection.execute(text(f"{make} TEMPLATE template0"))
    maker.dispose()
    database = Database(url.set(database="latin").render_as_string(hide_password=False))

    with pytest.raises(DatabaseUnfit, match="LATIN1"):
        schema.bring_up(database, holder="test")
    database.close()


@pytest.mark.only_on("mariadb")
def test_a_server_with_other_habits_keeps_its_own_for_others(database_url: str) -> None:
    database = Database(database_url)

    ours = database.read_sync(
        lambda c: set(
            c.execute(
                text("SELECT DISTINCT collation_name FROM information_schema.columns "
                     "WHERE table_schema = DATABASE() AND collation_name IS NOT NULL")
            ).scalars()
        )
    )  # fmt: skip
    server = database.read_sync(lambda c: c.execute(text("SELECT @@collation_server")).scalar())

    assert server == "latin1_swedish_ci"
    assert ours == {"utf8mb4_nopad_bin"}
    assert database.write_sync(lambda tx: journal.last_seq(tx.connection)) == 0
    database.close()
