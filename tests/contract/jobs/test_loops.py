"""The loops as the platform runs them: under leases, woken by the journal."""

from __future__ import annotations

import asyncio

from hubkin_jobs import controllers
from hubkin_kit.controllers import Runner
from hubkin_kit.money import MICROS

from tests.support.rig import Rig


async def test_a_running_job_is_charged_while_it_runs(rig: Rig) -> None:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 10 * MICROS)
    runner = Runner(rig.database, holder="test")
    runner.start_sequencer()
    loops = controllers(rig.database, rig.backend, rig.catalog, policy=rig.policy, meter_seconds=0.2)
    runner.start(loops)

    await rig.submit(ada, {"run": "sleep 60", "resources": {"gpu": "sim-gpu:1"}})

    try:
        assert await is_charged(rig, ada.user_id)
    finally:
        await runner.close()


async def is_charged(rig: Rig, owner: str) -> bool:
    for _ in range(600):
        if rig.balance(owner).balance_micros < 10 * MICROS:
            return True
        await asyncio.sleep(0.05)
    return False
