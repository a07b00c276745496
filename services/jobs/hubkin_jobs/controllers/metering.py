"""Turns running time into usage records, keeps holds filled, and ends what has reached a limit.

Usage comes from facts (when replicas ran), keyed (attempt, replica, n); the record, the charge and
``metered_until`` are one transaction, so a crash charges neither twice nor never.  Time counts as used up
to the last look at which the replicas were alive: what ended while nobody looked is not charged for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

import hubkin_billing as billing
from hubkin_kit import journal
from hubkin_kit.clock import HOUR, SECOND
from hubkin_kit.database import Row, Transaction
from hubkin_kit.leases import Lease, check
from hubkin_kit.money import format_amount

from hubkin_jobs.domain.limits import charged_until, due, warns
from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.states import JobState, Phase
from hubkin_jobs.service.control import stop
from hubkin_jobs.store import attempts, jobs

#: A hold is filled up again when less than this part of an hour is left in it.
RENEW_BELOW = 4
#: What a job gets to write its checkpoint even when nothing is left to pay for it.
LEAST_GRACE_SECONDS = 30


def meter_all(lease: Lease, alive_at: Mapping[str, int], tx: Transaction) -> None:
    """Meter every running attempt, renew its hold, look at its limits.

    Args:
        lease: The right to do so.
        alive_at: Attempt → when all its replicas were last seen alive; one that is absent is left alone.
        tx: The caller's transaction.
    """
    check(tx, lease)
    for running in attempts.in_phase(tx.connection, (Phase.RUNNING,)):
        seen_at = alive_at.get(running["id"])
        if seen_at is None:
            continue
        job = jobs.locked(tx, [running["job_id"]])[running["job_id"]]
        attempt = attempts.locked(tx, running["id"])
        charge = meter(tx, attempt, job, until=min(seen_at, tx.now))
        job = dict(job) | {"charged_micros": job["charged_micros"] + charge}
        if charge:
            jobs.change(tx, job, event="charged")
        if job["state"] == JobState.RUNNING:
            _look_at_limits(tx, job, charge)


def leave_out(lease: Lease, slept: int, tx: Transaction) -> None:
    """Charge nothing for the time that the machine slept, and let no time limit run out in it.

    Args:
        lease: The right to do so.
        slept: Microseconds, up to now.
        tx: The caller's transaction.
    """
    check(tx, lease)
    for running in attempts.in_phase(tx.connection, (Phase.RUNNING,)):
        job = jobs.locked(tx, [running["job_id"]])[running["job_id"]]
        attempt = attempts.locked(tx, running["id"])
        since = attempt["metered_until"] or attempt["started_at"] or tx.now
        attempts.set_columns(tx, attempt["id"], metered_until=max(since, min(since + slept, tx.now)))
        if job["deadline_at"] is not None:
            jobs.change(tx, job, event="slept", deadline_at=job["deadline_at"] + slept)


def meter(tx: Transaction, attempt: Row, job: Row, *, until: int) -> int:
    """Enter what an attempt has used since the last record; return the charge in micro-units."""
    since = attempt["metered_until"] or attempt["started_at"]
    last = charged_until(deadline_at=job["deadline_at"], grace_seconds=job["grace_seconds"])
    if last is not None:
        until = min(until, last)
    if since is None or until <= since:
        return 0
    charge = 0
    if job["micros_per_hour"]:
        tariff = billing.tariff(tx.connection, job["tariff_id"])
        record = billing.UsageRecord.of_time(
            (attempt["id"], "main", attempt["records"]),
            owner_id=job["owner"],
            subject=job["id"],
            units=job["units"] * job["replicas"],
            from_at=since,
            to_at=until,
        )
        charge = billing.record(tx, record, tariff)
        jobs.add_charge(tx, job["id"], charge)
    attempts.set_columns(tx, attempt["id"], metered_until=until, records=attempt["records"] + 1)
    return charge


def _look_at_limits(tx: Transaction, job: Row, charge: int) -> None:
    reason = due(
        now=tx.now, deadline_at=job["deadline_at"], duration_seconds=job["duration_seconds"],
        charged_micros=job["charged_micros"], cap_micros=job["cap_micros"],
    )  # fmt: skip
    if reason is None and job["hold_id"]:
        reason = _renew(tx, job, charge)
    if reason is not None:
        job = dict(job) | {"grace_seconds": _affordable_grace(tx, job)}
        stop(tx, job, mode="checkpoint", reason=reason, end_state=JobState.SUSPENDED)
    elif warns(now=tx.now, deadline_at=job["deadline_at"], warned_at=job["warned_at"]):
        jobs.change(tx, job, event="limit_near", warned_at=tx.now)
        _tell(tx, job, "time_limit")


def _renew(tx: Transaction, job: Row, charge: int) -> Reason | None:
    """Fill the hold; when the money does not reach, warn while some is left, and end the job when none is.

    Args:
        tx: The caller's transaction.
        job: Its row, with what it was charged so far.
        charge: What it was charged just now.
    """
    hold = billing.hold(tx.connection, job["hold_id"])
    last = charged_until(deadline_at=job["deadline_at"], grace_seconds=job["grace_seconds"])
    wanted = billing.renewal(
        job["micros_per_hour"],
        job["cap_micros"],
        job["charged_micros"],
        lasts_seconds=None if last is None else -(-(last - tx.now) // SECOND),
    )
    low = min(wanted, job["micros_per_hour"] // RENEW_BELOW)
    if hold is None or hold.remaining_micros >= low:
        return None
    if billing.renew(tx, job["hold_id"], wanted):
        return None
    # The grace is paid for as well, so the end begins while there is something left for it.
    enough = min(_cost_of_grace(job), job["micros_per_hour"] // RENEW_BELOW)
    if billing.fill(tx, job["hold_id"], wanted) <= enough:
        return Reason("balance_empty", {"balance": format_amount(0)})
    if hold.remaining_micros + charge >= low:
        # Said when it becomes low, not each time that it still is.
        jobs.change(tx, job, event="limit_near")
        _tell(tx, job, "balance_empty")
    return None


def _affordable_grace(tx: Transaction, job: Row) -> int:
    """Return its grace, as far as there is money for it: a grace is no way to compute on credit."""
    grace: int = job["grace_seconds"]
    if not job["micros_per_hour"]:
        return grace
    hold = billing.hold(tx.connection, job["hold_id"])
    available = billing.usage(
        tx.connection, job["owner"], month_start=tx.now, lines=0
    ).balance.available_micros
    money = max(0, available) + (hold.remaining_micros if hold else 0)
    affordable = int(money * HOUR // (job["micros_per_hour"] * SECOND))
    return min(grace, max(LEAST_GRACE_SECONDS, affordable))


def _cost_of_grace(job: Row) -> int:
    return int(job["grace_seconds"] * SECOND * job["micros_per_hour"] // HOUR)


def _tell(tx: Transaction, job: Row, about: str) -> None:
    journal.append(
        tx,
        "notice",
        owner=job["owner"],
        subject=job["id"],
        about=about,
        name=job["name"],
        by=job["submitted_by"],
        notify=jobs.notify_of(job),
    )
