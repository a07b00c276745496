"""When a running job has reached one of its limits, or is about to."""

from __future__ import annotations

from hubkin_kit.clock import SECOND
from hubkin_kit.money import format_amount

from hubkin_jobs.domain.reasons import Reason

#: How long before the end people are told, longest first, in seconds.
WARNINGS_SECONDS = (2 * 3600, 15 * 60)


def due(
    *,
    now: int,
    deadline_at: int | None,
    duration_seconds: int | None,
    charged_micros: int,
    cap_micros: int | None,
) -> Reason | None:
    """Return why the job has to stop now, None when it may go on."""
    if deadline_at is not None and now >= deadline_at:
        return Reason("time_limit", {"limit_seconds": duration_seconds})
    if cap_micros is not None and charged_micros >= cap_micros:
        return Reason("cost_limit", {"limit": format_amount(cap_micros)})
    return None


def longest_seconds(*, duration_seconds: int | None, grace_seconds: int) -> int | None:
    """Return for how long a job can be charged at most, from its start: its time limit and its grace."""
    return None if duration_seconds is None else duration_seconds + grace_seconds


def charged_until(*, deadline_at: int | None, grace_seconds: int) -> int | None:
    """Return the moment after which a job is not charged, None when it has no time limit.

    That we look at limits only now and then is not the owner's fault.
    """
    return None if deadline_at is None else deadline_at + grace_seconds * SECOND


def warns(*, now: int, deadline_at: int | None, warned_at: int | None) -> bool:
    """Whether a warning is due that has not been given: each of them once."""
    if deadline_at is None:
        return False
    for before in WARNINGS_SECONDS:
        edge = deadline_at - before * SECOND
        if now >= edge and (warned_at is None or warned_at < edge):
            return True
    return False
