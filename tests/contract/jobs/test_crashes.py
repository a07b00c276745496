"""What a crash or a second hand between a decision and its effect may never leave behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from hubkin import wire
from hubkin_agent import RunDir, Started
from hubkin_jobs.controllers.dispatcher import dispatch_all
from hubkin_jobs.controllers.orders import make_order
from hubkin_jobs.controllers.reconciler import SUBMIT_TRIES
from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.states import JobState
from hubkin_jobs.errors import MovedOn
from hubkin_jobs.ports import Order
from hubkin_jobs.service import control
from hubkin_jobs.store import attempts, jobs
from hubkin_kit.database import Connection, Transaction

from tests.support.rig import Rig

SLEEP = {"run": "sleep 60"}
DEAF = {"run": "trap '' TERM; while :; do sleep 0.05; done", "on_stop": {"signal": "TERM", "grace": "10m"}}


def attempt_of(rig: Rig, job_id: str) -> str:
    return rig.database.read_sync(lambda c: attempts.ids_of_job(c, job_id))[-1]


async def begin(rig: Rig, job_id: str) -> Started:
    """Start a job's command as a platform does that is killed before it can write that down."""
    attempt = attempt_of(rig, job_id)
    await rig.backend.submit(rig.database.read_sync(lambda c: make_order(c, attempt)))

    async def started() -> Started | None:
        return RunDir(rig.backend.runs / attempt / "main-0").started()

    found: Started = await looked(started)
    return found


async def looked(look: Callable[[], Awaitable[Any]]) -> Any:
    """Look until there is something."""
    for _ in range(600):
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")


async def test_a_stop_after_a_crash_ends_what_was_started_before_it(rig: Rig) -> None:
    ada = rig.person("ada")
    job_id = await rig.submit(ada, SLEEP)
    await rig.database.write(dispatch_all)
    command = await begin(rig, job_id)
    await rig.jobs.stop(ada, ada.owners, job_id, wire.StopRequest(mode="now"))

    await rig.until(job_id, "stopped")

    assert not command.is_alive


async def test_what_still_runs_of_an_ended_attempt_is_ended_before_it_is_forgotten(rig: Rig) -> None:
    ada = rig.person("ada")
    job_id = await rig.submit(ada, SLEEP)
    command = await begin(rig, job_id)
    await rig.jobs.stop(ada, ada.owners, job_id, wire.StopRequest(mode="now"))

    async def swept() -> bool:
        await rig.reconciler.sweep()
        return await rig.backend.leftovers() == []

    await looked(swept)

    assert not command.is_alive


async def test_a_shorter_grace_asked_for_while_a_stop_is_under_way_is_sent_too(rig: Rig) -> None:
    ada = rig.person("ada")
    job_id = await rig.submit(ada, DEAF)
    await rig.until(job_id, "running")
    send = rig.backend.stop

    async def stop_and_be_asked_again(attempt_id: str, *, signal: str, grace_seconds: int) -> None:
        rig.backend.stop = send
        await send(attempt_id, signal=signal, grace_seconds=grace_seconds)
        await rig.jobs.stop(ada, ada.owners, job_id, wire.StopRequest(mode="now"))

    rig.backend.stop = stop_and_be_asked_again
    await rig.jobs.stop(ada, ada.owners, job_id, wire.StopRequest(mode="checkpoint"))

    job = await rig.until(job_id, "stopped", timeout_seconds=30)

    assert job.state == "stopped"


async def test_a_submission_that_ends_during_a_look_is_not_repeated(rig: Rig) -> None:
    await rig.submit(rig.person("ada"), {"run": "true"})
    await rig.database.write(dispatch_all)
    submit, read = rig.backend.submit, rig.database.read
    begun, may_go_on, submitted = asyncio.Event(), asyncio.Event(), []

    async def submit_when_told(order: Order) -> None:
        begun.set()
        await may_go_on.wait()
        submitted.append(order.attempt_id)
        await submit(order)

    async def look_and_hear_of_it_late(look: Callable[[Connection], Any]) -> Any:
        rig.database.read = read
        found = await read(look)
        may_go_on.set()
        await rig.reconciler.drain()
        return found

    rig.backend.submit = submit_when_told
    await rig.reconciler.step(rig.lease)
    await begun.wait()
    rig.database.read = look_and_hear_of_it_late

    await rig.reconciler.step(rig.lease)
    await rig.reconciler.drain()

    assert len(submitted) == 1


async def test_losing_the_lease_again_and_again_fails_no_job(rig: Rig) -> None:
    job_id = await rig.submit(rig.person("ada"), {"run": "true"})
    await rig.database.write(dispatch_all)
    lost = replace(rig.lease, epoch=rig.lease.epoch - 1)
    for _ in range(SUBMIT_TRIES + 1):
        await rig.reconciler.step(lost)
        await rig.reconciler.drain()

    job = await rig.until(job_id, "succeeded")

    assert job.attempt == 1


async def test_a_job_that_cannot_be_taken_in_holds_up_no_other(rig: Rig) -> None:
    ada = rig.person("ada")
    spoilt = await rig.submit(ada, {"run": "true", "outputs": {"model": {"name": "m", "path": "."}}})
    other = await rig.submit(ada, {"run": "sleep 1"})
    await rig.database.write(dispatch_all)
    await rig.reconciler.step(rig.lease)
    await rig.reconciler.drain()
    await rig.database.write(lambda tx: jobs.set_progress(tx, spoilt, spec="{"))

    job = await rig.until(other, "succeeded", timeout_seconds=20)

    assert job.state == "succeeded"
    assert rig.database.read_sync(lambda c: jobs.get(c, spoilt))["state"] == "starting"


async def test_of_two_who_move_a_job_at_once_the_second_must_look_again(rig: Rig) -> None:
    ada = rig.person("ada")
    job_id = await rig.submit(ada, SLEEP)
    seen = rig.database.read_sync(lambda c: jobs.get(c, job_id))
    assert seen is not None

    def stop(tx: Transaction) -> None:
        reason = Reason("stopped_by_user", {"by": "ada"})
        control.end_waiting(tx, seen, state=JobState.STOPPED, reason=reason)

    await rig.database.write(stop)

    with pytest.raises(MovedOn):
        await rig.database.write(stop)
