"""Who cannot pay for a job reads what they can do, and doing it works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.client import Answer
from tests.http.small_hub import SmallHub
from tests.http.whole import Whole

SPEC: dict[str, Any] = {"run": "true", "resources": {"gpu": "sim-gpu:2"}}


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


async def top_up(whole: Whole, owner: str, amount: str) -> None:
    for who in ("bob", "lea", "max"):
        await whole.ask(who, "GET", "/me")
    done = await whole.ask("root", "POST", "/topups", {"owner": owner, "amount": amount, "note": "a test"})
    assert done.status < 300, done.json


async def submit(whole: Whole, who: str, patch: dict[str, Any]) -> Answer:
    spec = {**SPEC, **{k: ({**SPEC.get(k, {}), **v} if isinstance(v, dict) else v) for k, v in patch.items()}}
    return await whole.ask(who, "POST", "/jobs", {"spec": spec})


async def test_every_change_that_is_offered_is_accepted(whole: Whole) -> None:
    await top_up(whole, "bob", "2.50")
    refusal = await submit(whole, "bob", {})

    offered = {action["code"]: action for action in refusal.json["actions"]}
    accepted = {}
    for code in ("shorter", "fewer_units"):
        answer = await submit(whole, "bob", offered[code]["patch"])
        accepted[code] = answer.status
        await whole.ask("bob", "POST", f"/jobs/{answer.json['id']}/stop", {})

    assert (refusal.status, refusal.code) == (402, "balance_low")
    assert accepted == {"shorter": 201, "fewer_units": 201}
    assert offered["ask_admin"]["label"] == "Ask an admin to top your account up by ¥1.50"


async def test_a_group_that_has_enough_may_pay(whole: Whole) -> None:
    refusal = await submit(whole, "max", {})

    [way] = [action for action in refusal.json["actions"] if action["code"] == "other_owner"]
    assert way["label"] == "Let lab pay, whose account reaches for it"
    assert (await submit(whole, "max", way["patch"])).status == 201


async def test_a_group_that_is_called_like_its_member_may_pay_too(whole: Whole) -> None:
    whole.tokens["lab"] = whole.hub.add("lab", groups=("lab",))
    refusal = await submit(whole, "lab", {"owner": "me"})

    [way] = [action for action in refusal.json["actions"] if action["code"] == "other_owner"]
    assert (await submit(whole, "lab", way["patch"])).status == 201


async def test_a_plan_offers_the_same(whole: Whole) -> None:
    await top_up(whole, "bob", "2.50")

    plan = await whole.ask("bob", "POST", "/plans", {"spec": SPEC})
    chinese = await whole.ask("bob", "GET", f"/plans/{plan.json['id']}", headers={"Accept-Language": "zh"})

    [warning] = [w for w in plan.json["warnings"] if w["code"] == "balance_low"]
    assert {action["code"] for action in warning["actions"]} == {"fewer_units", "shorter", "ask_admin"}
    labels = [a["label"] for w in chinese.json["warnings"] for a in w["actions"]]
    assert labels == ["改用 1 张卡", "最多运行 37m（--max 37m）", "请管理员为您的账户充值 ¥1.50"]
