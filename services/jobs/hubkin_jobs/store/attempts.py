"""Attempts and their replicas: queue, facts, metering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from hubkin_kit.database import Row, Transaction
from hubkin_kit.insert import insert_all
from sqlalchemy import Connection, bindparam, func, insert, select, update

from hubkin_jobs.domain.outcome import ReplicaFact
from hubkin_jobs.domain.states import Phase, ReplicaState
from hubkin_jobs.tables import attempts, jobs, replicas

#: How much of a pool's queue is looked at, and how much where the head holds nobody up.
QUEUE_HEAD = 200
QUEUE_MOST = 12_800

LIVE_PHASES = (Phase.CREATED, Phase.RUNNING)
HOLDING_PHASES = (Phase.RELEASED, *LIVE_PHASES)

_NEXT_POOL = select(func.min(attempts.c.pool)).where(attempts.c.pool > bindparam("last"))
_WAITS = (
    select(attempts.c.pool)
    .where(attempts.c.pool == bindparam("pool"), attempts.c.phase == Phase.WAITING.value)
    .limit(1)
)


def add_all(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add attempts that wait."""
    insert_all(tx, attempts, rows)


def get(connection: Connection, attempt_id: str) -> Row | None:
    """Return one attempt."""
    return connection.execute(select(attempts).where(attempts.c.id == attempt_id)).mappings().first()


def locked(tx: Transaction, attempt_id: str) -> Row:
    """Return one attempt as it is now, locked: what was read before the transaction may be old."""
    return tx.execute(select(attempts).where(attempts.c.id == attempt_id).with_for_update()).mappings().one()


def of_job(connection: Connection, job_id: str, number: int) -> Row | None:
    """Return a job's attempt by its number."""
    query = select(attempts).where(attempts.c.job_id == job_id, attempts.c.number == number)
    return connection.execute(query).mappings().first()


def ids_of_job(connection: Connection, job_id: str) -> list[str]:
    """Return all attempts of a job, first to last."""
    query = select(attempts.c.id).where(attempts.c.job_id == job_id).order_by(attempts.c.number)
    return list(connection.execute(query).scalars())


def of_jobs(connection: Connection, job_ids: Iterable[str]) -> Sequence[Row]:
    """Return all attempts of these jobs."""
    query = select(attempts).where(attempts.c.job_id.in_(list(job_ids)))
    return connection.execute(query).mappings().all()


def pools_with_queues(connection: Connection) -> list[str]:
    """Return the pools in which something waits."""
    # From pool to pool along the index: DISTINCT would walk over everything that waits.
    found, last = [], ""
    while pool := connection.execute(_NEXT_POOL, {"last": last}).scalar():
        if connection.execute(_WAITS, {"pool": pool}).scalar():
            found.append(pool)
        last = pool
    return found


def count_waiting(connection: Connection) -> dict[str, int]:
    """Return pool → how many attempts wait for it."""
    query = select(attempts.c.pool, func.count().label("waiting")).where(attempts.c.phase == Phase.WAITING)
    return {row.pool: row.waiting for row in connection.execute(query.group_by(attempts.c.pool))}


def queue(connection: Connection, pool: str, *, limit: int = QUEUE_HEAD) -> Sequence[Row]:
    """Return the head of a pool's queue, oldest first, each with its job's name, owner and reason."""
    query = (
        select(
            attempts.c.id, attempts.c.job_id, attempts.c.number, attempts.c.owner, attempts.c.units,
            jobs.c.name, jobs.c.reason, jobs.c.reason_params, jobs.c.duration_seconds, jobs.c.state,
            jobs.c.profile,
        )
        .join(jobs, jobs.c.id == attempts.c.job_id)
        .where(attempts.c.pool == pool, attempts.c.phase == Phase.WAITING)
        .order_by(attempts.c.id)
        .limit(limit)
    )  # fmt: skip
    return connection.execute(query).mappings().all()


def holding(connection: Connection, pool: str) -> Sequence[Row]:
    """Return the attempts that hold units of a pool, oldest first, with their jobs' names and limits."""
    query = (
        select(
            attempts.c.id, attempts.c.job_id, attempts.c.owner, attempts.c.units, attempts.c.phase,
            jobs.c.name, jobs.c.deadline_at, jobs.c.duration_seconds,
        )
        .join(jobs, jobs.c.id == attempts.c.job_id)
        .where(attempts.c.pool == pool, attempts.c.phase.in_(HOLDING_PHASES))
        .order_by(attempts.c.id)
    )  # fmt: skip
    return connection.execute(query).mappings().all()


def in_phase(connection: Connection, phases: Iterable[Phase]) -> Sequence[Row]:
    """Return attempts in these phases, oldest first."""
    query = select(attempts).where(attempts.c.phase.in_(list(phases))).order_by(attempts.c.id)
    return connection.execute(query).mappings().all()


def ended_among(connection: Connection, attempt_ids: Iterable[str]) -> list[str]:
    """Return those of these attempts that have ended."""
    query = select(attempts.c.id).where(attempts.c.id.in_(list(attempt_ids)), attempts.c.phase == Phase.ENDED)
    return list(connection.execute(query).scalars())


def advance(tx: Transaction, attempt_id: str, phase: Phase, **columns: Any) -> bool:
    """Move an attempt to a phase; False when it has ended already (an ended attempt never moves again)."""
    moved = tx.execute(
        update(attempts)
        .where(attempts.c.id == attempt_id, attempts.c.phase != Phase.ENDED)
        .values(phase=phase.value, **columns)
    )
    return bool(moved.rowcount)


def set_columns(tx: Transaction, attempt_id: str, **columns: Any) -> None:
    """Change columns of an attempt."""
    tx.execute(update(attempts).where(attempts.c.id == attempt_id).values(**columns))


def facts_of(connection: Connection, attempt_ids: Iterable[str]) -> dict[str, list[ReplicaFact]]:
    """Return the facts written down about these attempts, by attempt, in replica order."""
    query = select(replicas).where(replicas.c.attempt_id.in_(list(attempt_ids))).order_by(replicas.c.idx)
    found: dict[str, list[ReplicaFact]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["attempt_id"], []).append(_fact(row))
    return found


def write_facts(tx: Transaction, facts: Iterable[ReplicaFact]) -> None:
    """Write down what was seen; the same fact again changes nothing."""
    for fact in facts:
        values = {
            "state": fact.state.value, "code": fact.code, "signal": fact.signal, "reason": fact.reason,
            "message": fact.message, "pid": fact.pid, "started_at": fact.started_at,
            "ended_at": fact.ended_at, "rss_bytes": fact.rss_bytes,
        }  # fmt: skip
        key = {"attempt_id": fact.attempt_id, "task": fact.task, "idx": fact.index}
        where = (replicas.c[name] == value for name, value in key.items())
        if not tx.execute(update(replicas).where(*where).values(**values)).rowcount:
            tx.execute(insert(replicas).values(**key, **values))


def set_rss(tx: Transaction, attempt_id: str, task: str, index: int, rss_bytes: int) -> None:
    """Note how much memory a replica uses now."""
    where = (replicas.c.attempt_id == attempt_id, replicas.c.task == task, replicas.c.idx == index)
    tx.execute(update(replicas).where(*where, replicas.c.ended_at.is_(None)).values(rss_bytes=rss_bytes))


def encode_indices(indices: Iterable[int]) -> str:
    """Write unit numbers as text."""
    return msgspec.json.encode(list(indices)).decode()


def decode_indices(text: str | None) -> tuple[int, ...]:
    """Read unit numbers."""
    return tuple(msgspec.json.decode(text)) if text else ()


def _fact(row: Row) -> ReplicaFact:
    return ReplicaFact(
        attempt_id=row["attempt_id"], task=row["task"], index=row["idx"], state=ReplicaState(row["state"]),
        code=row["code"], signal=row["signal"], reason=row["reason"], message=row["message"], pid=row["pid"],
        started_at=row["started_at"], ended_at=row["ended_at"], rss_bytes=row["rss_bytes"],
    )  # fmt: skip
