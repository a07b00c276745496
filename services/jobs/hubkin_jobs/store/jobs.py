"""Jobs: find, list, add, move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from hubkin import wire
from hubkin_kit import journal
from hubkin_kit.database import Row, Transaction
from hubkin_kit.insert import insert_all
from sqlalchemy import Connection, func, or_, select, update

from hubkin_jobs.domain.reasons import Reason, sentence
from hubkin_jobs.domain.states import FINAL, LIVE, JobState, checked_move
from hubkin_jobs.errors import MovedOn
from hubkin_jobs.tables import dependencies, jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs a list shows; ``owners`` None means everybody's (admins only)."""

    owners: tuple[str, ...] | None
    states: tuple[str, ...] = ()
    text: str = ""
    before: str | None = None
    limit: int = 50


def get(connection: Connection, job_id: str) -> Row | None:
    """Return one job."""
    return connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()


def locked(tx: Transaction, job_ids: Iterable[str]) -> dict[str, Row]:
    """Return jobs by id, locked in their order, before their attempts and whatever they hold.

    What is decided by their columns is written before anybody else decides by them.
    """
    query = select(jobs).where(jobs.c.id.in_(sorted(job_ids))).order_by(jobs.c.id).with_for_update()
    return {row["id"]: row for row in tx.execute(query).mappings()}


def get_many(connection: Connection, job_ids: Iterable[str]) -> dict[str, Row]:
    """Return jobs by id."""
    rows = connection.execute(select(jobs).where(jobs.c.id.in_(list(job_ids)))).mappings()
    return {row["id"]: row for row in rows}


def names_of(connection: Connection, job_ids: Iterable[str]) -> dict[str, str]:
    """Return what these jobs are called."""
    rows = connection.execute(select(jobs.c.id, jobs.c.name).where(jobs.c.id.in_(list(job_ids))))
    return {row.id: row.name for row in rows}


def replicas_of(connection: Connection, job_ids: Iterable[str]) -> dict[str, int]:
    """Return how many replicas these jobs have."""
    rows = connection.execute(select(jobs.c.id, jobs.c.replicas).where(jobs.c.id.in_(list(job_ids))))
    return {row.id: row.replicas for row in rows}


def page(connection: Connection, wanted: Filter) -> Sequence[Row]:
    """Return jobs, newest first.

    One walk of an index per (owner, state) that is asked for, merged here: a page costs the same at any
    depth.
    """
    owners: tuple[str | None, ...] = wanted.owners if wanted.owners is not None else (None,)
    states: tuple[str | None, ...] = wanted.states or (None,)
    found: list[Row] = []
    for owner in owners:
        for state in states:
            query = select(jobs).order_by(jobs.c.id.desc()).limit(wanted.limit)
            if owner is not None:
                query = query.where(jobs.c.owner == owner)
            if state is not None:
                query = query.where(jobs.c.state == state)
            if wanted.before is not None:
                query = query.where(jobs.c.id < wanted.before)
            if wanted.text:
                query = query.where(jobs.c.name.icontains(wanted.text, autoescape=True))
            found.extend(connection.execute(query).mappings())
    if len(owners) * len(states) > 1:
        found.sort(key=lambda row: row["id"], reverse=True)
    return found[: wanted.limit]


def count_by_owner(connection: Connection, owners: Iterable[str]) -> dict[str, int]:
    """Return how many live jobs each of these owners has."""
    query = (
        select(jobs.c.owner, func.count().label("live"))
        .where(jobs.c.owner.in_(list(owners)), jobs.c.state.in_(LIVE))
        .group_by(jobs.c.owner)
    )
    return {row.owner: row.live for row in connection.execute(query)}


def live_of_cell(connection: Connection, owner: str, cell_digest: str) -> str | None:
    """Return the live job that this very cell has submitted, if there is one."""
    query = select(jobs.c.id).where(
        jobs.c.owner == owner, jobs.c.state.in_(LIVE), jobs.c.cell_digest == cell_digest
    )
    return connection.execute(query.order_by(jobs.c.id.desc()).limit(1)).scalar()


def has_shape(connection: Connection, user_id: str, *, profile: str, units: int, replicas: int) -> bool:
    """Whether this person has submitted this shape before (as themselves, in their own space)."""
    query = select(jobs.c.id).where(
        jobs.c.owner == user_id,
        jobs.c.profile == profile,
        jobs.c.units == units,
        jobs.c.replicas == replicas,
    )
    return connection.execute(query.limit(1)).first() is not None


def add_all(tx: Transaction, rows: Sequence[Mapping[str, Any]], needs: Sequence[Mapping[str, Any]]) -> None:
    """Add accepted jobs and what they wait for."""
    insert_all(tx, jobs, rows)
    insert_all(tx, dependencies, needs)


def dependencies_of(connection: Connection, job_ids: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """Return (job, needed job, its name, its state) for what these jobs wait for."""
    query = (
        select(dependencies.c.job_id, jobs.c.id, jobs.c.name, jobs.c.state)
        .join(jobs, jobs.c.id == dependencies.c.needs)
        .where(dependencies.c.job_id.in_(list(job_ids)))
    )
    return [tuple(row) for row in connection.execute(query)]


def move(tx: Transaction, job: Row, state: JobState, reason: Reason, **columns: Any) -> None:
    """Move a job to a state (or give it another reason in the same one) and write it into the journal.

    Raises:
        MovedOn: It no longer stands where ``job`` says: of two that move it at once, one must look again.
    """
    old = JobState(job["state"])
    if state is not old:
        checked_move(job["id"], old, state)
    if state in FINAL or state is JobState.SUSPENDED:
        columns.setdefault("finished_at", tx.now)
    moved = tx.execute(
        update(jobs)
        .where(jobs.c.id == job["id"], jobs.c.state == old.value)
        .values(
            state=state.value,
            reason=reason.code,
            reason_params=msgspec.json.encode(dict(reason.params)).decode(),
            revision=jobs.c.revision + 1,
            **columns,
        )
    )
    if not moved.rowcount:
        raise MovedOn(
            "The job '{name}' has changed meanwhile. Look at it again.", params={"name": job["name"]}
        )
    journal.append(
        tx,
        "job",
        owner=job["owner"],
        subject=job["id"],
        old=old.value,
        state=state.value,
        reason=reason.code,
        name=job["name"],
        by=job["submitted_by"],
        notify=notify_of(job),
        **_why(state, reason),
    )


def _why(state: JobState, reason: Reason) -> dict[str, Any]:
    """The sentence of an end, for mails: whoever reads the journal has no table of reasons."""
    text = sentence(reason.code, reason.params)
    if text is None or not (state in FINAL or state is JobState.SUSPENDED):
        return {}
    return {"why": {"text": text, "params": dict(reason.params)}}


class _Wishes(msgspec.Struct):
    """The part of a specification that says who wants to hear of the job."""

    notify: wire.Notify | None = None


def notify_of(job: Row) -> list[str]:
    """Return at which moments the job itself asks for a notice."""
    wishes = msgspec.json.decode(job["spec"], type=_Wishes)
    return wishes.notify.when if wishes.notify else []


def change(tx: Transaction, job: Row, *, event: str, **columns: Any) -> None:
    """Change a job without moving it, and say so in the journal."""
    tx.execute(update(jobs).where(jobs.c.id == job["id"]).values(revision=jobs.c.revision + 1, **columns))
    journal.append(tx, "job", owner=job["owner"], subject=job["id"], event=event, state=job["state"])


def set_progress(tx: Transaction, job_id: str, **columns: str) -> None:
    """Note what a job says of itself; the journal hears of it as ``progress``."""
    tx.execute(update(jobs).where(jobs.c.id == job_id).values(revision=jobs.c.revision + 1, **columns))


def add_charge(tx: Transaction, job_id: str, micros: int) -> None:
    """Add to what a job has cost so far (negative for a refund)."""
    tx.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(charged_micros=jobs.c.charged_micros + micros, revision=jobs.c.revision + 1)
    )


def named_or_id(connection: Connection, owners: Sequence[str], text: str) -> Row | None:
    """Return a job of these owners by id, or the newest by name."""
    query = select(jobs).where(jobs.c.owner.in_(owners), or_(jobs.c.id == text, jobs.c.name == text))
    return connection.execute(query.order_by(jobs.c.id.desc()).limit(1)).mappings().first()
