"""Which waiting attempts may have machines now."""

from dataclasses import replace

from hubkin_jobs.domain.dispatch import PoolView, Waiting, dispatch
from hubkin_jobs.domain.reasons import sentence
from hypothesis import given
from hypothesis import strategies as st

POOL = PoolView(label="A100", is_gpu=True, free_units=2, running_jobs=(("bert-7", "user-ada"),))


def waiting(name: str, units: int = 1, owner: str = "user-ada", **more: object) -> Waiting:
    return Waiting(
        attempt_id=f"attempt-{name}", job_id=f"job-{name}", job_name=name, owner=owner, units=units, **more
    )  # type: ignore[arg-type]


def test_what_fits_is_released_in_order() -> None:
    decision = dispatch([waiting("a"), waiting("b")], POOL)

    assert [item.job_name for item in decision.release] == ["a", "b"]


def test_nobody_overtakes_a_job_that_waits_for_room() -> None:
    decision = dispatch([waiting("big", units=3), waiting("small")], POOL)

    assert decision.release == []
    assert decision.reasons["attempt-small"].code == "queue_position"


def test_a_waiting_job_hears_what_it_needs_what_is_free_and_whom_it_waits_for() -> None:
    decision = dispatch([waiting("big", units=3)], POOL)

    reason = decision.reasons["attempt-big"]
    assert reason.code == "no_free_gpu"
    assert reason.params == {
        "needed": 3, "label": "A100", "free": 2, "ahead": 0, "jobs": ["bert-7"], "others": 0,
    }  # fmt: skip
    assert sentence(reason.code, reason.params) == "{label}: {needed} needed, {free} free. Waits for {jobs}."


def test_nobody_learns_the_name_of_a_strangers_job() -> None:
    decision = dispatch([waiting("big", units=3, owner="user-bob")], POOL)

    reason = decision.reasons["attempt-big"]
    assert (reason.params["jobs"], reason.params["others"]) == ([], 1)
    assert "of others" in (sentence(reason.code, reason.params) or "")


def test_who_waits_for_a_dependency_is_overtaken() -> None:
    held = waiting("later", unfinished_dependencies=("prep",))

    decision = dispatch([held, waiting("now")], POOL)

    assert [item.job_name for item in decision.release] == ["now"]
    assert decision.reasons["attempt-later"].params == {"jobs": ["prep"]}


def test_a_job_whose_dependency_failed_never_starts() -> None:
    decision = dispatch([waiting("later", failed_dependency="prep")], POOL)

    assert decision.release == []
    assert decision.doomed["attempt-later"].params == {"job": "prep"}


def test_an_owner_at_their_limit_lets_others_pass() -> None:
    pool = replace(POOL, jobs_at_once=1, running_by_owner={"user-ada": 1})

    decision = dispatch([waiting("mine"), waiting("theirs", owner="user-bob")], pool)

    assert [item.job_name for item in decision.release] == ["theirs"]
    assert decision.reasons["attempt-mine"].code == "user_limit"


@given(st.lists(st.integers(1, 8), max_size=30), st.integers(0, 16))
def test_never_more_is_released_than_is_free(units: list[int], free: int) -> None:
    queue = [waiting(str(n), units=u) for n, u in enumerate(units)]

    decision = dispatch(queue, replace(POOL, free_units=free))

    assert sum(item.units for item in decision.release) <= free
    assert decision.release == queue[: len(decision.release)]
    assert len(decision.release) + len(decision.reasons) == len(queue)
