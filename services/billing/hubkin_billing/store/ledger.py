"""Transactions, their entries, and the usage records that they charge: written once, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubkin_kit.database import Transaction
from hubkin_kit.insert import insert_all, insert_new
from sqlalchemy import Connection, RowMapping, Select, func, select, tuple_

from hubkin_billing.domain import Entry, Kind
from hubkin_billing.tables import accounts, entries, transactions, usage_records

Row = Mapping[str, Any]


def transaction(connection: Connection, key: str) -> RowMapping | None:
    """Return the transaction of a key."""
    return connection.execute(select(transactions).where(transactions.c.key == key)).mappings().first()


def add_transactions(tx: Transaction, rows: Sequence[Row]) -> None:
    """Write transactions; a key that is taken is refused by constraint."""
    insert_all(tx, transactions, rows)


def add_new_transactions(tx: Transaction, rows: Sequence[Row]) -> dict[str, RowMapping]:
    """Write the transactions whose keys are new; return key → the row that has it, ours or an earlier one."""
    insert_new(tx, transactions, [dict(row) for row in rows])
    found = tx.execute(
        select(transactions).where(transactions.c.key.in_([row["key"] for row in rows]))
    ).mappings()
    return {row["key"]: row for row in found}


def add_entries(tx: Transaction, lines: Sequence[tuple[Row, str, int, str]]) -> None:
    """Write the entries of transactions: (transaction, account, its balance after, the other account)."""
    rows = []
    for row, account_id, balance_after, other in lines:
        common = {"transaction_id": row["id"], "kind": row["kind"], "at": row["at"]}
        amount = row["amount_micros"]
        rows += [
            {
                **common,
                "account_id": account_id,
                "amount_micros": amount,
                "balance_after_micros": balance_after,
            },
            {**common, "account_id": other, "amount_micros": -amount, "balance_after_micros": None},
        ]
    insert_all(tx, entries, rows)


def entry_page(connection: Connection, owner_id: str, *, limit: int, before_id: int | None) -> list[Entry]:
    """Return an owner's entries, newest first, older than ``before_id``."""
    query = _entries().where(accounts.c.owner_id == owner_id).order_by(entries.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(entries.c.id < before_id)
    return [_entry(row) for row in connection.execute(query).mappings()]


def entry_of(connection: Connection, owner_id: str, transaction_id: str) -> Entry:
    """Return an owner's entry in a transaction that is known to exist."""
    query = _entries().where(accounts.c.owner_id == owner_id, entries.c.transaction_id == transaction_id)
    return _entry(connection.execute(query).mappings().one())


def charged(connection: Connection, subjects: Iterable[str]) -> dict[str, int]:
    """Return what each subject cost so far, refunds taken off."""
    rows = connection.execute(
        select(transactions.c.subject, func.sum(transactions.c.amount_micros))
        .where(
            transactions.c.subject.in_(list(subjects)),
            transactions.c.kind.in_([Kind.USAGE.value, Kind.REFUND.value]),
        )
        .group_by(transactions.c.subject)
    )
    return {subject: -int(total) for subject, total in rows}


def paid_by(connection: Connection, owner_id: str, subject: str) -> int:
    """Return what one owner paid for a subject, refunds taken off."""
    total = connection.execute(
        select(func.sum(transactions.c.amount_micros)).where(
            transactions.c.subject == subject,
            transactions.c.owner_id == owner_id,
            transactions.c.kind.in_([Kind.USAGE.value, Kind.REFUND.value]),
        )
    ).scalar()
    return -int(total or 0)


def spent_since(connection: Connection, account_ids: Iterable[str], at: int) -> dict[str, int]:
    """Return charges less refunds since a moment, per account."""
    rows = connection.execute(
        select(entries.c.account_id, func.sum(entries.c.amount_micros))
        .where(
            entries.c.account_id.in_(list(account_ids)),
            entries.c.at >= at,
            entries.c.kind.in_([Kind.USAGE.value, Kind.REFUND.value]),
        )
        .group_by(entries.c.account_id)
    )
    return {account_id: -int(total) for account_id, total in rows}


def add_new_usage(tx: Transaction, rows: Sequence[Row]) -> dict[tuple[str, str, int], tuple[str, int]]:
    """Write the usage records whose keys are new; the primary key decides.

    Returns:
        Key → (transaction id, charge) of the row that is there now, ours or an earlier one.
    """
    insert_new(tx, usage_records, [dict(row) for row in rows])
    keys = [(row["attempt_id"], row["replica"], row["n"]) for row in rows]
    u = usage_records.c
    found = tx.execute(
        select(u.attempt_id, u.replica, u.n, u.transaction_id, u.charge_micros).where(
            tuple_(u.attempt_id, u.replica, u.n).in_(keys)
        )
    )
    return {(r.attempt_id, r.replica, r.n): (r.transaction_id, r.charge_micros) for r in found}


def charge_of(connection: Connection, attempt_id: str) -> int:
    """Return what the usage records of one attempt (or server) cost together."""
    total = connection.execute(
        select(func.sum(usage_records.c.charge_micros)).where(usage_records.c.attempt_id == attempt_id)
    ).scalar()
    return int(total or 0)


def _entries() -> Select[Any]:
    t = transactions.c
    return (
        select(
            entries.c.id,
            entries.c.transaction_id,
            entries.c.at,
            entries.c.amount_micros,
            entries.c.balance_after_micros,
            entries.c.kind,
            t.note,
            t.actor,
            t.subject,
            t.meter,
            t.quantity,
        )
        .join(transactions, t.id == entries.c.transaction_id)
        .join(accounts, accounts.c.id == entries.c.account_id)
    )


def _entry(row: RowMapping) -> Entry:
    return Entry(**{**dict(row), "kind": Kind(row["kind"])})
