"""What may never differ, and is looked for all the same."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Select, func, select

from hubkin_billing.tables import accounts, entries, holds, transactions, usage_records


def total(connection: Connection) -> int:
    """Return the sum of all entries; anything but zero is wrong."""
    return int(connection.execute(select(func.sum(entries.c.amount_micros))).scalar() or 0)


def unbalanced(connection: Connection) -> list[str]:
    """Return transactions whose entries do not sum to zero, or are not two."""
    rows = connection.execute(
        select(transactions.c.id)
        .outerjoin(entries, entries.c.transaction_id == transactions.c.id)
        .group_by(transactions.c.id)
        .having((func.coalesce(func.sum(entries.c.amount_micros), 1) != 0) | (func.count(entries.c.id) != 2))
    )
    return list(rows.scalars())


def drifted(connection: Connection) -> list[tuple[str, int, int]]:
    """Return (owner, balance, sum of entries) of accounts where the two differ."""
    sums = select(entries.c.account_id, func.sum(entries.c.amount_micros).label("total"))
    return _differing(connection, accounts.c.balance_micros, sums.group_by(entries.c.account_id))


def held_wrong(connection: Connection) -> list[tuple[str, int, int]]:
    """Return (owner, held, sum of open holds) of accounts where the two differ."""
    sums = select(holds.c.account_id, func.sum(holds.c.remaining_micros).label("total"))
    open_ones = sums.where(holds.c.settled_at.is_(None))
    return _differing(connection, accounts.c.held_micros, open_ones.group_by(holds.c.account_id))


def repeated(connection: Connection) -> list[str]:
    """Return keys that were entered more than once: transactions, usage records, open holds, accounts."""
    u = usage_records.c
    queries = [
        select(transactions.c.key).group_by(transactions.c.key).having(func.count() > 1),
        select(u.attempt_id + " " + u.replica)
        .group_by(u.attempt_id, u.replica, u.n)
        .having(func.count() > 1),
        select(holds.c.subject)
        .where(holds.c.settled_at.is_(None))
        .group_by(holds.c.subject)
        .having(func.count() > 1),
        select(accounts.c.owner_id).group_by(accounts.c.owner_id).having(func.count() > 1),
    ]
    return [key for query in queries for key in connection.execute(query).scalars()]


def misbilled(connection: Connection) -> list[str]:
    """Return usage records whose charge is not what the ledger says."""
    u = usage_records.c
    rows = connection.execute(
        select(u.attempt_id + " " + u.replica)
        .outerjoin(transactions, transactions.c.id == u.transaction_id)
        .where(u.charge_micros != -func.coalesce(transactions.c.amount_micros, 0))
    )
    return list(rows.scalars())


def _differing(
    connection: Connection, kept: Column[int], sums: Select[tuple[str, int]]
) -> list[tuple[str, int, int]]:
    """Return (owner, what the account says, sum) of accounts where a column is not the sum it stands for."""
    by_account = sums.subquery()
    summed = func.coalesce(by_account.c.total, 0)
    rows = connection.execute(
        select(accounts.c.owner_id, kept, summed)
        .outerjoin(by_account, by_account.c.account_id == accounts.c.id)
        .where(kept != summed)
    )
    return [(row[0], row[1], int(row[2])) for row in rows]
