"""What a plan says, to whom, and what its job keeps of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hubkin_jobs.store import plans

from tests.http.small_hub import SmallHub
from tests.http.whole import Whole

SPEC = {"run": "true", "name": "a-cell", "resources": {"gpu": "sim-gpu:1"}}
ORIGIN = {
    "kind": "cell",
    "kernel_id": "k-1",
    "execution_count": 8,
    "cell_digest": "d" * 64,
    "notebook": "a.ipynb",
}
ZH = {"Accept-Language": "zh"}


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


async def test_a_plan_of_an_english_kernel_is_read_in_the_language_of_its_card(whole: Whole) -> None:
    spec = {**SPEC, "resources": {"gpu": "sim-gpu:2"}, "limits": {"cost": 49}}
    await whole.ask("ada", "POST", "/jobs", {"spec": spec})
    plan = (await whole.ask("bob", "POST", "/plans", {"spec": spec})).json

    read = (await whole.ask("bob", "GET", f"/plans/{plan['id']}", headers=ZH)).json

    assert [one["text"] for one in plan["waits_for"] + plan["warnings"]] == [
        "sim: 2 needed, 0 free.",
        "This needs ¥4.00 to begin with, and ¥0.00 is available: it would be refused.",
        "These accelerators are simulated: the work runs on this machine's processors.",
    ]
    assert [one["text"] for one in read["waits_for"] + read["warnings"]] == [
        "需要 2 张 sim，空闲 0 张。",
        "启动时需冻结 ¥4.00，可用余额为 ¥0.00：提交会被拒绝。",
        "这些加速卡是模拟的：计算在本机的处理器上进行。",
    ]


async def test_a_job_keeps_where_its_plan_came_from_and_so_does_one_like_it(whole: Whole) -> None:
    plan = (await whole.ask("ada", "POST", "/plans", {"spec": SPEC, "origin": ORIGIN})).json
    job = (await whole.ask("ada", "POST", "/jobs", {"plan_id": plan["id"]})).json
    await whole.ask("ada", "POST", f"/jobs/{job['id']}/stop", {})

    again = (await whole.ask("ada", "POST", f"/jobs/{job['id']}/restart")).json

    assert plan["origin"] == job["origin"] == again["origin"] == ORIGIN


async def test_only_the_newest_plans_of_a_person_are_kept_and_all_that_became_jobs(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "KEPT", 2)
    first = (await whole.ask("ada", "POST", "/plans", {"spec": SPEC})).json["id"]
    await whole.ask("ada", "POST", "/jobs", {"plan_id": first})
    made = [(await whole.ask("ada", "POST", "/plans", {"spec": SPEC})).json["id"] for _ in range(3)]
    await whole.ask("bob", "POST", "/plans", {"spec": SPEC})

    found = [(await whole.ask("ada", "GET", f"/plans/{one}")).status for one in [first, *made]]

    assert found == [200, 404, 200, 200]
