"""Long queues: whoever can start does, wherever they stand, and is told where that is."""

from __future__ import annotations

import pytest
from hubkin_jobs.store import attempts

from tests.support.rig import Rig

WAITS = {"run": "true", "after": ["first"]}


@pytest.fixture
async def rig_with_a_queue(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr(attempts, "QUEUE_HEAD", 2)
    ada = rig.person("ada")
    await rig.until(await rig.submit(ada, {"run": "sleep 60", "name": "first"}), "running")
    for _ in range(9):
        await rig.submit(ada, WAITS)
    return rig


async def test_nobody_stands_behind_jobs_that_wait_for_something_of_their_own(rig_with_a_queue: Rig) -> None:
    rig = rig_with_a_queue

    job = await rig.until(
        await rig.submit(rig.person("bob"), {"run": "true"}), "succeeded", timeout_seconds=15
    )

    assert job.state == "succeeded"


async def test_a_place_far_behind_is_told_as_it_is(rig_with_a_queue: Rig) -> None:
    rig = rig_with_a_queue
    job_id = await rig.submit(rig.person("bob"), {"run": "true"})

    told = rig.database.read_sync(lambda c: rig.jobs.explain(c, rig.jobs.get(c, None, job_id), rig.reader))

    assert told.position == 10
