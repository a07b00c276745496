"""The life of a job, from submission to the last ledger line, with real processes."""

from __future__ import annotations

import asyncio
import sys

import hubkin_billing as billing
import pytest
from hubkin import wire
from hubkin_billing import BalanceLow
from hubkin_jobs.service import receiving
from hubkin_jobs.service.jobs import Wanted
from hubkin_jobs.store import attempts
from hubkin_kit.clock import HOUR, SECOND
from hubkin_kit.money import MICROS

from tests.support.rig import Rig

PRINT = f"{sys.executable} -c \"print('loss=0.5 step=1'); print('loss=0.25 step=2')\""
SLEEP = "sleep 60"
SIM = {"gpu": "sim-gpu:1"}


async def test_a_free_job_runs_leaves_its_log_and_costs_nothing(rig: Rig) -> None:
    ada = rig.person("ada")

    job_id = await rig.submit(ada, {"run": PRINT})
    job = await rig.until(job_id, "succeeded")

    assert job.reason.text == "Finished."
    assert job.charged.amount == "0.00"
    assert rig.log(job_id) == ["loss=0.5 step=1", "loss=0.25 step=2"]


async def test_what_the_runner_of_a_cell_tells_us_is_none_of_its_outputs(rig: Rig) -> None:
    told = """echo '{"kind":"json","value":7}' > .hubkin/result.json"""
    run = f"cd $HUBKIN_OUTPUTS; mkdir .hubkin; {told}; echo w > best"

    job = await rig.until(await rig.submit(rig.person("ada"), {"run": run}), "succeeded")

    assert [file.path for file in rig.files(job.id)] == ["best"]
    assert rig.database.read_sync(lambda c: rig.jobs.result(c, rig.jobs.get(c, None, job.id))).value == 7


async def test_curves_come_from_the_output_without_a_change_in_the_code(rig: Rig) -> None:
    ada = rig.person("ada")

    job = await rig.until(await rig.submit(ada, {"run": PRINT}), "succeeded")

    assert job.latest == {"loss": 0.25}


async def test_a_priced_job_is_held_for_and_charged_for_what_it_ran(rig: Rig) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    job_id = await rig.submit(ada, {"run": "sleep 1", "resources": SIM, "replicas": 2})
    held = rig.balance(ada.user_id).held_micros

    job = await rig.until(job_id, "succeeded")

    after = rig.balance(ada.user_id)
    charged = 10 * MICROS - after.balance_micros
    assert held == 4 * MICROS
    assert after.held_micros == 0
    assert job.ran_seconds is not None
    assert charged == pytest.approx(job.ran_seconds * 4 * MICROS / 3600, abs=2)
    assert 1 <= job.ran_seconds < 10


async def test_a_job_without_money_for_its_first_hour_is_refused_and_nothing_changes(rig: Rig) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, MICROS)

    with pytest.raises(BalanceLow, match=r"2\.00"):
        await rig.submit(ada, {"run": SLEEP, "resources": SIM})

    assert rig.balance(ada.user_id).held_micros == 0


async def test_a_cost_limit_is_all_that_is_held(rig: Rig) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, MICROS)

    await rig.submit(ada, {"run": SLEEP, "resources": SIM, "limits": {"cost": "0.5"}})

    assert rig.balance(ada.user_id).held_micros == MICROS // 2


async def test_a_second_job_waits_with_a_reason_and_then_runs(rig: Rig) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 100 * MICROS)
    first = await rig.submit(ada, {"name": "first", "run": SLEEP, "resources": SIM, "replicas": 2})
    await rig.until(first, "running")
    second = await rig.submit(ada, {"name": "second", "run": "true", "resources": SIM})
    await rig.step()
    waiting = rig.job(second)
    explained = rig.database.read_sync(
        lambda c: rig.jobs.explain(c, rig.jobs.get(c, None, second), rig.reader)
    )

    await end(rig, first)
    ran = await rig.until(second, "succeeded")

    assert waiting.reason.code == "no_free_gpu"
    assert "first" in waiting.reason.text
    assert explained.waits_for_jobs == ["first"]
    assert explained.eta == "Can't tell: first has no time limit."
    assert ran.waited_seconds is not None


async def test_the_same_key_makes_one_job(rig: Rig) -> None:
    ada = rig.person("ada")

    one = await rig.submit(ada, {"run": "true"}, key="k1")
    other = await rig.submit(ada, {"run": "true"}, key="k1")

    assert one == other


async def test_a_failing_replica_ends_the_others_and_is_named(rig: Rig) -> None:
    ada = rig.person("ada")
    run = 'test "$RANK" = 1 && exit 7; sleep 60'

    job = await rig.until(
        await rig.submit(ada, {"run": run, "replicas": 2, "on_stop": {"grace": "1s"}}), "failed"
    )

    assert job.reason.text == "Replica 1 exited with code 7."


async def test_a_replica_that_a_signal_ended_says_so(rig: Rig) -> None:
    job_id = await rig.submit(rig.person("ada"), {"run": "kill -KILL $$"})

    (replica,) = (await rig.until(job_id, "failed")).replicas

    assert replica.reason.text == "Replica 0 was ended by signal 9."


async def test_a_stopped_job_keeps_what_it_saved(rig: Rig) -> None:
    ada = rig.person("ada")
    run = "trap 'echo saved > $HUBKIN_OUTPUTS/ckpt; exit 1' TERM; while :; do sleep 0.05; done"
    job_id = await rig.submit(ada, {"run": run})
    await rig.until(job_id, "running")

    await end(rig, job_id)
    job = await rig.until(job_id, "stopped")

    assert job.reason.text == "Stopped by ada."
    assert [file.path for file in rig.files(job_id)] == ["ckpt"]


async def test_a_job_at_its_time_limit_is_suspended_and_can_be_resumed(rig: Rig) -> None:
    ada = rig.person("ada")
    job_id = await rig.submit(ada, {"run": SLEEP, "limits": {"duration": "1h"}, "on_stop": {"grace": "1s"}})
    await rig.until(job_id, "running")
    rig.clock.ahead += HOUR + SECOND

    await rig.meter()
    suspended = await rig.until(job_id, "suspended")
    await rig.jobs.restart(ada, job_id, key=None, request_hash="")
    resumed = await rig.until(job_id, "running")

    assert suspended.reason.code == "time_limit"
    assert resumed.attempt == 2


async def test_a_price_change_does_not_touch_a_running_job(rig: Rig) -> None:

    ada = rig.person("ada")
    rig.top_up(ada.user_id, 100 * MICROS)
    job_id = await rig.submit(ada, {"run": SLEEP, "resources": SIM})
    await rig.until(job_id, "running")
    rig.database.write_sync(lambda tx: billing.set_price(tx, "sim-gpu", 50 * MICROS))
    rig.clock.ahead += HOUR

    await rig.meter()

    charged = 100 * MICROS - rig.balance(ada.user_id).balance_micros
    assert charged == pytest.approx(2 * MICROS, rel=0.01)


async def end(rig: Rig, job_id: str) -> None:
    """Stop a job as its owner."""

    ada = rig.person("ada")
    await rig.jobs.stop(ada, ada.owners, job_id, wire.StopRequest())


async def test_of_64_submits_at_once_against_one_first_hour_exactly_one_runs(rig: Rig) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 2 * MICROS)

    answers = await asyncio.gather(
        *(rig.submit(ada, {"run": "true", "resources": SIM}) for _ in range(64)), return_exceptions=True
    )

    accepted = [answer for answer in answers if isinstance(answer, str)]
    assert len(accepted) == 1
    assert all(isinstance(answer, BalanceLow) for answer in answers if not isinstance(answer, str))
    await rig.until(accepted[0], "succeeded")


async def test_what_an_ended_job_has_left_cannot_be_replaced(rig: Rig) -> None:
    ada = rig.person("ada")
    job = await rig.until(await rig.submit(ada, {"run": "echo 1 > $HUBKIN_OUTPUTS/a"}), "succeeded")
    attempt = rig.database.read_sync(lambda c: attempts.ids_of_job(c, job.id))[0]

    rig.database.write_sync(lambda tx: receiving.commit_outputs(tx, rig.catalog, attempt, "main", 0, [], []))

    assert [file.path for file in rig.files(job.id)] == ["a"]


async def test_a_job_that_can_never_be_started_ends_and_holds_nothing(rig: Rig) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    job_id = await rig.submit(ada, {"run": "true", "resources": SIM})
    (rig.folder / "runs").rmdir()
    (rig.folder / "runs").write_text("a file where the folder of runs should be")

    job = await rig.until(job_id, "failed")
    (rig.folder / "runs").unlink()
    (rig.folder / "runs").mkdir()

    assert job.reason.code == "backend_error"
    assert rig.balance(ada.user_id).held_micros == 0


async def test_a_list_is_searched_without_regard_to_case(rig: Rig) -> None:
    ada = rig.person("ada")
    for name in ("train-digits", "show-plots", "showxplots"):
        await rig.submit(ada, {"run": "true", "name": name})

    def found(text: str) -> list[str]:
        wanted = Wanted(owners=ada.owners, text=text)
        return [job.name for job in rig.database.read_sync(lambda c: rig.jobs.page(c, wanted, rig.reader))]

    assert found("DIGITS") == ["train-digits"]
    assert found("show_") == []
    assert found("show") == ["showxplots", "show-plots"]
