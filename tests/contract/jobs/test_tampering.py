"""A command reaches its own replica directory and its agent: it may spoil its own job, and nothing else."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hubkin import wire
from hubkin_jobs.errors import NoResult
from hubkin_kit.clock import HOUR
from hubkin_kit.money import MICROS

from tests.support.rig import Rig

SIM = {"gpu": "sim-gpu:1"}
RUN = 'RUN=$(dirname "$HUBKIN_REPORT"); AGENT=$(cut -d" " -f4 /proc/$PPID/stat); '
#: Ends its agent and whoever started it, so that nobody is left to say how it ended.
KILL_BOTH = "kill -9 $AGENT $PPID; sleep 60"


def put(name: str, text: str) -> str:
    """Return the command that puts something else in the place of a file of the agent's."""
    return f"echo '{text}' > $RUN/{name}"


TRICKS = {
    "started.json without fields": put("started.json", "{}"),
    "started.json of other types": put("started.json", '{"pid":"1","start_time":[],"started_at":{}}'),
    "a time that no database holds": put("started.json", '{"pid":1,"start_time":1,"started_at":1e400}'),
    "agent.pid without fields": put("agent.pid", "{}"),
    "exit.json of other types": put("exit.json", '{"reason":7,"code":"x","ended_at":"soon"}'),
    "exit.json with huge numbers": put("exit.json", '{"reason":"exited","code":99999999999999999999}'),
    "exit.json that is a pipe": "mkfifo $RUN/exit.json",
    "exit.json without an end": "ln -s /dev/zero $RUN/exit.json",
    "exit.json that is a folder": "mkdir $RUN/exit.json",
    "exit.json nested deeply": 'head -c 60000 /dev/zero | tr "\\0" "[" > $RUN/exit.json',
    "a folder that is no replica": "mkdir $RUN/../main-x; touch $RUN/../main-x/agent.json",
    "a replica too many": "mkdir $RUN/../main-1; cp $RUN/*.json $RUN/../main-1/",
    "no directory": 'rm -rf "$RUN"',
    "a log that is a pipe": "rm $RUN/agent.log; mkfifo $RUN/agent.log; kill -9 $AGENT",
    "a stop that is a folder": "mkdir $RUN/stop",
    "no way to the agent": "rm $RUN/control",
}


def alive(job_id: str) -> list[int]:
    """Return the processes that were started for a job."""
    entry = f"HUBKIN_JOB_ID={job_id}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if entry in (place / "environ").read_bytes().split(b"\0") and (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


async def gone(rig: Rig, job_id: str) -> None:
    """Wait until nothing of a job runs."""

    async def nothing() -> bool:
        await rig.reconciler.sweep()
        return not alive(job_id)

    await rig.when(nothing, timeout_seconds=30)


@pytest.mark.parametrize("trick", TRICKS)
async def test_a_job_that_spoils_its_directory_spoils_no_other_and_can_be_stopped(
    rig: Rig, trick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubkin_jobs.adapters.local.OVERDUE_SECONDS", 0.0)
    ada, bob = rig.person("ada"), rig.person("bob")
    spoiled = await rig.submit(ada, {"run": f"{RUN} {TRICKS[trick]}; sleep 60", "on_stop": {"grace": "1s"}})
    await rig.until(spoiled, "running", "failed", "succeeded")
    await asyncio.sleep(0.5)

    other = await rig.until(await rig.submit(bob, {"run": "echo whole"}), "succeeded")
    if rig.job(spoiled).state not in ("succeeded", "failed"):
        await rig.jobs.stop(ada, ada.owners, spoiled, wire.StopRequest(mode="checkpoint"))
    ended = await rig.until(spoiled, "stopped", "failed", "succeeded", timeout_seconds=30)
    await gone(rig, spoiled)

    assert other.state == "succeeded"
    assert ended.state in ("stopped", "failed")


async def test_what_says_that_it_has_ended_is_ended(rig: Rig) -> None:
    ada = rig.person("ada")
    forged = '{"reason":"exited","code":0,"started_at":1,"ended_at":2}'
    job_id = await rig.submit(ada, {"run": f"{RUN} echo '{forged}' > $RUN/exit.json; sleep 60"})

    await rig.until(job_id, "succeeded")
    await gone(rig, job_id)

    assert alive(job_id) == []


@pytest.mark.parametrize("end", [KILL_BOTH, 'rm -rf "$RUN"; sleep 60'])
async def test_a_job_that_makes_itself_lost_gets_nothing_back(rig: Rig, end: str) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    flag = rig.folder / "now"
    run = f"{RUN} until test -e {flag}; do sleep 0.1; done; {end}"
    job_id = await rig.submit(ada, {"run": run, "resources": SIM})
    await rig.until(job_id, "running")
    rig.clock.ahead += HOUR // 2
    await rig.meter()
    flag.touch()

    async def lost() -> bool:
        rig.clock.ahead += 1_000_000
        return rig.job(job_id).state == "failed"

    await rig.when(lost, timeout_seconds=30)
    await gone(rig, job_id)

    assert rig.job(job_id).reason.code == "lost"
    assert 10 * MICROS - rig.balance(ada.user_id).balance_micros == pytest.approx(MICROS, rel=0.05)
    assert rig.balance(ada.user_id).held_micros == 0


async def test_a_job_that_a_restart_of_the_machine_ended_gets_its_money_back(rig: Rig) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    flag = rig.folder / "now"
    other_boot = 'sed -i \'s/"boot_id": "[^"]*/"boot_id": "another/\' $RUN/started.json'
    run = f"{RUN} until test -e {flag}; do sleep 0.1; done; {other_boot}; {KILL_BOTH}"
    job_id = await rig.submit(ada, {"run": run, "resources": SIM})
    await rig.until(job_id, "running")
    rig.clock.ahead += HOUR // 2
    await rig.meter()
    flag.touch()

    await rig.until(job_id, "failed")
    await gone(rig, job_id)

    assert rig.job(job_id).reason.code == "lost"
    assert rig.balance(ada.user_id).balance_micros == 10 * MICROS


@pytest.mark.parametrize("times", [(1, 2**62), (2**62, 2**62), (2**62, 1), (-5, -2)])
async def test_a_job_that_lies_about_the_time_can_be_looked_at_and_pays_for_its_own(
    rig: Rig, times: tuple[int, int]
) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    forged = json.dumps({"reason": "exited", "code": 0, "started_at": times[0], "ended_at": times[1]})
    run = f"{RUN} echo '{forged}' > $RUN/exit.json; sleep 60"

    job = await rig.until(await rig.submit(ada, {"run": run, "resources": SIM}), "succeeded")
    await gone(rig, job.id)

    assert job.submitted_at <= (job.started_at or job.finished_at) <= job.finished_at
    assert rig.balance(ada.user_id).balance_micros > 9.9 * MICROS


DEEP = '{"x":' + "[" * 3000

ERRORS = {
    "a number that no JSON of ours holds": '{"rank":'
    + "9" * 40
    + ',"type":"E","message":"m","frames":[],"traceback":""}',
    "a line of more digits than any file has": json.dumps(
        {
            "rank": 0,
            "type": "E",
            "frames": [],
            "message": f"m (cell.py, line {'9' * 5000})",
            "traceback": f'  File "x.py", line {"9" * 5000}, in f',
        }
    ),
    "nested deeply": DEEP,
    "a list": "[1,2]",
}


@pytest.mark.parametrize("told", ERRORS)
async def test_what_a_job_tells_of_its_end_holds_up_no_other(rig: Rig, told: str) -> None:
    place = rig.folder / "told"
    place.write_text(ERRORS[told])
    run = f"mkdir -p $HUBKIN_OUTPUTS/.hubkin; cp {place} $HUBKIN_OUTPUTS/.hubkin/error.json; exit 1"
    job = await rig.until(await rig.submit(rig.person("ada"), {"run": run}), "failed", timeout_seconds=20)

    assert job.reason.code in ("exit_code", "remote_error")


@pytest.mark.parametrize("kept", ["[1,2]", "nonsense", DEEP, '{"kind":7}'])
async def test_a_result_that_is_none_is_none(rig: Rig, kept: str) -> None:
    place = rig.folder / "kept"
    place.write_text(kept)
    run = f"mkdir -p $HUBKIN_OUTPUTS/.hubkin; cp {place} $HUBKIN_OUTPUTS/.hubkin/result.json"
    job = await rig.until(await rig.submit(rig.person("ada"), {"run": run}), "succeeded")

    with pytest.raises(NoResult):
        rig.database.read_sync(lambda c: rig.jobs.result(c, rig.jobs.get(c, None, job.id)))
