"""Plans: what was promised, kept for an hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hubkin_kit.database import Row, Transaction
from sqlalchemy import Connection, delete, insert, select, update

from hubkin_jobs.tables import plans

#: How many plans that became no job are kept of one person: older ones give way, so nobody fills the disk.
KEPT = 100


def add(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Keep a plan; drop those that have expired a day ago, and the oldest of a person who makes very many."""
    tx.execute(delete(plans).where(plans.c.expires_at < tx.now - 86_400_000_000))
    theirs = (plans.c.created_by == row["created_by"], plans.c.job_id.is_(None))
    newest = select(plans.c.id).where(*theirs).order_by(plans.c.id.desc())
    # Ids count up with time.
    if oldest_kept := tx.execute(newest.offset(KEPT - 1).limit(1)).scalar():
        tx.execute(delete(plans).where(*theirs, plans.c.id <= oldest_kept))
    tx.execute(insert(plans).values(**row))


def get(connection: Connection, plan_id: str) -> Row | None:
    """Return one plan."""
    return connection.execute(select(plans).where(plans.c.id == plan_id)).mappings().first()


def jobs_of(tx: Transaction, plan_ids: Iterable[str]) -> dict[str, str]:
    """Return plan → the job that it became, locked: a plan becomes one job, however often it is sent."""
    wanted = sorted(set(plan_ids))
    if not wanted:
        return {}
    query = select(plans.c.id, plans.c.job_id).where(plans.c.id.in_(wanted)).order_by(plans.c.id)
    return {row.id: row.job_id for row in tx.execute(query.with_for_update()) if row.job_id}


def submitted_as(tx: Transaction, plan_id: str, job_id: str) -> None:
    """Note which job a plan became."""
    tx.execute(update(plans).where(plans.c.id == plan_id).values(job_id=job_id))
