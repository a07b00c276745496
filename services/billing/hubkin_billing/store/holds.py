"""Holds: what is set aside for a job or a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubkin_kit.database import Transaction
from hubkin_kit.insert import insert_all
from sqlalchemy import Connection, Select, bindparam, select, update

from hubkin_billing.domain import Hold
from hubkin_billing.tables import holds

Row = Mapping[str, Any]


def add_holds(tx: Transaction, rows: Sequence[Row]) -> None:
    """Write new holds; a subject that has an open one is refused by constraint."""
    insert_all(tx, holds, rows)


def hold(connection: Connection, hold_id: str, *, lock: bool = False) -> Hold | None:
    """Return a hold, locked when asked to; lock its account first."""
    query = _holds().where(holds.c.id == hold_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return Hold(*row) if row else None


def open_holds(connection: Connection, subjects: Iterable[str], *, lock: bool = False) -> dict[str, Hold]:
    """Return subject → its open hold."""
    query = _holds().where(holds.c.open_subject.in_(list(subjects))).order_by(holds.c.id)
    rows = connection.execute(query.with_for_update() if lock else query)
    return {row.subject: Hold(*row) for row in rows}


def change_holds(tx: Transaction, remaining: Mapping[str, int]) -> None:
    """Set what is left of holds, by id."""
    if remaining:
        tx.execute(
            update(holds)
            .where(holds.c.id == bindparam("hold_id"))
            .values(remaining_micros=bindparam("remaining")),
            [{"hold_id": hold_id, "remaining": left} for hold_id, left in remaining.items()],
        )


def set_per_hour(tx: Transaction, hold_id: str, per_hour_micros: int) -> None:
    """Write down what an open hold's subject costs now."""
    tx.execute(
        update(holds)
        .where(holds.c.id == hold_id, holds.c.settled_at.is_(None))
        .values(per_hour_micros=per_hour_micros)
    )


def close_hold(tx: Transaction, hold_id: str) -> None:
    """Mark a hold as settled with nothing left in it."""
    tx.execute(
        update(holds)
        .where(holds.c.id == hold_id)
        .values(settled_at=tx.now, open_subject=None, remaining_micros=0, per_hour_micros=0)
    )


def pace(connection: Connection, account_ids: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Return account → (what runs costs per hour, what is held for what only waits, how many run)."""
    rows = connection.execute(
        select(holds.c.account_id, holds.c.per_hour_micros, holds.c.remaining_micros).where(
            holds.c.account_id.in_(list(account_ids)), holds.c.settled_at.is_(None)
        )
    )
    found: dict[str, tuple[int, int, int]] = {}
    for row in rows:
        per_hour, reserved, running = found.get(row.account_id, (0, 0, 0))
        runs = row.per_hour_micros > 0
        found[row.account_id] = (
            per_hour + row.per_hour_micros,
            reserved + (0 if runs else row.remaining_micros),
            running + runs,
        )
    return found


def _holds() -> Select[Any]:
    return select(
        holds.c.id,
        holds.c.owner_id,
        holds.c.subject,
        holds.c.remaining_micros,
        holds.c.per_hour_micros,
        holds.c.opened_at,
        holds.c.settled_at,
    )
