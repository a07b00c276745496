"""What somebody can do whose account does not reach."""

from __future__ import annotations

from typing import Any

import pytest
from hubkin_jobs.domain.affording import Need, ways_out

YUAN = 1_000_000
FOUR = {
    "profile": "a100", "is_gpu": True, "units": 4, "replicas": 1, "grace_seconds": 30,
    "micros_per_hour": 8 * YUAN, "hold_micros": 8 * YUAN, "available_micros": 5 * YUAN, "is_capped": False,
    "owner": "ada", "is_group": False,
}  # fmt: skip


def ways(**more: Any) -> dict[str | None, Any]:
    return {way.code: way.patch for way in ways_out(Need(**(FOUR | more)))}


def test_fewer_units_a_shorter_limit_and_an_admin_are_named() -> None:
    assert ways() == {
        "fewer_units": {"resources": {"gpu": "a100:2"}},
        "shorter": {"limits": {"duration": "37m"}},
        "ask_admin": None,
    }


def test_fewer_replicas_are_offered_where_there_are_several() -> None:
    assert ways(units=1, replicas=4)["fewer_replicas"] == {"replicas": 2}


def test_a_space_with_enough_may_pay_and_one_with_too_little_is_not_named() -> None:
    rich = ways(others=(("lab", 9 * YUAN),))
    poor = ways(others=(("lab", 7 * YUAN),))

    assert rich["other_owner"] == {"owner": "lab"}
    assert "other_owner" not in poor


@pytest.mark.parametrize("available", [0, -3 * YUAN])
def test_without_money_only_money_helps(available: int) -> None:
    assert set(ways(available_micros=available)) == {"ask_admin"}


def test_a_job_with_a_cost_limit_of_its_own_is_not_made_cheaper_by_being_smaller() -> None:
    assert set(ways(is_capped=True)) == {"ask_admin"}


def test_a_group_is_topped_up_through_its_lead() -> None:
    label = ways_out(Need(**(FOUR | {"is_group": True, "owner": "lab"})))[-1].label

    assert label.startswith("Ask the lead of")


def test_nobody_is_offered_a_job_of_less_than_a_minute() -> None:
    assert "shorter" not in ways(available_micros=YUAN // 10)


@pytest.mark.parametrize("available", [YUAN, 2 * YUAN, 3 * YUAN, 7 * YUAN])
def test_what_is_offered_can_be_paid_for(available: int) -> None:
    offered = ways(available_micros=available)

    units = int(offered.get("fewer_units", {"resources": {"gpu": "a100:0"}})["resources"]["gpu"][5:])
    minutes = int(offered["shorter"]["limits"]["duration"][:-1])
    assert units * 2 * YUAN <= available
    assert (minutes * 60 + 30) * 8 * YUAN / 3600 <= available
