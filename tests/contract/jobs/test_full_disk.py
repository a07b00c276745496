"""Jobs on a real disk that is full: before they start, and while they run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hubkin import wire
from hubkin_kit.money import MICROS

from tests.support.rig import Rig
from tests.support.small_disk import SmallDisk, small_disk

SIM = {"gpu": "sim-gpu:1"}
MIB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "runs") as disk:
        yield disk


@pytest.fixture
async def rig(disk: SmallDisk, tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    disk.make_room()
    assert rig.audit() == ()
    await rig.close()


async def waiting_for_room(rig: Rig, job_id: str) -> None:
    async def look() -> bool:
        job = rig.job(job_id)
        return (job.state, job.reason.code) == ("starting", "disk_full")

    await rig.when(look, timeout_seconds=20)


async def test_a_job_waits_for_room_on_the_disk_and_then_starts_by_itself(rig: Rig, disk: SmallDisk) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    disk.fill(but_bytes=8 * MIB)
    job_id = await rig.submit(ada, {"run": "true", "resources": SIM})

    await waiting_for_room(rig, job_id)
    waiting = rig.job(job_id)
    disk.make_room()
    job = await rig.until(job_id, "succeeded")

    assert waiting.reason.text == (
        "The platform's disk is full. It starts by itself as soon as there is room. Tell an admin."
    )
    assert waiting.charged.amount == "0.00"
    assert job.ran_seconds is not None
    assert job.ran_seconds < 5


async def test_a_job_that_waits_for_room_can_be_stopped_and_costs_nothing(rig: Rig, disk: SmallDisk) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    disk.fill(but_bytes=8 * MIB)
    job_id = await rig.submit(ada, {"run": "true", "resources": SIM})
    await waiting_for_room(rig, job_id)

    await rig.jobs.stop(ada, ada.owners, job_id, wire.StopRequest(mode="now"))
    await rig.until(job_id, "stopped")

    assert rig.balance(ada.user_id).balance_micros == 10 * MICROS
    assert rig.balance(ada.user_id).held_micros == 0


async def test_a_command_that_fails_on_a_full_disk_is_told_so_and_all_it_left_is_kept(rig: Rig) -> None:
    ada = rig.person("ada")
    fill = "echo begun; cat /dev/zero > $HUBKIN_OUTPUTS/most 2>/dev/null; exit 3"

    job = await rig.until(await rig.submit(ada, {"run": fill}), "failed")

    assert job.reason.text == "Replica 0 exited with code 3. The disk was full when it ended."
    assert rig.log(job.id) == ["begun"]
    kept = {file.path: file.size_bytes for file in rig.files(job.id)}
    assert kept["most"] > 30 * MIB
