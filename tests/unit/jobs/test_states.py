"""The table of moves."""

import pytest
from hubkin_jobs.domain.reasons import PLATFORM_FAULTS, SENTENCES
from hubkin_jobs.domain.states import FINAL, MOVES, JobState, checked_move
from hubkin_jobs.errors import IllegalTransition
from hubkin_jobs.service import control


def test_nothing_happens_to_a_final_job() -> None:
    assert {JobState.SUCCEEDED, JobState.FAILED, JobState.STOPPED} == FINAL


def test_every_state_can_be_reached_from_queued() -> None:
    reached = {JobState.QUEUED}
    while fresh := {after for state in reached for after in MOVES[state]} - reached:
        reached |= fresh

    assert reached == set(JobState)


def test_a_move_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(IllegalTransition, match="cannot go from succeeded to running"):
        checked_move("job-1", JobState.SUCCEEDED, JobState.RUNNING)


def test_every_fault_of_the_platform_has_a_sentence() -> None:
    assert set(SENTENCES) >= PLATFORM_FAULTS


def test_every_final_state_has_its_sentence_for_who_comes_too_late() -> None:
    assert set(control.SENTENCES) == FINAL
