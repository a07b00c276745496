"""One writer, many readers, on a real database."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest
from hubkin_kit import journal
from hubkin_kit.batch import Batcher
from hubkin_kit.database import Database, DatabaseReadOnly, DiskFull, Transaction
from hubkin_kit.errors import Invalid, NotFound
from hubkin_kit.sqlite_file import DataGone


def note(tx: Transaction, subject: str = "job-1", **body: object) -> None:
    journal.append(tx, "job", owner="user-ada", subject=subject, **body)


def count(database: Database) -> int:
    return database.read_sync(lambda c: c.exec_driver_sql("select count(*) from kit_journal").scalar() or 0)


def pragma(database: Database, text: str) -> None:
    with database._writer_engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA {text}")


async def test_what_is_written_is_there_for_readers(database: Database) -> None:
    await database.write(note)

    assert count(database) == 1


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def half(tx: Transaction) -> None:
        note(tx)
        raise NotFound("no")

    with pytest.raises(NotFound):
        await database.write(half)

    assert count(database) == 0


async def test_whoever_stops_waiting_does_not_stop_the_transaction(database: Database) -> None:
    go, begun = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        note(tx)
        begun.set()
        go.wait(5)

    writing = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    writing.cancel()
    go.set()
    await database.write(note)

    assert count(database) == 2


async def test_writers_wait_for_each_other_and_none_is_lost(database: Database) -> None:
    await asyncio.gather(*(database.write(note) for _ in range(200)))

    assert count(database) == 200


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseReadOnly):
        await database.read(lambda c: c.exec_driver_sql("delete from kit_journal"))


@pytest.mark.only_on("sqlite")
async def test_a_full_disk_is_said_and_changes_nothing(database: Database) -> None:
    await database.write(note)
    pages = database.read_sync(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar())
    pragma(database, f"max_page_count={pages}")

    with pytest.raises(DiskFull, match="disk is full"):
        await database.write(lambda tx: note(tx, text="x" * 1_000_000))
    pragma(database, "max_page_count=1073741823")
    await database.write(note)

    assert count(database) == 2


@pytest.mark.only_on("sqlite")
async def test_a_database_that_cannot_be_written_is_said(database: Database) -> None:
    pragma(database, "query_only=ON")

    with pytest.raises(DatabaseReadOnly, match="Nothing was changed"):
        await database.write(note)


async def test_a_number_beyond_the_database_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match="too large"):
        await database.write(lambda tx: journal.move_cursor(tx, "reader", 2**63))


async def test_hints_come_after_the_commit(database: Database) -> None:
    seen: list[int] = []

    def work(tx: Transaction) -> None:
        note(tx)
        tx.on_commit.append(lambda: seen.append(count(database)))

    await database.write(work)

    assert seen == [1]


async def test_all_rows_of_a_transaction_have_one_moment(database: Database) -> None:
    await database.write(lambda tx: [note(tx) for _ in range(50)])

    moments = database.read_sync(
        lambda c: c.exec_driver_sql("select count(distinct at) from kit_journal").scalar()
    )
    assert moments == 1


async def test_who_waits_together_is_decided_together(database: Database) -> None:
    batches: list[int] = []

    def decide(tx: Transaction, requests: list[str]) -> list[str]:
        batches.append(len(requests))
        for request in requests:
            note(tx, request)
        return [request.upper() for request in requests]

    batcher: Batcher[str, str] = Batcher(database, decide, limit=64)
    answers = await asyncio.gather(*(batcher.ask(f"r{n}") for n in range(200)))

    assert answers == [f"R{n}" for n in range(200)]
    assert sum(batches) == 200
    assert len(batches) <= 5
    assert max(batches) <= 64


async def test_a_batch_that_fails_fails_for_all_in_it_and_not_for_the_next(database: Database) -> None:
    def decide(tx: Transaction, requests: list[str]) -> list[str]:
        if "bad" in requests:
            raise RuntimeError("a defect")
        return requests

    batcher: Batcher[str, str] = Batcher(database, decide)
    answers = await asyncio.gather(batcher.ask("a"), batcher.ask("bad"), return_exceptions=True)

    assert all(isinstance(answer, RuntimeError) for answer in answers)
    assert await batcher.ask("b") == "b"


@pytest.mark.only_on("sqlite")
async def test_a_log_that_was_removed_while_it_was_open_costs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "live" / "db.sqlite"
    file.parent.mkdir()
    database = Database(f"sqlite:///{file}")
    database.create_all()
    await database.write(note)
    assert count(database) == 1

    file.with_name("db.sqlite-wal").unlink()
    await database.write(note)

    seen = count(database)
    shutil.copytree(file.parent, tmp_path / "copy")  # as a start after a kill would find it
    database.close()
    found = Database(f"sqlite:///{tmp_path}/copy/db.sqlite")
    assert (seen, count(found)) == (2, 2)
    found.close()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("how", ["renamed", "removed", "replaced"])
async def test_nothing_is_written_into_a_folder_that_is_not_there_any_more(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    database = Database(f"sqlite:///{folder}/db.sqlite")
    database.create_all()
    await database.write(note)

    folder.rename(tmp_path / "elsewhere")
    if how == "removed":
        shutil.rmtree(tmp_path / "elsewhere")
    if how == "replaced":
        shutil.copytree(tmp_path / "elsewhere", folder)

    with pytest.raises(DataGone, match="moved, removed or replaced"):
        await database.write(note)
    assert isinstance(database.trouble, DataGone)
    database.close()


@pytest.mark.only_on("sqlite")
async def test_all_goes_on_when_the_folder_is_put_back(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    database = Database(f"sqlite:///{folder}/db.sqlite")
    database.create_all()
    await database.write(note)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(DataGone):
        await database.write(note)

    (tmp_path / "elsewhere").rename(folder)
    await database.write(note)

    assert count(database) == 2
    assert database.trouble is None
    database.close()
