"""Money around a job, as somebody who wants more than they paid for would look at it."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from functools import partial

import hubkin_billing as billing
import msgspec
import pytest
from hubkin import wire
from hubkin_jobs.controllers.metering import meter_all
from hubkin_jobs.controllers.reconciler import take_in
from hubkin_jobs.domain.outcome import ReplicaFact
from hubkin_jobs.domain.states import Phase, ReplicaState
from hubkin_jobs.errors import NotEnded
from hubkin_jobs.service import control
from hubkin_jobs.store import attempts, jobs
from hubkin_jobs.testing import all_over, an_order, seen
from hubkin_kit.clock import HOUR, SECOND
from hubkin_kit.errors import Conflict
from hubkin_kit.money import MICROS
from hubkin_kit.tables import journal
from sqlalchemy import select

from tests.support.rig import Rig

SIM = {"gpu": "sim-gpu:1"}
SLEEP = f"exec {sys.executable} -c 'import time; time.sleep(60)'"


@pytest.fixture
def ada(rig: Rig):
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    return ada


async def running(rig: Rig, ada, **spec) -> str:
    job_id = await rig.submit(ada, {"run": SLEEP, "resources": SIM, **spec})
    await rig.until(job_id, "running")
    return job_id


def row(rig: Rig, job_id: str):
    return rig.database.read_sync(lambda c: jobs.get(c, job_id))


def attempt_of(rig: Rig, job_id: str):
    return rig.database.read_sync(lambda c: attempts.of_job(c, job_id, row(rig, job_id)["attempt"]))


def paid(rig: Rig, job_id: str) -> int:
    return rig.database.read_sync(lambda c: billing.charged(c, [job_id])).get(job_id, 0)


def ended(
    rig: Rig, job_id: str, *, at: int | None, state: ReplicaState = ReplicaState.ENDED, **fields
) -> None:
    """Take in that the only replica ended, as a look that began before anything else happened would."""
    attempt = attempt_of(rig, job_id)
    fact = ReplicaFact(attempt_id=attempt["id"], task="main", index=0, state=state, ended_at=at, **fields)
    rig.database.write_sync(partial(take_in, rig.catalog, rig.lease, attempt, [fact]))


async def suspended(rig: Rig, job_id: str) -> None:
    await rig.until(job_id, "suspended")


async def test_metering_between_a_look_and_its_taking_in_charges_nothing_twice(rig: Rig, ada) -> None:
    job_id = await running(rig, ada)
    stale = attempt_of(rig, job_id)
    rig.clock.ahead += HOUR
    await rig.meter()
    rig.clock.ahead += HOUR

    end = rig.clock.now()
    fact = ReplicaFact(
        attempt_id=stale["id"],
        task="main",
        index=0,
        state=ReplicaState.ENDED,
        code=0,
        reason="exited",
        ended_at=end,
    )
    rig.database.write_sync(partial(take_in, rig.catalog, rig.lease, stale, [fact]))

    expected = (end - stale["started_at"]) * 2 * MICROS / HOUR
    assert paid(rig, job_id) == row(rig, job_id)["charged_micros"] == pytest.approx(expected, abs=3)
    assert rig.audit() == ()


async def test_a_job_that_ended_while_the_platform_was_down_pays_until_its_end(rig: Rig, ada) -> None:
    job_id = await rig.submit(ada, {"run": "sleep 1", "resources": SIM})
    await rig.until(job_id, "running")
    attempt_id = attempt_of(rig, job_id)["id"]
    await seen(rig.backend, an_order("", attempt_id=attempt_id), all_over)

    rig.clock.ahead += 8 * HOUR
    rig.database.write_sync(partial(meter_all, rig.lease, rig.reconciler.sightings.alive_at))
    job = await rig.until(job_id, "succeeded")

    assert job.ran_seconds < 30
    assert paid(rig, job_id) == pytest.approx(job.ran_seconds * 2 * MICROS / 3600, abs=2)


async def test_nothing_is_metered_before_the_first_look_after_a_start(rig: Rig, ada) -> None:
    job_id = await running(rig, ada)
    rig.clock.ahead += 8 * HOUR

    rig.database.write_sync(partial(meter_all, rig.lease, {}))

    assert (paid(rig, job_id), row(rig, job_id)["state"]) == (0, "running")


async def test_the_time_that_the_machine_slept_is_neither_charged_nor_counted(rig: Rig, ada) -> None:
    job_id = await rig.submit(ada, {"run": "sleep 60", "resources": SIM, "limits": {"duration": "2h"}})
    await rig.until(job_id, "running")
    deadline = row(rig, job_id)["deadline_at"]
    rig.clock.ahead += HOUR // 2
    await rig.meter()
    rig.clock.slept += 8 * HOUR
    await rig.meter()
    rig.clock.ahead += HOUR // 2
    await rig.meter()

    assert paid(rig, job_id) == pytest.approx(2 * MICROS, rel=0.01)
    assert row(rig, job_id)["state"] == "running"
    assert row(rig, job_id)["deadline_at"] == pytest.approx(deadline + 8 * HOUR, abs=SECOND)
    assert rig.audit() == ()


async def test_a_replica_that_disappeared_is_not_charged_for_the_time_that_nobody_saw_it(
    rig: Rig, ada
) -> None:
    job_id = await running(rig, ada)
    rig.clock.ahead += HOUR // 2
    await rig.meter()
    known = paid(rig, job_id)
    job = row(rig, job_id)
    rig.database.write_sync(
        lambda tx: control.stop(tx, job, mode="now", reason=control.Reason("stopped_by_user", {"by": "ada"}))
    )
    rig.clock.ahead += 8 * HOUR

    ended(rig, job_id, at=None, state=ReplicaState.LOST)

    assert row(rig, job_id)["state"] == "stopped"
    assert paid(rig, job_id) == known


async def test_a_lost_attempt_is_given_back_and_earlier_ones_are_not(rig: Rig, ada) -> None:
    job_id = await running(rig, ada, limits={"duration": "1h"})
    rig.clock.ahead += HOUR + SECOND
    await rig.meter()
    await suspended(rig, job_id)
    first = paid(rig, job_id)
    rig.database.write_sync(lambda tx: control.resume(tx, row(rig, job_id), actor=ada.user_id))
    rig.database.write_sync(lambda tx: control.extend(tx, row(rig, job_id), by="9h"))
    await rig.until(job_id, "running")
    rig.clock.ahead += HOUR // 2
    await rig.meter()
    assert paid(rig, job_id) > first

    ended(rig, job_id, at=None, state=ReplicaState.LOST)

    assert first > 0
    assert paid(rig, job_id) == row(rig, job_id)["charged_micros"] == first
    assert row(rig, job_id)["state"] == "failed"
    assert rig.audit() == ()


async def test_a_used_up_cost_limit_is_said_when_a_job_is_resumed(rig: Rig, ada) -> None:
    job_id = await running(rig, ada, limits={"cost": "1"})
    rig.clock.ahead += HOUR
    await rig.meter()
    await suspended(rig, job_id)

    with pytest.raises(Conflict) as refusal:
        rig.database.write_sync(lambda tx: control.resume(tx, row(rig, job_id), actor=ada.user_id))

    assert refusal.value.code == "cost_limit"
    assert rig.balance(ada.user_id).held_micros == 0


async def test_a_running_job_keeps_its_price_and_a_resumed_one_takes_the_new_one(rig: Rig, ada) -> None:
    job_id = await running(rig, ada, limits={"duration": "1h"})
    rig.database.write_sync(lambda tx: billing.set_price(tx, "sim-gpu", 5 * MICROS))
    rig.clock.ahead += HOUR + SECOND
    await rig.meter()
    await suspended(rig, job_id)
    kept = paid(rig, job_id)

    rig.database.write_sync(lambda tx: control.resume(tx, row(rig, job_id), actor=ada.user_id))

    assert kept == pytest.approx(2 * MICROS, rel=0.05)
    assert row(rig, job_id)["micros_per_hour"] == 5 * MICROS
    assert rig.balance(ada.user_id).held_micros == 5 * MICROS


async def test_a_job_may_use_up_what_is_on_the_account(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, 3 * MICROS)
    job_id = await running(rig, bob)
    for _ in range(8):
        rig.clock.ahead += HOUR // 6
        await rig.meter()

    assert row(rig, job_id)["state"] == "running"
    assert rig.balance(bob.user_id).balance_micros < MICROS // 2
    rig.clock.ahead += HOUR // 6
    await rig.meter()
    assert row(rig, job_id)["end_reason"] == "balance_empty"


async def test_the_owner_hears_once_that_money_runs_low_whatever_they_heard_before(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, 2 * MICROS)
    job_id = await running(rig, bob, limits={"duration": "90m"})
    for _ in range(11):
        rig.clock.ahead += HOUR // 12
        await rig.meter()

    told = rig.database.read_sync(
        lambda c: [
            msgspec.json.decode(body)["about"]
            for body in c.execute(
                select(journal.c.body).where(journal.c.topic == "notice", journal.c.subject == job_id)
            ).scalars()
        ]
    )
    assert told.count("balance_empty") == 1
    assert "time_limit" in told
    assert row(rig, job_id)["state"] == "running"


async def test_a_long_grace_is_no_way_to_compute_on_credit(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, MICROS // 100)
    job_id = await running(rig, bob, limits={"cost": "0.01"}, on_stop={"grace": "1h"})
    rig.clock.ahead += 30 * SECOND

    await rig.meter()

    assert row(rig, job_id)["end_reason"] == "cost_limit"
    assert row(rig, job_id)["grace_seconds"] == 30


async def test_a_grace_that_can_be_paid_is_given(rig: Rig, ada) -> None:
    job_id = await running(rig, ada, limits={"cost": "0.01"}, on_stop={"grace": "1h"})
    rig.clock.ahead += 30 * SECOND

    await rig.meter()

    assert row(rig, job_id)["grace_seconds"] == 3600


async def test_an_empty_account_ends_a_job_while_its_grace_can_still_be_paid(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, 2 * MICROS)
    job_id = await running(rig, bob, on_stop={"grace": "30s"})
    started = attempt_of(rig, job_id)["started_at"]
    rig.clock.ahead += started + HOUR - 25 * SECOND - rig.clock.now()

    await rig.meter()
    assert row(rig, job_id)["end_reason"] == "balance_empty"
    await suspended(rig, job_id)

    after = rig.balance(bob.user_id)
    assert 0 <= after.balance_micros < MICROS
    assert after.held_micros == 0
    assert rig.audit() == ()


async def test_a_job_that_ends_long_before_its_last_record_is_never_charged_below_zero(rig: Rig, ada) -> None:
    job_id = await running(rig, ada)
    begun = attempt_of(rig, job_id)["started_at"]

    ended(rig, job_id, at=begun - HOUR, code=0, reason="exited")

    assert paid(rig, job_id) == 0
    assert rig.balance(ada.user_id).held_micros == 0


async def test_stopping_twice_at_once_settles_once(rig: Rig, ada) -> None:
    job_id = await rig.submit(ada, {"run": SLEEP, "resources": SIM})
    job = row(rig, job_id)
    reason = control.Reason("stopped_by_user", {"by": "ada"})

    async def click() -> str:
        try:
            await rig.database.write(
                lambda tx: control.stop(tx, jobs.get(tx.connection, job["id"]), mode="now", reason=reason)
            )
        except Conflict as error:
            return error.code
        return "stopped"

    answers = await asyncio.gather(*(click() for _ in range(8)))

    assert sorted(set(answers)) == ["already_final", "stopped"]
    assert answers.count("stopped") == 1
    assert rig.balance(ada.user_id).held_micros == 0
    assert rig.audit() == ()


async def test_a_plan_becomes_one_job_however_often_and_by_whichever_key_it_is_sent(rig: Rig, ada) -> None:
    spec = msgspec.convert({"run": SLEEP, "resources": SIM}, wire.JobSpec)
    plan = await rig.jobs.plan(ada, wire.PlanRequest(spec=spec), rig.reader)
    request = wire.JobRequest(plan_id=plan.id)

    sent = await asyncio.gather(
        *(rig.jobs.submit(ada, request, key=key, request_hash="h") for key in (None, None, "k1", "k2", "k1"))
    )

    assert len({submitted.job_id for submitted in sent}) == 1
    assert rig.balance(ada.user_id).held_micros == 2 * MICROS


async def test_a_repeated_resume_is_one_job_and_one_hold(rig: Rig, ada) -> None:
    job_id = await running(rig, ada, limits={"duration": "1h"})
    rig.clock.ahead += HOUR + SECOND
    await rig.meter()
    await suspended(rig, job_id)
    again = partial(rig.jobs.restart, ada, job_id, key="once", request_hash="the same")

    made = {*await asyncio.gather(again(), again()), await again()}

    assert made == {job_id}
    assert rig.balance(ada.user_id).held_micros == 2 * MICROS


async def test_what_has_not_ended_is_not_submitted_again(rig: Rig, ada) -> None:
    job_id = await running(rig, ada)

    with pytest.raises(NotEnded) as refused:
        await rig.jobs.restart(ada, job_id, key="second click", request_hash="")

    assert "has not ended yet" in str(refused.value)
    assert rig.balance(ada.user_id).held_micros == 2 * MICROS


async def test_a_repeated_extension_prolongs_once(rig: Rig, ada) -> None:
    job_id = await rig.submit(ada, {"run": "sleep 60", "limits": {"duration": "1h"}})
    request = wire.ExtendRequest(by="1h")
    more = partial(rig.jobs.extend, ada, job_id, request, key="once", request_hash="the same")

    await asyncio.gather(more(), more())
    await more()

    assert row(rig, job_id)["duration_seconds"] == 2 * 3600


async def test_a_viewer_of_a_group_cannot_spend_its_money(rig: Rig) -> None:
    bob = rig.person("bob", groups=("vision-lab",))
    viewer = replace(bob, groups=tuple(replace(g, role=g.role.__class__.VIEWER) for g in bob.groups))
    group = bob.groups[0].group_id
    rig.top_up(group, 10 * MICROS)

    with pytest.raises(Exception, match="not submit in its name"):
        await rig.submit(viewer, {"run": SLEEP, "resources": SIM, "owner": "vision-lab"})

    assert rig.balance(group).held_micros == 0


async def test_no_attempt_is_left_in_a_phase_that_holds_units_after_a_refusal(rig: Rig, ada) -> None:
    job_id = await running(rig, ada)
    ended(rig, job_id, at=rig.clock.now(), code=1, reason="exited")

    assert attempt_of(rig, job_id)["phase"] == Phase.ENDED
    assert rig.balance(ada.user_id).held_micros == 0


#: At ¥2 an hour two minutes and the grace of half a minute.
SHORT = {"limits": {"duration": "2m"}, "on_stop": {"grace": "30s"}}
SHORT_MICROS = -(-2 * MICROS * 150 // 3600)


def held(rig: Rig, owner_id: str) -> int:
    return rig.database.read_sync(lambda c: billing.usage(c, owner_id, month_start=0)).balance.held_micros


def balance(rig: Rig, owner_id: str) -> int:
    return rig.database.read_sync(lambda c: billing.usage(c, owner_id, month_start=0)).balance.balance_micros


async def test_a_short_job_sets_aside_what_it_can_cost_at_most(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, SHORT_MICROS)

    await running(rig, bob, **SHORT)
    await rig.meter()

    assert held(rig, bob.user_id) == pytest.approx(SHORT_MICROS, abs=MICROS // 100)
    assert held(rig, bob.user_id) <= SHORT_MICROS


async def test_one_micro_less_than_a_short_job_can_cost_is_too_little(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, SHORT_MICROS - 1)

    with pytest.raises(billing.BalanceLow):
        await rig.submit(bob, {"run": SLEEP, "resources": SIM, **SHORT})


async def test_nobody_pays_for_more_than_time_limit_and_grace_however_late_we_look(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, SHORT_MICROS)
    job_id = await running(rig, bob, **SHORT)

    rig.clock.ahead += 3 * HOUR
    await rig.meter()
    rig.clock.ahead += HOUR
    await rig.meter()

    assert paid(rig, job_id) == pytest.approx(SHORT_MICROS, abs=2)
    assert balance(rig, bob.user_id) >= -2
    await suspended(rig, job_id)
    assert rig.audit() == ()


async def test_a_short_job_that_is_prolonged_sets_more_aside_at_the_next_look(rig: Rig, ada) -> None:
    job_id = await running(rig, ada, **SHORT)
    rig.database.write_sync(lambda tx: control.extend(tx, jobs.get(tx.connection, job_id), by="8h"))

    await rig.meter()

    assert held(rig, ada.user_id) == 2 * MICROS


async def test_a_short_job_that_is_resumed_sets_aside_as_much_as_at_first(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, 2 * SHORT_MICROS)
    job_id = await running(rig, bob, **SHORT)
    rig.clock.ahead += HOUR
    await rig.meter()
    await suspended(rig, job_id)

    rig.database.write_sync(lambda tx: control.resume(tx, jobs.get(tx.connection, job_id), actor=bob.user_id))

    assert held(rig, bob.user_id) == SHORT_MICROS


async def test_who_cannot_pay_to_resume_reads_whom_to_ask(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, SHORT_MICROS)
    job_id = await running(rig, bob, **SHORT)
    rig.clock.ahead += HOUR
    await rig.meter()
    await suspended(rig, job_id)

    with pytest.raises(billing.BalanceLow) as refusal:
        rig.database.write_sync(
            lambda tx: control.resume(tx, jobs.get(tx.connection, job_id), actor=bob.user_id)
        )

    assert [way.code for way in refusal.value.ways_out] == ["ask_admin"]


async def test_a_job_that_ran_out_of_money_says_how_it_goes_on(rig: Rig) -> None:
    bob = rig.person("bob")
    rig.top_up(bob.user_id, 2 * MICROS)
    job_id = await running(rig, bob)
    rig.clock.ahead += HOUR
    await rig.meter()
    await suspended(rig, job_id)

    found = rig.database.read_sync(lambda c: rig.jobs.explain(c, row(rig, job_id), rig.reader))

    assert found.reasons[0].code == "balance_empty"
    assert found.notes[0].code == "top_up"
