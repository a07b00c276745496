"""Loops under leases, on a real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from hubkin_kit import controllers, journal
from hubkin_kit.controllers import Controller, Runner
from hubkin_kit.database import Database
from hubkin_kit.leases import Lease
from hubkin_kit.tables import leases
from sqlalchemy import select


@pytest.fixture
async def runner(database: Database) -> AsyncIterator[Runner]:
    runner = Runner(database, holder="me")
    yield runner
    await runner.close()


async def until(met: object, *, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():  # type: ignore[operator]
        assert time.monotonic() < deadline
        await asyncio.sleep(0.002)


def happen(database: Database, n: int = 1) -> None:
    database.write_sync(
        lambda tx: [journal.append(tx, "job", owner="user-a", subject=f"job-{i}") for i in range(n)] and None
    )


async def test_what_is_committed_gets_its_number_at_once(database: Database, runner: Runner) -> None:
    runner.start_sequencer()
    await until(lambda: runner.is_healthy("sequencer"))
    waits = []
    for _ in range(20):
        rang = runner.numbered.count
        begun = time.perf_counter()
        await asyncio.to_thread(happen, database)
        assert await runner.numbered.wait(2, since=rang)
        waits.append(time.perf_counter() - begun)

    assert await database.read(journal.last_seq) == 20
    assert sorted(waits)[10] < 0.25


async def test_a_commit_during_a_step_is_not_missed(database: Database, runner: Runner) -> None:
    runner.start_sequencer()

    for _ in range(100):
        await database.write(lambda tx: journal.append(tx, "job", owner="user-a", subject="job-1"))

    await until(lambda: database.read_sync(journal.last_seq) == 100, seconds=0.9)


@pytest.mark.only_on("sqlite")
async def test_what_was_there_before_is_numbered_before_what_comes(
    database: Database, runner: Runner
) -> None:
    await asyncio.to_thread(happen, database, 3)
    runner.start_sequencer()
    await until(lambda: runner.is_healthy("sequencer"))

    await asyncio.to_thread(happen, database)

    rows = await database.read(lambda c: journal.read_after(c, 0))
    assert [row.subject for row in rows] == ["job-0", "job-1", "job-2", "job-0"]


async def test_what_another_process_writes_is_numbered_too(database: Database, runner: Runner) -> None:
    runner.start_sequencer()
    await until(lambda: runner.is_healthy("sequencer"))
    other = Database(str(database.url))

    await asyncio.to_thread(happen, other)

    await until(lambda: database.read_sync(journal.last_seq) == 1)
    other.close()


async def test_a_loop_that_fails_goes_on_later(database: Database, runner: Runner) -> None:
    steps = []

    async def step(lease: Lease) -> None:
        steps.append(lease)
        if len(steps) == 1:
            raise RuntimeError("a bad day")

    runner.start([Controller(name="c", step=step, every_seconds=0.01)])

    await until(lambda: len(steps) > 2)


async def test_only_one_holder_steps_and_the_other_takes_over(database: Database, runner: Runner) -> None:
    other = Runner(database, holder="other")
    stepped = []

    def loop(name: str) -> Controller:
        async def step(lease: Lease) -> None:
            stepped.append((name, lease.epoch))

        return Controller(name="c", step=step, every_seconds=0.01)

    runner.start([loop("me")])
    await until(lambda: len(stepped) > 2)
    other.start([loop("other")])
    await asyncio.sleep(0.1)
    assert {name for name, _ in stepped} == {"me"}

    await runner.close()

    await until(lambda: ("other", 2) in stepped, seconds=8)
    await other.close()


async def test_a_waking_loop_does_not_wake_itself(database: Database, runner: Runner) -> None:
    steps = []

    async def step(lease: Lease) -> None:
        steps.append(lease)
        await database.write(lambda tx: None)

    runner.start_sequencer()
    runner.start([Controller(name="c", step=step, every_seconds=5, wakes=True)])
    await asyncio.sleep(0.2)

    assert len(steps) == 1


async def test_a_waking_loop_steps_when_the_journal_has_news(database: Database, runner: Runner) -> None:
    steps = []

    async def step(lease: Lease) -> None:
        steps.append(lease)

    runner.start_sequencer()
    runner.start([Controller(name="c", step=step, every_seconds=5, wakes=True)])
    await until(lambda: len(steps) == 1)

    await asyncio.to_thread(happen, database)

    await until(lambda: len(steps) == 2, seconds=2)


async def test_a_burst_of_news_is_one_step_of_a_loop_that_keeps_them_apart(
    database: Database, runner: Runner
) -> None:
    steps = []

    async def step(lease: Lease) -> None:
        steps.append(lease)

    runner.start_sequencer()
    runner.start([Controller(name="c", step=step, every_seconds=5, wakes=True, pace_seconds=0.3)])
    await until(lambda: len(steps) == 1)
    for _ in range(5):
        await asyncio.to_thread(happen, database)

    await until(lambda: len(steps) == 2)
    await asyncio.sleep(0.05)
    assert len(steps) == 2


async def test_a_lease_is_renewed_without_stepping_more_often_than_was_asked(
    database: Database, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controllers, "RENEW_SECONDS", 0.01)
    steps: list[int] = []
    expiries: set[int] = set()

    async def step(lease: Lease) -> None:
        steps.append(lease.epoch)

    def has_been_renewed() -> bool:
        expiries.update(database.read_sync(lambda c: c.execute(select(leases.c.expires_at)).scalars().all()))
        return len(expiries) >= 4

    runner.start([Controller(name="c", step=step, every_seconds=3600)])
    await until(has_been_renewed)

    assert steps == [1]
