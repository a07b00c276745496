"""Makes a backend do what the database says, and writes down what it does.

Level-triggered: every look sees everything, so no single event has to be trusted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import hubkin_billing as billing
import hubkin_resources as resources
import msgspec
import structlog
from hubkin import wire
from hubkin_catalog import Catalog
from hubkin_kit import telemetry
from hubkin_kit.clock import SECOND, SleepWatch
from hubkin_kit.database import Connection, Database, DiskFull, Row, Transaction
from hubkin_kit.errors import Unavailable
from hubkin_kit.leases import Lease, LeaseLost, check

from hubkin_jobs.controllers.metering import leave_out, meter
from hubkin_jobs.controllers.orders import make_order
from hubkin_jobs.controllers.sightings import Sightings
from hubkin_jobs.domain.outcome import Outcome, ReplicaFact, outcome
from hubkin_jobs.domain.reasons import PLATFORM_FAULTS, Reason
from hubkin_jobs.domain.states import JobState, Phase
from hubkin_jobs.domain.tracebacks import place_of
from hubkin_jobs.ports import Backend, BackendRefused
from hubkin_jobs.service import registering
from hubkin_jobs.service.reading import first_error
from hubkin_jobs.store import attempts, jobs, streams

log = structlog.get_logger()

#: How often a submission may break before its job ends, so that nothing is held for it for ever.
SUBMIT_TRIES = 20
#: How long a submission waits that the platform's own trouble has put off.
PUT_OFF_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Todo:
    """What one look at the database finds; whatever is done about it looks again in its own transaction."""

    released: Sequence[Row]
    live: Sequence[Row]
    to_stop: Sequence[tuple[str, str, int]]
    """Attempt, signal and grace seconds."""
    known: Mapping[str, list[ReplicaFact]]
    """What is written down about the replicas of what is live."""
    replicas: Mapping[str, int]
    """How many replicas the jobs of what is live have."""


class Reconciler:
    """One backend's loop; `step` does everything once."""

    def __init__(self, database: Database, backend: Backend, catalog: Catalog) -> None:
        self._database = database
        self._sleep = SleepWatch(database.clock)
        self._backend = backend
        self._catalog = catalog
        self._submitting: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, int] = {}
        self.sightings = Sightings(database.clock)
        #: Attempt → when it is submitted again, by the monotonic clock.
        self._put_off: dict[str, float] = {}

    async def step(self, lease: Lease) -> None:
        """Start what was released, stop what is to stop, take in what is seen, end what has ended."""
        if slept := self._sleep.slept():
            log.warning("machine_slept", seconds=slept // SECOND)
            await self._database.write(partial(leave_out, lease, slept))
        # Before the look: a submission that ends during it still looks released, and would be repeated.
        under_way = frozenset(self._submitting)
        todo = await self._database.read(_look)
        for attempt in todo.released:
            if attempt["id"] not in under_way and self._is_due(attempt["id"]):
                task = asyncio.create_task(self._submit(lease, attempt))
                self._submitting[attempt["id"]] = task
                task.add_done_callback(partial(self._submitted, attempt["id"]))
        for attempt_id, signal, grace in todo.to_stop:
            await self._backend.stop(attempt_id, signal=signal, grace_seconds=grace)
            await self._database.write(partial(_stop_sent, lease, attempt_id, grace))
        looked_at = self._database.clock.now()
        facts = await self._backend.observe([a["id"] for a in todo.live])
        expected = {a["id"]: todo.replicas[a["job_id"]] for a in todo.live}
        await self._take_in(lease, todo, self.sightings.take(facts, expected, looked_at=looked_at))

    def _is_due(self, attempt_id: str) -> bool:
        return time.monotonic() >= self._put_off.get(attempt_id, 0.0)

    async def sweep(self) -> None:
        """Remove what is left of attempts that have ended; what still runs of one is ended first."""
        left = await self._backend.leftovers()
        ended = await self._database.read(lambda c: attempts.ended_among(c, left))
        for attempt_id in ended:
            await self._backend.stop(attempt_id, signal="SIGKILL", grace_seconds=0)
            await self._backend.forget(attempt_id)

    async def drain(self) -> None:
        """Wait for submissions under way, so that whoever looks sees what came of them."""
        await asyncio.gather(*self._submitting.values(), return_exceptions=True)

    def _submitted(self, attempt_id: str, task: asyncio.Task[None]) -> None:
        self._submitting.pop(attempt_id, None)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        self._put_off.pop(attempt_id, None)
        if error is None:
            self._failures.pop(attempt_id, None)
        elif isinstance(error, LeaseLost | Unavailable | asyncio.CancelledError):
            # The platform's own trouble: it is tried again, here or by another process, however often.
            self._put_off[attempt_id] = time.monotonic() + PUT_OFF_SECONDS
            log.warning("submit_put_off", attempt_id=attempt_id, error=repr(error))
        else:
            self._failures[attempt_id] = self._failures.get(attempt_id, 0) + 1
            log.error("submit_failed", attempt_id=attempt_id, error=repr(error))

    async def _submit(self, lease: Lease, attempt: Row) -> None:
        # What an earlier try has begun before a crash is submitted again and then stopped like any other:
        # an attempt that ends here gives its units back, so nothing of it may run.
        is_begun = bool(await self._backend.observe([attempt["id"]]))
        if not is_begun and await self._database.write(lambda tx: _withdrawn(tx, lease, attempt)):
            return
        order = await self._database.read(lambda c: make_order(c, attempt["id"]))
        try:
            if self._failures.get(attempt["id"], 0) >= SUBMIT_TRIES:
                raise BackendRefused("it could not be started, however often it was tried")
            await self._backend.submit(order)
        except DiskFull:
            await self._database.write(lambda tx: _waits(tx, lease, attempt, Reason("disk_full")))
            raise
        except BackendRefused as error:
            reason = Reason("backend_error", {"message": str(error)})
            await self._backend.stop(attempt["id"], signal="SIGKILL", grace_seconds=0)
            await self._database.write(lambda tx: _refused(tx, lease, attempt, reason))
            return
        await self._database.write(lambda tx: _created(tx, lease, attempt["id"]))

    async def _take_in(self, lease: Lease, todo: _Todo, facts: Mapping[str, Sequence[ReplicaFact]]) -> None:
        for attempt in todo.live:
            # Those of a finished look lie before this moment.
            now = self._database.clock.now()
            found = [fact.within(attempt["released_at"] or 0, now) for fact in facts[attempt["id"]]]
            if _same(found, todo.known.get(attempt["id"], [])) and attempt["phase"] != Phase.CREATED:
                continue
            try:
                has_ended = await self._database.write(partial(take_in, self._catalog, lease, attempt, found))
            except (LeaseLost, Unavailable):
                raise
            except Exception as error:
                # One that cannot be taken in holds up no other; the next look tries again.
                telemetry.loops_failed.labels(f"jobs-reconciler-{self._backend.name}").inc()
                log.error("not_taken_in", attempt_id=attempt["id"], exc_info=error)
                continue
            if has_ended:
                await self._backend.forget(attempt["id"])


def take_in(
    catalog: Catalog, lease: Lease, attempt: Row, facts: Sequence[ReplicaFact], tx: Transaction
) -> bool:
    """Write facts down and move the job as they say; True when the attempt has ended with this."""
    check(tx, lease)
    job = _locked(tx, attempt)
    attempt = attempts.locked(tx, attempt["id"])
    attempts.write_facts(tx, facts)
    decided = outcome(facts, replicas=job["replicas"], wanted_end=_wanted_end(job))
    if decided is None:
        return False
    if decided.state is JobState.RUNNING:
        _running(tx, attempt, job, facts, decided)
        return False
    if decided.stop_rest:
        _stop_rest(tx, attempt, job, decided)
        return False
    _end(tx, attempt, job, facts, decided, catalog)
    return True


def _created(tx: Transaction, lease: Lease, attempt_id: str) -> None:
    check(tx, lease)
    current = attempts.get(tx.connection, attempt_id)
    if current is not None and current["phase"] == Phase.RELEASED:
        attempts.advance(tx, attempt_id, Phase.CREATED)


def _waits(tx: Transaction, lease: Lease, attempt: Row, reason: Reason) -> None:
    """Say once what a released attempt waits for."""
    check(tx, lease)
    job = jobs.get(tx.connection, attempt["job_id"])
    if job is not None and job["state"] == JobState.STARTING and job["reason"] != reason.code:
        jobs.move(tx, job, JobState.STARTING, reason)


def _withdrawn(tx: Transaction, lease: Lease, attempt: Row) -> bool:
    """End an attempt that was stopped before anything of it was started; True when it was."""
    check(tx, lease)
    job = _locked(tx, attempt)
    wanted = _wanted_end(job)
    if job["state"] != JobState.STOPPING or wanted is None:
        return False
    _give_up(tx, attempt, job, *wanted)
    return True


def _refused(tx: Transaction, lease: Lease, attempt: Row, reason: Reason) -> None:
    check(tx, lease)
    job = _locked(tx, attempt)
    _give_up(tx, attempt, job, JobState.FAILED, reason)


def _give_up(tx: Transaction, attempt: Row, job: Row, state: JobState, reason: Reason) -> None:
    if attempts.advance(tx, attempt["id"], Phase.ENDED, ended_at=tx.now):
        resources.give_back(tx, attempt["id"])
        if job["hold_id"]:
            billing.settle(tx, job["hold_id"])
        jobs.move(tx, job, state, reason)


def _locked(tx: Transaction, attempt: Row) -> Row:
    return jobs.locked(tx, [attempt["job_id"]])[attempt["job_id"]]


def _stop_sent(lease: Lease, attempt_id: str, grace_seconds: int, tx: Transaction) -> None:
    """Note that a stop was sent, unless a shorter grace was asked for meanwhile: that is still to be sent."""
    check(tx, lease)
    attempt = attempts.locked(tx, attempt_id)
    job = jobs.get(tx.connection, attempt["job_id"])
    if job is not None and job["grace_seconds"] == grace_seconds:
        attempts.set_columns(tx, attempt_id, stop_sent=True)


def _look(connection: Connection) -> _Todo:
    rows = attempts.in_phase(connection, attempts.HOLDING_PHASES)
    live = [row for row in rows if row["phase"] in attempts.LIVE_PHASES]
    return _Todo(
        released=[row for row in rows if row["phase"] == Phase.RELEASED],
        live=live,
        to_stop=_to_stop(connection, live) if live else [],
        known=attempts.facts_of(connection, [row["id"] for row in live]) if live else {},
        replicas=jobs.replicas_of(connection, [row["job_id"] for row in live]) if live else {},
    )


def _to_stop(connection: Connection, live: Sequence[Row]) -> list[tuple[str, str, int]]:
    waiting = [a for a in live if not a["stop_sent"]]
    found = jobs.get_many(connection, [a["job_id"] for a in waiting])
    return [
        (a["id"], found[a["job_id"]]["stop_signal"], found[a["job_id"]]["grace_seconds"])
        for a in waiting
        if found[a["job_id"]]["state"] == JobState.STOPPING
    ]


def _running(tx: Transaction, attempt: Row, job: Row, facts: Sequence[ReplicaFact], decided: Outcome) -> None:
    if attempt["phase"] == Phase.CREATED:
        # Paid from the moment at which all replicas ran: waiting and starting are free.
        since = max((fact.started_at or tx.now for fact in facts), default=tx.now)
        since = min(since, tx.now)
        attempts.advance(tx, attempt["id"], Phase.RUNNING, started_at=since, metered_until=since)
        if job["hold_id"]:
            billing.set_per_hour(tx, job["hold_id"], job["micros_per_hour"])
        if job["state"] == JobState.STARTING:
            limit = job["duration_seconds"]
            deadline = since + limit * SECOND if limit else None
            jobs.move(tx, job, JobState.RUNNING, decided.reason, started_at=since, deadline_at=deadline)


def _stop_rest(tx: Transaction, attempt: Row, job: Row, decided: Outcome) -> None:
    """Tell the other replicas to stop once one has failed; the job will end with the first one's reason."""
    if job["state"] == JobState.STOPPING:
        return
    attempts.set_columns(tx, attempt["id"], stop_sent=False)
    jobs.move(
        tx,
        job,
        JobState.STOPPING,
        decided.reason,
        end_state=JobState.FAILED.value,
        end_reason=decided.reason.code,
        end_params=msgspec.json.encode(dict(decided.reason.params)).decode(),
    )


def _end(
    tx: Transaction, attempt: Row, job: Row, facts: Sequence[ReplicaFact], decided: Outcome, catalog: Catalog
) -> None:
    if not attempts.advance(tx, attempt["id"], Phase.ENDED, ended_at=tx.now):
        return
    ended_at = max((fact.ended_at or tx.now for fact in facts), default=tx.now)
    started_at = attempt["started_at"] or _first_run(facts)
    if started_at is not None:
        until = _used_until(facts, attempt["metered_until"] or started_at, tx.now)
        meter(tx, dict(attempt) | {"started_at": started_at}, job, until=until)
    if job["hold_id"]:
        billing.settle(tx, job["hold_id"])
    resources.give_back(tx, attempt["id"])
    reason = _told(tx, catalog, attempt, job, decided)
    if decided.reason.code in PLATFORM_FAULTS and not any(fact.may_be_its_own_doing for fact in facts):
        _refund(tx, attempt, job)
    columns = {"started_at": started_at} if job["started_at"] is None and started_at else {}
    model = _register(tx, catalog, attempt, job) if decided.state is JobState.SUCCEEDED else None
    jobs.move(
        tx, job, decided.state, reason, finished_at=max(ended_at, job["submitted_at"]), model=model, **columns
    )


def _used_until(facts: Sequence[ReplicaFact], known_until: int, now: int) -> int:
    """When the last replica ended; nobody knows of one that disappeared, so what is known already stands."""
    ends = [known_until if fact.is_gone else fact.ended_at or known_until for fact in facts if fact.is_over]
    return min(max(ends, default=now), now)


def _first_run(facts: Sequence[ReplicaFact]) -> int | None:
    """When the last replica had started, of an attempt that was over before anybody saw it run."""
    starts = [fact.started_at for fact in facts if fact.started_at]
    return max(starts) if len(starts) == len(facts) and starts else None


def _told(tx: Transaction, catalog: Catalog, attempt: Row, job: Row, decided: Outcome) -> Reason:
    """Prefer the exception that the program told over its bare exit code."""
    if decided.reason.code not in ("exit_code", "signal"):
        return decided.reason
    error = first_error(tx.connection, catalog, job, streams.outputs_of(tx.connection, attempt["id"]))
    if error is None:
        return decided.reason
    params = {"replica": error.rank, "type": error.type, "message": error.message[:500]}
    place = place_of(error)
    at = {"file": place[0], "line": place[1]} if place else {}
    return Reason("remote_error", {**decided.reason.params, **params, **at})


def _refund(tx: Transaction, attempt: Row, job: Row) -> None:
    """Give back what this attempt cost; earlier ones did what they were paid for."""
    paid = billing.charged(tx.connection, [job["id"]]).get(job["id"], 0)
    charge = min(billing.charge_of(tx.connection, attempt["id"]), paid)
    if charge <= 0:
        return
    given = billing.refund(
        tx,
        owner_id=job["owner"],
        subject=job["id"],
        amount_micros=charge,
        note="The platform failed, not the job.",
        actor="system",
        key=f"fault:{job['id']}:{job['attempt']}",
    )
    if given is not None:
        jobs.add_charge(tx, job["id"], -given.amount_micros)


def _register(tx: Transaction, catalog: Catalog, attempt: Row, job: Row) -> str | None:
    """Register the model version that the specification asks for, from the first replica's outputs."""
    wanted = msgspec.json.decode(job["spec"], type=wire.JobSpec).outputs.model
    if wanted is None:
        return None
    files = registering.files_under(tx.connection, attempt["id"], wanted.path)
    if not files:
        log.warning("model_has_no_files", job_id=job["id"], path=wanted.path)
        return None
    name, number = registering.register(
        tx,
        catalog,
        job,
        name=wanted.name,
        files=files,
        by=job["submitted_by"],
        alias=wanted.alias,
        best=wanted.best,
    )
    return f"{name}@v{number}"


def _wanted_end(job: Row) -> tuple[JobState, Reason] | None:
    if job["end_state"] is None:
        return None
    return JobState(job["end_state"]), Reason(job["end_reason"], msgspec.json.decode(job["end_params"]))


def _same(found: Sequence[ReplicaFact], known: Sequence[ReplicaFact]) -> bool:
    """Whether nothing is new, memory aside (the agent reports that)."""
    strip = [replace(fact, rss_bytes=None) for fact in found]
    return strip == [replace(fact, rss_bytes=None) for fact in known]
