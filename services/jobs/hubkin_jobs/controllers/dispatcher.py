"""Releases waiting attempts when nothing holds them, and keeps the reason of those that stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import hubkin_resources as resources
import msgspec
from hubkin_kit.database import Connection, Row, Transaction

from hubkin_jobs.domain.dispatch import Decision, PoolView, Waiting, dispatch
from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.states import JobState, Phase
from hubkin_jobs.service.control import end_waiting
from hubkin_jobs.store import attempts, jobs, streams

DOOMING = (JobState.FAILED, JobState.STOPPED)


def dispatch_all(tx: Transaction, *, jobs_at_once: int | None = None) -> int:
    """Decide about every pool in which something waits; return how many attempts were released."""
    states = resources.pool_state(tx.connection)
    return sum(
        _dispatch_pool(tx, pool, states.get(pool), jobs_at_once)
        for pool in attempts.pools_with_queues(tx.connection)
    )


def is_due(connection: Connection, *, jobs_at_once: int | None = None) -> bool:
    """Whether `dispatch_all` would change anything.

    Asked on a reading thread, so that a full pool with a long queue does not keep the writing one busy.
    """
    states = resources.pool_state(connection)
    pools = attempts.pools_with_queues(connection)
    return any(_touched(*_look(connection, pool, states.get(pool), jobs_at_once)) for pool in pools)


def _dispatch_pool(tx: Transaction, pool: str, state: resources.PoolState | None, at_once: int | None) -> int:
    queue, decision = _look(tx.connection, pool, state, at_once)
    _apply(tx, pool, queue, decision)
    return len(decision.release)


def _look(
    connection: Connection, pool: str, state: resources.PoolState | None, at_once: int | None
) -> tuple[Sequence[Row], Decision]:
    """Look at one pool's queue; ``state`` is None for a pool that the site does not have any more.

    The head of the queue is enough, unless all of it waits for something of its own: whoever can start now
    may stand far behind.  Reasons are kept for the head only, or a long queue would be written ever again.
    """
    held = attempts.holding(connection, pool)
    running: dict[str, int] = {}
    for row in held:
        running[row["owner"]] = running.get(row["owner"], 0) + 1
    view = PoolView(
        label=state.label if state else pool,
        label_zh=state.label_zh if state else "",
        is_gpu=state is None or state.is_gpu,
        free_units=state.free if state else 0,
        running_jobs=tuple((row["name"], row["owner"]) for row in held),
        running_by_owner=running,
        jobs_at_once=at_once,
    )
    limit = attempts.QUEUE_HEAD
    while True:
        queue = attempts.queue(connection, pool, limit=limit)
        needs = _needs(connection, [row["job_id"] for row in queue])
        gone = resources.no_longer_offered(connection, {row["profile"] for row in queue}, pool=pool)
        waiting = [_waiting(row, needs.get(row["job_id"], []), gone.get(row["profile"])) for row in queue]
        decision = dispatch(waiting, view)
        if decision.is_full or len(queue) < limit or limit >= attempts.QUEUE_MOST:
            break
        limit *= 4
    head = {row["id"] for row in queue[: attempts.QUEUE_HEAD]}
    return queue, replace(
        decision, reasons={one: why for one, why in decision.reasons.items() if one in head}
    )


def _apply(tx: Transaction, pool: str, queue: Sequence[Row], decision: Decision) -> None:
    job_of = _still_waiting(queue, jobs.locked(tx, _touched(queue, decision)))
    for item in decision.release:
        job = job_of.get(item.attempt_id)
        if job is None:
            continue
        indices = resources.take(tx, pool=pool, holder=item.attempt_id, units=item.units)
        attempts.advance(
            tx, item.attempt_id, Phase.RELEASED, released_at=tx.now, indices=attempts.encode_indices(indices)
        )
        streams.open_streams(
            tx,
            [
                {"attempt_id": item.attempt_id, "task": "main", "idx": index, "log_bytes": 0, "report_seq": 0}
                for index in range(job["replicas"])
            ],
        )
        jobs.move(tx, job, JobState.STARTING, Reason("starting"))
    for attempt_id, reason in decision.doomed.items():
        if attempt_id in job_of:
            end_waiting(tx, job_of[attempt_id], state=JobState.FAILED, reason=reason)
    for attempt_id, reason in decision.reasons.items():
        if attempt_id in job_of:
            jobs.move(tx, job_of[attempt_id], JobState.QUEUED, reason)


def _still_waiting(queue: Sequence[Row], locked: Mapping[str, Row]) -> dict[str, Row]:
    """Return attempt → its locked job, of those that nobody stopped between the look and the lock."""
    found = {row["id"]: (row, locked[row["job_id"]]) for row in queue if row["job_id"] in locked}
    return {
        attempt_id: job
        for attempt_id, (row, job) in found.items()
        if job["state"] == JobState.QUEUED and job["attempt"] == row["number"]
    }


def _touched(queue: Sequence[Row], decision: Decision) -> set[str]:
    """The jobs whose rows change: released, doomed, or with a reason other than the one written down."""
    touched = {item.job_id for item in decision.release}
    for row in queue:
        if row["id"] in decision.doomed:
            touched.add(row["job_id"])
        reason = decision.reasons.get(row["id"])
        if reason is not None and not _is_written(row, reason):
            touched.add(row["job_id"])
    return touched


def _is_written(row: Row, reason: Reason) -> bool:
    return bool(
        row["reason"] == reason.code
        and row["reason_params"] == msgspec.json.encode(dict(reason.params)).decode()
    )


def _needs(connection: Connection, job_ids: Sequence[str]) -> dict[str, list[tuple[str, JobState]]]:
    found: dict[str, list[tuple[str, JobState]]] = {}
    for job_id, _, name, state in jobs.dependencies_of(connection, job_ids):
        found.setdefault(job_id, []).append((name, JobState(state)))
    return found


def _waiting(row: Row, needs: Sequence[tuple[str, JobState]], gone: resources.Profile | None) -> Waiting:
    return Waiting(
        attempt_id=row["id"],
        job_id=row["job_id"],
        job_name=row["name"],
        owner=row["owner"],
        units=row["units"],
        unfinished_dependencies=tuple(name for name, state in needs if state is not JobState.SUCCEEDED),
        failed_dependency=next((name for name, state in needs if state in DOOMING), None),
        gone=(gone.label, gone.label_zh) if gone else None,
    )
