"""Several processes write at once: nothing is lost, nothing is done twice, nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hubkin import wire
from hubkin_jobs.controllers.dispatcher import dispatch_all
from hubkin_kit import dialect, journal, leases
from hubkin_kit.database import Database, Transaction
from hubkin_kit.errors import Unavailable
from hubkin_kit.insert import insert_new
from hubkin_kit.money import MICROS
from hubkin_kit.tables import cursors
from sqlalchemy import insert, select, update

from tests.support.rig import Rig

pytestmark = pytest.mark.only_on("postgresql", "mariadb")

#: How a connection names itself, and how another one ends it.
CUT = {
    "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend({})"),
    "mariadb": ("SELECT CONNECTION_ID()", "KILL {}"),
}
GPU = {"run": "true", "resources": {"gpu": "sim-gpu:1"}}


async def test_the_journal_loses_nothing_and_has_no_gap_while_everybody_writes(
    writers: list[Database],
) -> None:
    sequencer, *others = writers
    seen: list[int] = []
    reader = asyncio.create_task(follow(sequencer, seen, count=200))

    def note(n: int) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            journal.append(tx, "job", owner="user-ada", subject=f"job-{n}")
            time.sleep(0.002 * (n % 3))  # the ids are given long before the commits, in another order
            journal.append(tx, "job", owner="user-ada", subject=f"job-{n}")

        return work

    await asyncio.gather(*(others[n % len(others)].write(note(n)) for n in range(100)))
    await asyncio.wait_for(reader, 30)

    rows = sequencer.read_sync(lambda c: journal.read_after(c, 0))
    assert [row.seq for row in rows] == list(range(1, 201))
    assert seen == list(range(1, 201))
    assert {row.subject for row in rows} == {f"job-{n}" for n in range(100)}


async def follow(database: Database, seen: list[int], *, count: int) -> None:
    """Number, and read as readers do: on from the last number."""
    while len(seen) < count:
        await database.write(journal.sequence)
        last = seen[-1] if seen else 0
        rows = await database.read(lambda c, last=last: journal.read_after(c, last))
        seen += [row.seq for row in rows]
        await asyncio.sleep(0.001)


async def test_a_lease_that_everybody_wants_first_goes_to_one(writers: list[Database]) -> None:
    wants = [
        database.write(lambda tx, n=n: leases.acquire(tx, "dispatcher", f"holder-{n}"))
        for n, database in enumerate(writers)
    ]

    taken = [lease for lease in await asyncio.gather(*wants) if lease is not None]

    assert [lease.epoch for lease in taken] == [1]


async def test_a_holder_that_stops_in_the_middle_is_cut_off_and_writes_nothing(
    writers: list[Database], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "IDLE_SECONDS", 1)
    paused = Database(database_url)
    lease = paused.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "paused"))
    assert lease is not None
    go, begun = threading.Event(), threading.Event()

    def work(tx: Transaction) -> None:
        leases.check(tx, lease)
        journal.append(tx, "job", owner="user-ada", subject="late")
        begun.set()
        go.wait(30)

    late = asyncio.create_task(paused.write(work))
    await asyncio.to_thread(begun.wait, 30)
    # Long after the lease has run out another holder takes it, and need not wait for the paused one.
    writers[0].clock = Later()
    successor = await writers[0].write(lambda tx: leases.acquire(tx, "dispatcher", "successor"))
    go.set()

    assert successor is not None
    with pytest.raises(Unavailable):
        await late
    assert not writers[0].read_sync(journal.has_unnumbered)
    paused.close()


class Later:
    """A clock that is a minute ahead."""

    def now(self) -> int:
        return time.time_ns() // 1000 + 60_000_000

    def ran(self) -> int:
        return self.now()


async def test_two_that_wait_for_each_other_both_come_through(writers: list[Database]) -> None:
    writers[0].write_sync(
        lambda tx: tx.execute(insert(cursors), [{"reader": name, "seq": 0} for name in ("a", "b")])
    )
    both = threading.Barrier(2, timeout=10)
    tries: list[str] = []

    def add(first: str, second: str) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            tries.append(first)
            one_more(tx, first)
            if len(tries) <= 2:
                both.wait()
            one_more(tx, second)

        return work

    await asyncio.gather(writers[0].write(add("a", "b")), writers[1].write(add("b", "a")))

    found = writers[0].read_sync(lambda c: dict(c.execute(select(cursors.c.reader, cursors.c.seq)).all()))
    assert found == {"a": 2, "b": 2}
    assert len(tries) == 3, "one of them lost, and began again"


def one_more(tx: Transaction, reader: str) -> None:
    tx.execute(update(cursors).where(cursors.c.reader == reader).values(seq=cursors.c.seq + 1))


async def test_who_finds_a_key_taken_at_the_last_moment_looks_again(writers: list[Database]) -> None:
    looked = threading.Barrier(2, timeout=10)
    first_time = threading.local()

    def look_then_add(tx: Transaction) -> str:
        found = tx.execute(select(cursors.c.reader).where(cursors.c.reader == "a")).scalar()
        if not hasattr(first_time, "is_over"):
            first_time.is_over = True
            looked.wait()
        if found:
            return "found"
        tx.execute(insert(cursors).values(reader="a", seq=1))
        return "added"

    answers = await asyncio.gather(*(database.write(look_then_add) for database in writers[:2]))

    assert sorted(answers) == ["added", "found"]


async def test_new_rows_that_everybody_brings_are_there_once(writers: list[Database]) -> None:
    def bring(n: int) -> Callable[[Transaction], None]:
        rows = [{"reader": f"r{m}", "seq": n} for m in range(20)]
        return lambda tx: insert_new(tx, cursors, rows if n % 2 else rows[::-1])

    await asyncio.gather(*(writers[n % len(writers)].write(bring(n)) for n in range(16)))

    assert writers[0].read_sync(lambda c: len(c.execute(select(cursors)).all())) == 20


async def test_a_reader_sees_one_moment(writers: list[Database]) -> None:
    def twice(connection: Any) -> tuple[int, int]:
        before = len(connection.execute(select(cursors)).all())
        writers[1].write_sync(lambda tx: tx.execute(insert(cursors).values(reader="new", seq=1)))
        return before, len(connection.execute(select(cursors)).all())

    assert writers[0].read_sync(twice) == (0, 0)


async def test_a_connection_that_was_cut_costs_one_answer_at_most(writers: list[Database]) -> None:
    database, other = writers[0], writers[1]
    ask, end = CUT[database.url.get_backend_name()]

    def cut_in_the_middle(tx: Transaction) -> None:
        journal.append(tx, "job", owner="user-ada", subject="lost")
        number = tx.connection.exec_driver_sql(ask).scalar()
        other.write_sync(lambda tx: tx.connection.exec_driver_sql(end.format(number)))
        journal.append(tx, "job", owner="user-ada", subject="lost")

    with pytest.raises(Unavailable):
        await database.write(cut_in_the_middle)
    await database.write(lambda tx: journal.append(tx, "job", owner="user-ada", subject="kept"))
    database.write_sync(journal.sequence)

    assert [row.subject for row in database.read_sync(lambda c: journal.read_after(c, 0))] == ["kept"]


async def test_of_sixty_four_jobs_against_one_first_hour_one_is_accepted_by_four_platforms(
    rigs: list[Rig],
) -> None:
    ada = rigs[0].person("ada")
    rigs[0].top_up(ada.user_id, 2 * MICROS)

    asked = [rigs[n % 4].submit(ada, {**GPU, "name": f"j{n}"}, key=f"k{n}") for n in range(64)]
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert {getattr(a, "code", "") for a in answers if not isinstance(a, str)} == {"balance_low"}
    assert rigs[0].balance(ada.user_id).held_micros == 2 * MICROS
    assert rigs[0].audit() == ()


async def test_a_key_that_four_platforms_hear_at_once_makes_one_job(rigs: list[Rig]) -> None:
    ada = rigs[0].person("ada")
    rigs[0].top_up(ada.user_id, 100 * MICROS)

    answers = await asyncio.gather(*(rigs[n % 4].submit(ada, GPU, key="k") for n in range(32)))

    assert len(set(answers)) == 1
    assert rigs[0].balance(ada.user_id).held_micros == 2 * MICROS


async def test_platforms_that_stop_what_another_starts_do_not_trip_over_it(
    rigs: list[Rig],
) -> None:
    ada = rigs[0].person("ada")
    rigs[0].top_up(ada.user_id, 100 * MICROS)
    sent = [await rigs[0].submit(ada, {**GPU, "name": f"j{n}"}, key=f"k{n}") for n in range(12)]

    stops = [
        rigs[1 + n % 3].jobs.stop(ada, ada.owners, job_id, wire.StopRequest())
        for n, job_id in enumerate(sent)
    ]
    works = [rigs[0].database.write(dispatch_all) for _ in range(6)]
    await asyncio.gather(*stops, *works)

    states = Counter(rigs[0].job(job_id).state for job_id in sent)
    held = rigs[0].balance(ada.user_id).held_micros
    assert set(states) <= {"stopped", "stopping"}
    assert held == 2 * MICROS * states["stopping"]
    assert rigs[0].audit() == ()
