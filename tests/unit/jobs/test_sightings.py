"""What is believed about replicas that do not look as they should."""

from __future__ import annotations

import pytest
from hubkin_jobs.controllers.sightings import Sightings
from hubkin_jobs.domain.outcome import ReplicaFact
from hubkin_jobs.domain.states import ReplicaState
from hubkin_kit.clock import SECOND

from tests.support.clock import HandClock


class Looker:
    """Looks at one attempt of one replica."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.sightings = Sightings(self.clock)

    def sees(self, *states: ReplicaState) -> ReplicaState:
        facts = [ReplicaFact(attempt_id="attempt-1", task="main", index=0, state=state) for state in states]
        believed = self.sightings.take(facts, {"attempt-1": 1}, looked_at=self.clock.now())
        (fact,) = believed["attempt-1"]
        return fact.state


@pytest.fixture
def looker() -> Looker:
    return Looker()


@pytest.mark.parametrize("states", [(ReplicaState.LOST,), ()])
def test_many_hurried_looks_do_not_make_a_replica_lost_and_time_does(looker, states) -> None:
    hurried = {looker.sees(*states) for _ in range(50)}
    looker.clock.at += 4 * SECOND

    assert hurried == {ReplicaState.RUNNING}
    assert looker.sees(*states) is ReplicaState.LOST


def test_the_time_that_the_machine_slept_makes_no_replica_lost(looker) -> None:
    looker.sees(ReplicaState.LOST)
    looker.clock.slept += 3600 * SECOND

    assert looker.sees(ReplicaState.LOST) is ReplicaState.RUNNING


def test_a_replica_that_does_not_start_in_a_minute_is_lost_and_never_said_to_run(looker) -> None:
    before = looker.sees(ReplicaState.READY)
    looker.clock.at += 61 * SECOND

    assert before is ReplicaState.READY
    assert looker.sees(ReplicaState.READY) is ReplicaState.LOST


def test_a_replica_that_was_seen_well_in_between_has_all_its_time_again(looker) -> None:
    looker.sees(ReplicaState.LOST)
    looker.clock.at += 2 * SECOND
    looker.sees(ReplicaState.RUNNING)
    looker.clock.at += 2 * SECOND

    assert looker.sees(ReplicaState.LOST) is ReplicaState.RUNNING


def test_when_an_attempt_was_last_alive_is_kept_until_it_is_nobodys_business(looker) -> None:
    looker.sees(ReplicaState.RUNNING)
    seen_at = looker.clock.now()
    looker.clock.at += SECOND
    looker.sees(ReplicaState.LOST)
    kept = dict(looker.sightings.alive_at)

    looker.sightings.take([], {}, looked_at=looker.clock.now())

    assert kept == {"attempt-1": seen_at}
    assert looker.sightings.alive_at == {}
