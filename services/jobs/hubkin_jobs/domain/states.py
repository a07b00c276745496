"""Where a job stands, and the only moves there are."""

from __future__ import annotations

from enum import StrEnum

from hubkin_jobs.errors import IllegalTransition


class JobState(StrEnum):
    """Where a job stands.  Only the moves listed in ``MOVES`` exist."""

    QUEUED = "queued"  #: accepted, waiting for room in its pool
    STARTING = "starting"  #: released; its replicas are coming up
    RUNNING = "running"  #: every replica it needs at once has started
    STOPPING = "stopping"  #: told to stop, within its grace
    SUCCEEDED = "succeeded"  #: ended as its spec asks
    FAILED = "failed"  #: could not be run, or its program did not end well
    STOPPED = "stopped"  #: ended by a person or an admin
    SUSPENDED = "suspended"  #: stopped at a limit; may be resumed


S = JobState

#: State → states that may follow.
MOVES: dict[JobState, frozenset[JobState]] = {
    S.QUEUED: frozenset({S.STARTING, S.STOPPED, S.FAILED}),
    S.STARTING: frozenset({S.RUNNING, S.STOPPING, S.FAILED, S.SUCCEEDED, S.STOPPED, S.QUEUED, S.SUSPENDED}),
    S.RUNNING: frozenset({S.STOPPING, S.SUCCEEDED, S.FAILED, S.QUEUED, S.STOPPED, S.SUSPENDED}),
    S.STOPPING: frozenset({S.STOPPED, S.FAILED, S.SUCCEEDED, S.SUSPENDED}),
    S.SUSPENDED: frozenset({S.QUEUED, S.STOPPED}),
    S.SUCCEEDED: frozenset(),
    S.FAILED: frozenset(),
    S.STOPPED: frozenset(),
}

LIVE = frozenset({S.QUEUED, S.STARTING, S.RUNNING, S.STOPPING})
#: Nothing more can happen to a job in one of these.
FINAL = frozenset(state for state, after in MOVES.items() if not after)


def checked_move(job_id: str, old: JobState, new: JobState) -> JobState:
    """Return the new state.

    Raises:
        IllegalTransition: The table does not have this move.
    """
    if new not in MOVES[old]:
        raise IllegalTransition(
            "The job '{id}' cannot go from {old} to {new}.", params={"id": job_id, "old": old, "new": new}
        )
    return new


class Phase(StrEnum):
    """Where an attempt stands, seen from the platform; a job's state follows from it."""

    WAITING = "waiting"  #: nothing holds a machine yet
    RELEASED = "released"  #: has its units; the reconciler is to create it
    CREATED = "created"  #: the backend knows it
    RUNNING = "running"  #: all replicas have started
    ENDED = "ended"  #: all replicas are gone; units are back; paid


class ReplicaState(StrEnum):
    """What a controller saw of one replica."""

    ABSENT = "absent"  #: not created yet
    READY = "ready"  #: prepared, waits for the others
    RUNNING = "running"  #: its command runs
    ENDED = "ended"  #: its command has ended
    LOST = "lost"  #: gone, and nobody knows how
