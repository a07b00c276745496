"""Why a job waits, for how long at most, and what would start now: pure, of the same facts as `dispatch`.

The estimate is an upper bound from time limits, or an honest "can't tell" that names the job without one.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from hubkin_kit.clock import SECOND

from hubkin_jobs.domain.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """A job that holds units of the pool; ``ends_by`` is None when it has no time limit.

    ``name`` is empty for a stranger's job.
    """

    job_id: str
    name: str
    units: int
    ends_by: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A job that waits before this one; ``name`` is empty for a stranger's."""

    job_id: str
    name: str
    units: int
    duration_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Another profile, as an alternative."""

    profile: str
    label: str
    free_units: int
    units_needed: int
    micros_per_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The answer to the four questions: what it waits for, why, how long, what one can do."""

    reason: Reason
    position: int
    ahead: tuple[str, ...]
    waits_for: tuple[str, ...]
    eta_latest_at: int | None
    no_eta_because: str | None
    offers: tuple[Offer, ...]
    fewer_replicas: int | None


def explain(
    *,
    reason: Reason,
    units: int,
    replicas: int,
    free_units: int,
    running: Sequence[Runs],
    ahead: Sequence[Ahead],
    offers: Sequence[Offer],
    now: int,
) -> Explained:
    """Explain one waiting job.

    Args:
        reason: What the dispatcher found.
        units: What all its replicas need together.
        replicas: How many replicas that is.
        free_units: What is free in its pool now.
        running: Who holds units of the pool.
        ahead: Who waits before it, in order; running jobs are never counted as ahead.
        offers: What it would need of other profiles.
        now: Microseconds UTC.
    """
    waits_for_room = reason.code in ("no_free_gpu", "no_free_cpu", "queue_position")
    wants_others = waits_for_room or reason.code == "profile_gone"
    latest, blocker = (None, None)
    if waits_for_room:
        latest, blocker = _latest_start(units, free_units, running, ahead, now)
    per_replica = units // replicas
    fewer = min(replicas - 1, free_units // per_replica) if waits_for_room and not ahead else 0
    return Explained(
        reason=reason,
        position=len(ahead) + 1,
        ahead=tuple(a.name for a in ahead if a.name),
        waits_for=tuple(r.name for r in running if r.name) if waits_for_room else (),
        eta_latest_at=latest,
        no_eta_because=blocker,
        offers=tuple(o for o in offers if wants_others and 0 < o.units_needed <= o.free_units),
        fewer_replicas=fewer or None,
    )


def _latest_start(
    units: int, free: int, running: Sequence[Runs], ahead: Sequence[Ahead], now: int
) -> tuple[int | None, str | None]:
    """Play the queue forward with every job taking all of its time; name the job that has no limit."""
    ends: list[tuple[int, int]] = []
    unlimited: list[tuple[str, int]] = []
    for job in running:
        if job.ends_by is None:
            unlimited.append((job.name, job.units))
        else:
            heapq.heappush(ends, (max(job.ends_by, now), job.units))
    clock = now
    for need, duration, name in [*((a.units, a.duration_seconds, a.name) for a in ahead), (units, 0, "")]:
        while free < need:
            if not ends:
                return None, (unlimited[0][0] if unlimited else None)
            clock, freed = heapq.heappop(ends)
            free += freed
        free -= need
        if duration is None:
            unlimited.append((name, need))
        else:
            heapq.heappush(ends, (clock + duration * SECOND, need))
    return clock, None
