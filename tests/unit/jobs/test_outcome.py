"""What the facts about replicas mean."""

from dataclasses import replace

from hubkin_jobs.domain.outcome import ReplicaFact, outcome
from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.states import JobState, ReplicaState

RUNNING = ReplicaFact(attempt_id="a", task="main", index=0, state=ReplicaState.RUNNING, started_at=5)
GOOD = replace(RUNNING, state=ReplicaState.ENDED, code=0, reason="exited", ended_at=10)


def test_nothing_is_said_while_a_replica_is_still_coming_up() -> None:
    assert outcome([RUNNING], replicas=2, wanted_end=None) is None


def test_a_job_runs_when_all_its_replicas_have_started() -> None:
    decided = outcome([RUNNING, replace(RUNNING, index=1)], replicas=2, wanted_end=None)

    assert decided is not None
    assert decided.state is JobState.RUNNING


def test_it_succeeds_when_every_replica_exited_with_0() -> None:
    decided = outcome([GOOD, replace(GOOD, index=1)], replicas=2, wanted_end=None)

    assert decided is not None
    assert decided.state is JobState.SUCCEEDED


def test_the_first_replica_to_fail_names_the_reason_and_the_rest_is_stopped() -> None:
    first = replace(GOOD, index=1, code=3, ended_at=7)

    decided = outcome([RUNNING, first], replicas=2, wanted_end=None)

    assert decided is not None
    assert decided.state is JobState.STOPPING
    assert decided.stop_rest
    assert decided.reason == Reason("exit_code", {"replica": 1, "code": 3})


def test_a_replica_that_died_of_the_first_ones_death_is_not_blamed() -> None:
    cause = replace(GOOD, index=1, code=None, signal=9, reason="out_of_memory", ended_at=7, rss_bytes=123)
    effect = replace(GOOD, index=0, code=1, ended_at=8)

    decided = outcome([effect, cause], replicas=2, wanted_end=None)

    assert decided is not None
    assert decided.state is JobState.FAILED
    assert decided.reason == Reason("out_of_memory", {"replica": 1, "used_bytes": 123})


def test_a_job_that_was_asked_to_stop_ends_as_was_asked() -> None:
    wanted = (JobState.SUSPENDED, Reason("time_limit"))
    killed = replace(GOOD, code=143, signal=15, reason="stopped")

    decided = outcome([killed], replicas=1, wanted_end=wanted)

    assert decided is not None
    assert (decided.state, decided.reason) == wanted


def test_a_job_that_finished_while_it_was_being_stopped_has_succeeded() -> None:
    decided = outcome([GOOD], replicas=1, wanted_end=(JobState.STOPPED, Reason("stopped_by_user")))

    assert decided is not None
    assert decided.state is JobState.SUCCEEDED


def test_a_stopping_job_with_one_replica_left_is_not_over() -> None:
    killed = replace(GOOD, code=143, reason="stopped")

    decided = outcome(
        [RUNNING, replace(killed, index=1)],
        replicas=2,
        wanted_end=(JobState.STOPPED, Reason("stopped_by_user")),
    )

    assert decided is None


def test_a_lost_replica_fails_the_job_as_the_platforms_fault() -> None:
    lost = replace(RUNNING, state=ReplicaState.LOST)

    decided = outcome([lost], replicas=1, wanted_end=None)

    assert decided is not None
    assert decided.reason.code == "lost"
