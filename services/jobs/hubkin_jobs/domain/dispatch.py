"""Which waiting attempts may have machines now: a pure function of one pool's queue.

Strictly first come, first served within a pool: nobody overtakes a job that waits for room, so none starves.
Attempts that wait for something else (a dependency, their own limit) are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hubkin_jobs.domain.reasons import Reason

#: How many of one's own jobs a reason names.
NAMED_JOBS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A waiting attempt, as far as the decision goes; ``units`` counts all its replicas."""

    attempt_id: str
    job_id: str
    job_name: str
    owner: str
    units: int
    unfinished_dependencies: tuple[str, ...] = ()
    failed_dependency: str | None = None
    gone: tuple[str, str] | None = None
    """The labels (English, Chinese) of its hardware when the site does not offer that any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """A pool as the dispatcher sees it."""

    label: str
    is_gpu: bool
    free_units: int
    label_zh: str = ""
    running_jobs: tuple[tuple[str, str], ...] = ()
    """(name, owner) of each job that holds units of it."""
    running_by_owner: dict[str, int] = field(default_factory=dict)
    jobs_at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Attempts to release in order, and the reason of each that stays."""

    release: list[Waiting]
    reasons: dict[str, Reason]
    doomed: dict[str, Reason]
    is_full: bool = False
    """Whether somebody waits for room, and so does everybody behind them."""


def dispatch(queue: Sequence[Waiting], pool: PoolView) -> Decision:
    """Decide about the head of one pool's queue, oldest first."""
    decision = Decision([], {}, {})
    free = pool.free_units
    running = dict(pool.running_by_owner)
    blocked_by_room = False
    ahead = 0
    for item in queue:
        reason = _own_hold(item, running, pool.jobs_at_once)
        if item.failed_dependency:
            decision.doomed[item.attempt_id] = Reason("dependency_failed", {"job": item.failed_dependency})
            continue
        if reason is None and not blocked_by_room and item.units <= free:
            free -= item.units
            running[item.owner] = running.get(item.owner, 0) + 1
            decision.release.append(item)
            continue
        if reason is None:
            reason = _room_reason(item, pool, free, ahead)
            blocked_by_room = True
        decision.reasons[item.attempt_id] = reason
        ahead += 1
    return replace(decision, is_full=blocked_by_room)


def _own_hold(item: Waiting, running: dict[str, int], at_once: int | None) -> Reason | None:
    if item.gone is not None:
        label, label_zh = item.gone
        return Reason("profile_gone", {"label": label, "label_zh": label_zh})
    if item.unfinished_dependencies:
        return Reason("dependency", {"jobs": list(item.unfinished_dependencies)})
    if at_once is not None and running.get(item.owner, 0) >= at_once:
        return Reason("user_limit", {"running": running[item.owner], "limit": at_once})
    return None


def _room_reason(item: Waiting, pool: PoolView, free: int, ahead: int) -> Reason:
    if ahead and item.units <= free:
        return Reason("queue_position", {"ahead": ahead})
    mine = [name for name, owner in pool.running_jobs if owner == item.owner]
    # Nobody learns the names of strangers' jobs, only that there are some.
    seen = {"jobs": mine[:NAMED_JOBS], "others": len(pool.running_jobs) - len(mine)}
    code = "no_free_gpu" if pool.is_gpu else "no_free_cpu"
    labels = {"label": pool.label} | ({"label_zh": pool.label_zh} if pool.label_zh else {})
    return Reason(code, {"needed": item.units, **labels, "free": free, "ahead": ahead, **seen})
