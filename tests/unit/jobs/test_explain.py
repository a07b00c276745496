"""Why a job waits, how long, and what would start now."""

from hubkin_jobs.domain.explain import Ahead, Offer, Runs, explain
from hubkin_jobs.domain.reasons import Reason
from hubkin_kit.clock import SECOND

NO_GPU = Reason("no_free_gpu", {"needed": 2, "free": 0})
NOW = 1_000 * SECOND


def running(name: str, units: int, ends_in: int | None) -> Runs:
    ends = None if ends_in is None else NOW + ends_in * SECOND
    return Runs(job_id=f"job-{name}", name=name, units=units, ends_by=ends)


def explained(**more: object):  # type: ignore[no-untyped-def]
    facts = {"reason": NO_GPU, "units": 2, "replicas": 2, "free_units": 0, "running": [], "ahead": []}
    return explain(**{**facts, "offers": [], "now": NOW, **more})  # type: ignore[arg-type]


def test_it_starts_at_the_latest_when_enough_time_limits_have_passed() -> None:
    found = explained(running=[running("a", 1, 60), running("b", 1, 120)])

    assert found.eta_latest_at == NOW + 120 * SECOND
    assert found.waits_for == ("a", "b")


def test_a_blocker_without_a_limit_is_named_instead_of_a_guess() -> None:
    found = explained(running=[running("a", 1, 60), running("forever", 1, None)])

    assert found.eta_latest_at is None
    assert found.no_eta_because == "forever"


def test_jobs_ahead_take_their_turn_and_running_ones_are_not_ahead() -> None:
    ahead = Ahead(job_id="job-x", name="x", units=2, duration_seconds=100)

    found = explained(running=[running("a", 2, 60)], ahead=[ahead])

    assert found.position == 2
    assert found.ahead == ("x",)
    assert found.eta_latest_at == NOW + 160 * SECOND


def test_a_job_ahead_without_a_limit_makes_the_time_unknowable() -> None:
    ahead = Ahead(job_id="job-x", name="x", units=2, duration_seconds=None)

    found = explained(running=[running("a", 2, 60)], ahead=[ahead])

    assert found.no_eta_because == "x"


def test_another_profile_is_offered_only_when_it_has_room_now() -> None:
    full = Offer(profile="h100", label="H100", free_units=1, units_needed=2, micros_per_hour=9)
    room = Offer(profile="4090", label="RTX 4090", free_units=4, units_needed=2, micros_per_hour=3)

    found = explained(offers=[full, room])

    assert found.offers == (room,)


def test_fewer_replicas_are_offered_when_some_units_are_free() -> None:
    found = explained(units=4, replicas=4, free_units=3)

    assert found.fewer_replicas == 3


def test_a_dependency_has_no_estimate_and_no_offers() -> None:
    room = Offer(profile="4090", label="RTX 4090", free_units=4, units_needed=2, micros_per_hour=3)

    found = explained(reason=Reason("dependency", {"jobs": "prep"}), offers=[room])

    assert (found.eta_latest_at, found.no_eta_because, found.offers) == (None, None, ())
