"""A profile or a pool that leaves the site file while jobs wait for it or are suspended on it."""

from __future__ import annotations

import sys
from typing import Any

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import pytest
from hubkin_jobs import Reader
from hubkin_jobs.controllers.dispatcher import dispatch_all, is_due
from hubkin_jobs.errors import HardwareGone
from hubkin_jobs.service import control
from hubkin_jobs.store import jobs
from hubkin_kit.clock import HOUR
from hubkin_kit.money import MICROS
from hubkin_platform.app import translator

from tests.support.rig import MACHINE, Rig

SIM = {"gpu": "sim-gpu:1"}
SLEEP = f"exec {sys.executable} -c 'import time; time.sleep(60)'"
NO_PROFILE = """\
pools: {cpu: {kind: cpu}, sim: {kind: gpu, units: 2, simulated: true}}
profiles:
  cpu: {pool: cpu, label: CPU}
  other-gpu: {pool: sim, label: Other GPU, label_zh: 另一种 GPU, accelerator: other}
prices: {other-gpu: 1.00}
"""
NO_POOL = """\
pools: {cpu: {kind: cpu}}
profiles: {cpu: {pool: cpu, label: CPU}}
"""


@pytest.fixture
def ada(rig: Rig) -> Any:
    ada = rig.person("ada")
    rig.top_up(ada.user_id, 50 * MICROS)
    return ada


def take_site(rig: Rig, text: str) -> None:
    site = resources.parse_site(text, machine=MACHINE)

    def apply(tx: Any) -> None:
        resources.apply_site(tx, site)
        billing.set_prices(tx, site.prices)
        users.set_entitlements(tx, site.entitlements)

    rig.database.write_sync(apply)


def look(rig: Rig) -> None:
    """One look of the dispatcher."""
    if rig.database.read_sync(is_due):
        rig.database.write_sync(dispatch_all)
    assert not rig.database.read_sync(is_due)


async def suspended(rig: Rig, ada: Any) -> str:
    job_id = await rig.submit(ada, {"run": SLEEP, "resources": SIM, "limits": {"duration": "1h"}})
    await rig.until(job_id, "running")
    rig.clock.ahead += 2 * HOUR
    await rig.meter()
    await rig.until(job_id, "suspended")
    return job_id


def explained(rig: Rig, job_id: str, language: str = "en") -> Any:
    reader = Reader(translator(), language, "CNY")
    return rig.database.read_sync(lambda c: rig.jobs.explain(c, rig.jobs.get(c, None, job_id), reader))


@pytest.mark.parametrize("site", [NO_PROFILE, NO_POOL])
async def test_a_job_whose_hardware_left_says_so_and_what_to_do(rig: Rig, ada: Any, site: str) -> None:
    job_id = await rig.submit(ada, {"run": SLEEP, "resources": SIM})

    take_site(rig, site)
    look(rig)

    found = explained(rig, job_id)
    assert found.reasons[0].code == "profile_gone"
    assert found.summary.startswith("Simulated GPU is not offered here any more. Submit the job again with")
    assert explained(rig, job_id, "zh").summary.startswith("这里不再提供“模拟 GPU”")


async def test_a_job_that_was_not_looked_at_since_can_be_explained(rig: Rig, ada: Any) -> None:
    job_id = await rig.submit(ada, {"run": SLEEP, "resources": SIM})

    take_site(rig, NO_POOL)

    assert explained(rig, job_id).state == "queued"


async def test_other_hardware_that_is_free_is_offered_instead(rig: Rig, ada: Any) -> None:
    job_id = await rig.submit(ada, {"run": SLEEP, "resources": SIM})
    take_site(rig, NO_PROFILE)
    look(rig)

    [alternative] = explained(rig, job_id).alternatives

    assert alternative.patch == {"resources": {"gpu": "other-gpu:1"}}
    assert "Other GPU" in alternative.text
    assert "另一种 GPU" in explained(rig, job_id, "zh").alternatives[0].text


async def test_nobody_behind_waits_for_a_job_that_cannot_start(rig: Rig, ada: Any) -> None:
    stuck = await rig.submit(ada, {"run": SLEEP, "resources": SIM})
    take_site(rig, NO_PROFILE)
    rig.clock.ahead += 2 * HOUR
    behind = await rig.submit(ada, {"run": SLEEP, "resources": {"gpu": "other-gpu:1"}})

    await rig.until(behind, "running")

    assert rig.database.read_sync(lambda c: jobs.get(c, stuck))["state"] == "queued"


async def test_hardware_that_comes_back_is_waited_for(rig: Rig, ada: Any) -> None:
    job_id = await rig.submit(ada, {"run": SLEEP, "resources": SIM})
    take_site(rig, NO_POOL)
    look(rig)

    take_site(rig, resources.DEMO)

    await rig.until(job_id, "running")


@pytest.mark.parametrize(("site", "ways"), [(NO_PROFILE, ["other-gpu:1"]), (NO_POOL, [])])
async def test_what_is_suspended_on_it_is_not_resumed(rig: Rig, ada: Any, site: str, ways: list[str]) -> None:
    job_id = await suspended(rig, ada)
    take_site(rig, site)
    held = rig.balance(ada.user_id).held_micros

    with pytest.raises(HardwareGone) as refusal:
        rig.database.write_sync(
            lambda tx: control.resume(tx, jobs.get(tx.connection, job_id), actor=ada.user_id)
        )

    assert [way.patch["resources"]["gpu"] for way in refusal.value.ways_out if way.patch] == ways
    assert explained(rig, job_id).notes[0].code == "cannot_resume"
    assert rig.balance(ada.user_id).held_micros == held
    assert rig.audit() == ()
