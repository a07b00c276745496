"""What a backend's loop remembers from look to look; a restart begins afresh, and nothing is worse for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hubkin_kit.clock import SECOND, Clock

from hubkin_jobs.domain.outcome import ReplicaFact
from hubkin_jobs.domain.states import ReplicaState

#: The one task that a job has so far.
TASK = "main"
#: For how many seconds a replica must have looked so before it counts as lost.  The agent of one that looks
#: lost may be just being restarted; one that was sent off has started within a minute, or would run unseen.
PATIENCE_SECONDS = {ReplicaState.LOST: 3, ReplicaState.ABSENT: 60, ReplicaState.READY: 60}


class Sightings:
    """When replicas were last seen alive, and since when some have not been as they should."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        #: Replica → how long it may look as it does, and since when it has, not counting the machine's sleep.
        self._since: dict[tuple[str, int], tuple[int, int]] = {}
        #: Attempt → when all its replicas were last seen alive; what the meter goes by.
        self.alive_at: dict[str, int] = {}

    def take(
        self, facts: Sequence[ReplicaFact], expected: Mapping[str, int], *, looked_at: int
    ) -> dict[str, list[ReplicaFact]]:
        """Return what is to be believed about each replica that there must be, by attempt.

        Args:
            facts: What the backend said.
            expected: Attempt → how many replicas it has; the others are forgotten.
            looked_at: When the backend was asked.
        """
        over = {fact.attempt_id for fact in facts if fact.is_over}
        seen = {fact.attempt_id for fact in facts} - over
        self.alive_at = {one: at for one, at in self.alive_at.items() if one in expected}
        self.alive_at |= dict.fromkeys(seen, looked_at)
        self._since = {key: since for key, since in self._since.items() if key[0] in expected}
        found = {(fact.attempt_id, fact.index): fact for fact in facts if fact.task == TASK}
        return {
            attempt_id: [
                self._believed(found.get((attempt_id, n)) or _missing(attempt_id, n)) for n in range(replicas)
            ]
            for attempt_id, replicas in expected.items()
        }

    def _believed(self, fact: ReplicaFact) -> ReplicaFact:
        """Believe that a replica is lost only when it has looked so for a while, however often one looked."""
        key, patience = (fact.attempt_id, fact.index), PATIENCE_SECONDS.get(fact.state)
        if patience is None:
            self._since.pop(key, None)
            return fact
        now = self._clock.ran()
        if self._since.get(key, (0, 0))[0] != patience:
            self._since[key] = (patience, now)
        if now - self._since[key][1] >= patience * SECOND:
            return replace(fact, state=ReplicaState.LOST, reason=fact.reason or "agent_error")
        is_lost = fact.state is ReplicaState.LOST
        return replace(fact, state=ReplicaState.RUNNING) if is_lost else fact


def _missing(attempt_id: str, index: int) -> ReplicaFact:
    """A replica of which nothing is left is lost."""
    return ReplicaFact(
        attempt_id=attempt_id, task=TASK, index=index, state=ReplicaState.LOST, reason="agent_error"
    )
