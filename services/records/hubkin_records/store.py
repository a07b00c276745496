"""Every query of records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from hubkin_kit.database import Transaction
from sqlalchemy import Connection, delete, insert, select, update

from hubkin_records.domain import Delivery, Hook, Kind
from hubkin_records.tables import deliveries, hooks, seals


def hooks_of(connection: Connection, owners: Sequence[str]) -> list[Hook]:
    """Return these users' hooks, oldest first."""
    rows = connection.execute(
        select(hooks).where(hooks.c.owner.in_(owners)).order_by(hooks.c.created_at, hooks.c.id)
    )
    return [_hook(row) for row in rows.mappings()]


def hook(connection: Connection, hook_id: str) -> Hook | None:
    """Return one hook."""
    row = connection.execute(select(hooks).where(hooks.c.id == hook_id)).mappings().first()
    return _hook(row) if row else None


def add_hook(tx: Transaction, new: Hook) -> None:
    """Write a hook down."""
    tx.execute(
        insert(hooks).values(
            id=new.id,
            owner=new.owner,
            kind=new.kind.value,
            target=new.target,
            moments=",".join(sorted(new.when)),
            secret=new.secret,
            language=new.language,
            created_at=tx.now,
        )
    )


def remove_hook(tx: Transaction, owner: str, hook_id: str) -> bool:
    """Remove a hook and what was on its way through it."""
    removed = tx.execute(delete(hooks).where(hooks.c.id == hook_id, hooks.c.owner == owner)).rowcount
    if removed:
        tx.execute(delete(deliveries).where(deliveries.c.hook_id == hook_id))
    return bool(removed)


def add_deliveries(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Put notices on their way."""
    if rows:
        tx.execute(insert(deliveries), [{**row, "due_at": tx.now} for row in rows])


def due(connection: Connection, now: int, *, limit: int) -> list[Delivery]:
    """Return what is to be sent now, most urgent first."""
    rows = connection.execute(
        select(deliveries, hooks)
        .join(hooks, hooks.c.id == deliveries.c.hook_id)
        .where(deliveries.c.due_at <= now)
        .order_by(deliveries.c.due_at, deliveries.c.seq)
        .limit(limit)
    )
    return [
        Delivery(
            id=row[deliveries.c.id],
            hook=_hook({name: row[column] for name, column in hooks.c.items()}),
            about=row[deliveries.c.about],
            body=msgspec.json.decode(row[deliveries.c.body]),
            tries=row[deliveries.c.tries],
        )
        for row in rows.mappings()
    ]


def delivered(tx: Transaction, delivery_id: str) -> None:
    """Note that a notice arrived."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(due_at=None, delivered_at=tx.now, tries=deliveries.c.tries + 1, error="")
    )


def failed(tx: Transaction, delivery_id: str, *, tries: int, due_at: int | None, error: str) -> None:
    """Note that a notice did not arrive; ``due_at`` None gives it up."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(due_at=due_at, tries=tries, error=error[:300])
    )


def forget_deliveries(tx: Transaction, before: int) -> int:
    """Drop what was delivered or given up before this moment."""
    done = select(deliveries.c.id).where(deliveries.c.due_at.is_(None), deliveries.c.delivered_at < before)
    return tx.execute(delete(deliveries).where(deliveries.c.id.in_(done))).rowcount


def last_seal(connection: Connection) -> tuple[int, str]:
    """Return how far the journal is sealed, and the hash to go on from."""
    row = connection.execute(
        select(seals.c.to_seq, seals.c.digest).order_by(seals.c.to_seq.desc()).limit(1)
    ).first()
    return (row[0], row[1]) if row else (0, "")


def add_seal(tx: Transaction, *, from_seq: int, to_seq: int, digest: str) -> None:
    """Write a seal down."""
    tx.execute(insert(seals).values(from_seq=from_seq, to_seq=to_seq, digest=digest, at=tx.now))


def all_seals(connection: Connection) -> list[tuple[int, int, str]]:
    """Return every seal in order: first and last number, hash."""
    rows = connection.execute(
        select(seals.c.from_seq, seals.c.to_seq, seals.c.digest).order_by(seals.c.to_seq)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _hook(row: Any) -> Hook:
    return Hook(
        id=row["id"],
        owner=row["owner"],
        kind=Kind(row["kind"]),
        target=row["target"],
        when=frozenset(row["moments"].split(",")),
        secret=row["secret"],
        language=row["language"],
    )
