"""What a person can do to a job: stop, extend, run again.  Writers take the caller's transaction."""

from __future__ import annotations

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.clock import SECOND, parse_duration
from hubkin_kit.database import Row, Transaction
from hubkin_kit.errors import Conflict, Field, Invalid, NotAllowed, WayOut
from hubkin_kit.i18n import SOURCE
from hubkin_kit.ids import new_id

from hubkin_jobs.domain.affording import top_up
from hubkin_jobs.domain.limits import longest_seconds
from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.states import FINAL, JobState, Phase
from hubkin_jobs.errors import AlreadyFinal, HardwareGone, NotSuspended
from hubkin_jobs.service.explaining import offers
from hubkin_jobs.service.views import origin_of
from hubkin_jobs.store import attempts, jobs

MODES = ("now", "checkpoint")
SENTENCES = {
    JobState.SUCCEEDED: "The job '{name}' has succeeded already.",
    JobState.FAILED: "The job '{name}' has failed already.",
    JobState.STOPPED: "The job '{name}' has been stopped already.",
}
#: What "now" leaves a command to close its files.
NOW_GRACE_SECONDS = 5
MAX_EXTENSION_SECONDS = 30 * 86400


def stop(
    tx: Transaction, job: Row, *, mode: str, reason: Reason, end_state: JobState = JobState.STOPPED
) -> None:
    """Ask a job to end; what only waits ends at once, and asking again changes nothing.

    Args:
        tx: The caller's transaction.
        job: The job's row, read in this transaction.
        mode: ``now`` (a short grace) or ``checkpoint`` (its own signal and grace).
        reason: Why, as it will be shown.
        end_state: Where it will stand: stopped, or suspended at a limit.

    Raises:
        AlreadyFinal: It has ended.
        Invalid: There is no such mode.
    """
    if mode not in MODES:
        raise Invalid(
            "The mode must be one of {choices}.",
            params={"choices": list(MODES)},
            fields=(Field("/mode", "unknown_mode"),),
        )
    state = JobState(job["state"])
    if state in FINAL:
        raise AlreadyFinal(SENTENCES[JobState(job["state"])], params=_named(job))
    if state in (JobState.QUEUED, JobState.SUSPENDED):
        end_waiting(tx, job, state=JobState.STOPPED, reason=reason)
        return
    if state is JobState.STOPPING and mode == "checkpoint":
        return
    grace = NOW_GRACE_SECONDS if mode == "now" else job["grace_seconds"]
    attempt = attempts.of_job(tx.connection, job["id"], job["attempt"])
    assert attempt is not None, "a job has its attempt from the first transaction on"
    attempts.set_columns(tx, attempt["id"], stop_sent=False)
    jobs.move(
        tx,
        job,
        JobState.STOPPING,
        Reason("stopping", {"grace_seconds": grace}),
        end_state=end_state.value,
        end_reason=reason.code,
        end_params=msgspec.json.encode(dict(reason.params)).decode(),
        grace_seconds=grace,
    )


def end_waiting(tx: Transaction, job: Row, *, state: JobState, reason: Reason) -> None:
    """End a job that holds no machine: its hold is released, nothing was used."""
    attempt = attempts.of_job(tx.connection, job["id"], job["attempt"])
    if attempt is not None:
        attempts.advance(tx, attempt["id"], Phase.ENDED, ended_at=tx.now)
    if job["hold_id"]:
        billing.settle(tx, job["hold_id"])
    jobs.move(tx, job, state, reason)


def extend(tx: Transaction, job: Row, *, by: str) -> None:
    """Prolong a job's time limit.

    Raises:
        AlreadyFinal, Conflict, Invalid: It has ended; it has no limit; that is no duration.
    """
    seconds = parse_duration(by, pointer="/by")
    if JobState(job["state"]) in FINAL:
        raise AlreadyFinal(SENTENCES[JobState(job["state"])], params=_named(job))
    if job["duration_seconds"] is None:
        raise Conflict("The job '{name}' has no time limit.", params=_named(job), code="no_limit")
    if seconds > MAX_EXTENSION_SECONDS:
        raise Invalid("A job can be prolonged by at most 30 days.", fields=(Field("/by", "too_long"),))
    deadline = job["deadline_at"]
    jobs.change(
        tx,
        job,
        event="extended",
        duration_seconds=job["duration_seconds"] + seconds,
        deadline_at=deadline + seconds * SECOND if deadline else None,
        warned_at=None,
    )


def resume(tx: Transaction, job: Row, *, actor: str) -> None:
    """Queue a suspended job again as a new attempt, with a new hold, at the price of now.

    Raises:
        NotSuspended, BalanceLow: It is not suspended; what is set aside at the start does not fit.
        Conflict: What it may cost is used up.
        HardwareGone: What it ran on is not offered any more.
    """
    if JobState(job["state"]) is not JobState.SUSPENDED:
        raise NotSuspended(
            "The job '{name}' is not suspended, so there is nothing to resume.", params=_named(job)
        )
    _check_still_offered(tx, job)
    before = attempts.of_job(tx.connection, job["id"], job["attempt"])
    assert before is not None, "a suspended job had an attempt"
    tariff = billing.tariff_at(tx.connection, job["profile"], tx.now)
    per_hour = tariff.per_hour(job["units"] * job["replicas"])
    hold_id = _hold_again(tx, job, per_hour, actor=actor) if per_hour else None
    attempts.add_all(
        tx,
        [
            {
                "id": new_id("attempt"), "job_id": job["id"], "number": job["attempt"] + 1,
                "pool": job["pool"], "phase": Phase.WAITING.value, "owner": job["owner"],
                "units": before["units"],
            }
        ],
    )  # fmt: skip
    jobs.move(
        tx, job, JobState.QUEUED, Reason("accepted"), attempt=job["attempt"] + 1, hold_id=hold_id,
        tariff_id=tariff.id, micros_per_hour=per_hour,
        started_at=None, finished_at=None, deadline_at=None, warned_at=None, end_state=None,
        end_reason=None, end_params=None,
    )  # fmt: skip


def _check_still_offered(tx: Transaction, job: Row) -> None:
    gone = resources.no_longer_offered(tx.connection, [job["profile"]], pool=job["pool"])
    for profile in gone.values():
        others = offers(tx.connection, job, now=tx.now, language=SOURCE) if profile.is_gpu else ()
        raise HardwareGone(
            "{label} is not offered here any more, so the job '{name}' cannot be resumed. Submit it again "
            "with other hardware; its outputs are kept.",
            params={**_named(job), "label": profile.label},
            ways_out=tuple(
                WayOut(
                    "Submit it again with {other}",
                    patch={"resources": {"gpu": f"{offer.profile}:{job['units']}"}},
                    params={"other": offer.label},
                )
                for offer in others
            ),
        )


def _hold_again(tx: Transaction, job: Row, per_hour_micros: int, *, actor: str) -> str:
    lasts = longest_seconds(duration_seconds=job["duration_seconds"], grace_seconds=job["grace_seconds"])
    amount = billing.renewal(per_hour_micros, job["cap_micros"], job["charged_micros"], lasts_seconds=lasts)
    if amount <= 0:
        raise Conflict(
            "The job '{name}' has used up its cost limit. Submit it again with a higher one.",
            params=_named(job),
            code="cost_limit",
        )
    try:
        hold = billing.open_hold(
            tx, owner_id=job["owner"], subject=job["id"], amount_micros=amount, actor=actor
        )
    except billing.BalanceLow as low:
        owner = users.owners(tx.connection, [job["owner"]])[job["owner"]]
        low.ways_out = (top_up(owner.name, is_group=owner.kind is users.OwnerKind.GROUP),)
        raise
    return hold.id


def may_not_act(job: Row) -> NotAllowed:
    """Say that seeing is not touching."""
    return NotAllowed("You can see the job '{name}' but not change it.", params={"name": job["name"]})


def again(job: Row) -> wire.JobRequest:
    """Return the request that submits the same job once more."""
    capture = msgspec.json.decode(job["capture"], type=wire.CaptureReport) if job["capture"] else None
    spec = msgspec.json.decode(job["spec"], type=wire.JobSpec)
    return wire.JobRequest(spec=spec, capture=capture, origin=origin_of(job))


def _named(job: Row) -> dict[str, str]:
    return {"name": job["name"], "state": job["state"]}
