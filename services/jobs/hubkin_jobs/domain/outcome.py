"""What the facts about an attempt's replicas mean: the same code for every backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.states import JobState, ReplicaState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaFact:
    """What a controller saw of one replica, at one moment; times are microseconds UTC."""

    attempt_id: str
    task: str
    index: int
    state: ReplicaState
    code: int | None = None
    signal: int | None = None
    reason: str = ""
    message: str = ""
    pid: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    rss_bytes: int | None = None

    def within(self, since: int, until: int) -> ReplicaFact:
        """Return it without times at which it cannot have started or ended: its command could write them."""
        started, ended = self.started_at, self.ended_at
        if started is not None and not since <= started <= until:
            started = since
        if ended is not None and not since <= ended <= until:
            ended = None
        return replace(self, started_at=started, ended_at=ended)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.state in (ReplicaState.ENDED, ReplicaState.LOST)

    @property
    def is_gone(self) -> bool:
        """Whether it ran and nobody can say how it ended."""
        is_untold = self.reason == "agent_error" and self.started_at is not None
        return self.state is ReplicaState.LOST or self.reason == "machine_restarted" or is_untold

    @property
    def may_be_its_own_doing(self) -> bool:
        """Whether its command could have made it look so: it reaches its agent and its directory."""
        return self.reason == "agent_error"

    @property
    def is_good(self) -> bool:
        """Whether it ended as a program that is content."""
        return self.state is ReplicaState.ENDED and self.code == 0 and self.reason == "exited"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the job is to stand, why, and whether what still runs must be told to stop."""

    state: JobState
    reason: Reason
    stop_rest: bool = False


def outcome(
    facts: Sequence[ReplicaFact], *, replicas: int, wanted_end: tuple[JobState, Reason] | None
) -> Outcome | None:
    """Decide from the facts of one attempt.

    Args:
        facts: What is known; a replica that nobody has seen yet is simply not among them.
        replicas: How many there must be.
        wanted_end: Set when somebody or a limit has asked it to stop: the state and reason it ends with.

    Returns:
        None while there is nothing to say but what is said already: it is still coming up.
    """
    over = [fact for fact in facts if fact.is_over]
    all_over = len(over) == replicas
    bad = _first_bad(over)
    if all_over and not bad:
        return Outcome(JobState.SUCCEEDED, Reason("finished"))
    if wanted_end is not None:
        state, reason = wanted_end
        return Outcome(state, reason) if all_over else None
    if bad:
        return (
            Outcome(JobState.FAILED, why(bad))
            if all_over
            else Outcome(JobState.STOPPING, why(bad), stop_rest=True)
        )
    started = sum(fact.state is ReplicaState.RUNNING for fact in facts) + len(over)
    if started == replicas:
        return Outcome(JobState.RUNNING, Reason("running", {"replicas": replicas}))
    return None


def _first_bad(over: Sequence[ReplicaFact]) -> ReplicaFact | None:
    """The first replica to die is the cause; the others die of it (a broken connection, say)."""
    bad = [fact for fact in over if not fact.is_good]
    return min(bad, key=lambda fact: (fact.ended_at or 0, fact.index), default=None)


def why(fact: ReplicaFact) -> Reason:
    """Say how a replica ended that did not end well."""
    if fact.is_gone:
        return Reason("lost", {"replica": fact.index})
    if fact.reason == "out_of_memory":
        return Reason("out_of_memory", {"replica": fact.index, "used_bytes": fact.rss_bytes or 0})
    if fact.reason in ("start_failed", "aborted", "agent_error"):
        return Reason("start_failed", {"replica": fact.index, "message": fact.message or fact.reason})
    if fact.signal:
        return Reason("signal", {"replica": fact.index, "signal": fact.signal})
    more = {"disk_full": True} if fact.message == "disk_full" else {}
    return Reason("exit_code", {"replica": fact.index, "code": fact.code, **more})
