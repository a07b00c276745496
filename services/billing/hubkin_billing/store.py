"""Every query of the billing package.

Locks are taken on accounts first, in the order of their owners' ids, then on what belongs to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubkin_kit.database import Transaction
from hubkin_kit.ids import new_id
from hubkin_kit.insert import insert_all, insert_new
from sqlalchemy import Column, Connection, RowMapping, Select, bindparam, func, insert, select, tuple_, update

from hubkin_billing.domain import Balance, Entry, Hold, Kind, Tariff
from hubkin_billing.tables import accounts, entries, holds, tariffs, transactions, usage_records

Row = Mapping[str, Any]


# --- tariffs


def tariffs_at(connection: Connection, profiles: Iterable[str], at: int) -> dict[str, Tariff]:
    """Return the tariff in force at a moment, per profile that has one."""
    rows = connection.execute(
        select(tariffs.c.id, tariffs.c.profile, tariffs.c.micros_per_unit_hour, tariffs.c.from_at)
        .where(tariffs.c.profile.in_(list(profiles)), tariffs.c.from_at <= at)
        .order_by(tariffs.c.from_at)
    )
    return {row.profile: Tariff(*row) for row in rows}


def tariffs_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Tariff]:
    """Return tariffs by their ids, however old."""
    rows = connection.execute(
        select(tariffs.c.id, tariffs.c.profile, tariffs.c.micros_per_unit_hour, tariffs.c.from_at).where(
            tariffs.c.id.in_(list(ids))
        )
    )
    return {row.id: Tariff(*row) for row in rows}


def tariff_from(connection: Connection, profile: str, from_at: int) -> Tariff | None:
    """Return the tariff that begins exactly then."""
    row = connection.execute(
        select(tariffs.c.id, tariffs.c.profile, tariffs.c.micros_per_unit_hour, tariffs.c.from_at).where(
            tariffs.c.profile == profile, tariffs.c.from_at == from_at
        )
    ).first()
    return Tariff(*row) if row else None


def add_tariff(tx: Transaction, tariff: Tariff, actor: str) -> None:
    """Write a new tariff."""
    tx.execute(
        insert(tariffs).values(
            id=tariff.id,
            profile=tariff.profile,
            micros_per_unit_hour=tariff.micros_per_unit_hour,
            from_at=tariff.from_at,
            created_at=tx.now,
            actor=actor,
        )
    )


# --- accounts


def balances(connection: Connection, owner_ids: Iterable[str], *, lock: bool = False) -> dict[str, Balance]:
    """Return the accounts of these owners, those that have one; locked in id order when asked to."""
    query: Select[Any] = (
        select(accounts.c.id, accounts.c.owner_id, accounts.c.balance_micros, accounts.c.held_micros)
        .where(accounts.c.owner_id.in_(sorted(set(owner_ids))))
        .order_by(accounts.c.owner_id)
    )
    rows = connection.execute(query.with_for_update() if lock else query)
    return {row.owner_id: Balance(*row) for row in rows}


def lock(tx: Transaction, owner_ids: Iterable[str]) -> dict[str, Balance]:
    """Return the locked accounts of all these owners, opening those that are missing."""
    wanted = set(owner_ids)
    found = balances(tx.connection, wanted, lock=True)
    missing = sorted(wanted - found.keys())
    if not missing:
        return found
    insert_new(
        tx,
        accounts,
        [
            {
                "id": new_id("account"),
                "owner_id": owner_id,
                "balance_micros": 0,
                "held_micros": 0,
                "opened_at": tx.now,
            }
            for owner_id in missing
        ],
    )
    return balances(tx.connection, wanted, lock=True)


def move(tx: Transaction, account_id: str, *, balance_micros: int = 0, held_micros: int = 0) -> None:
    """Change a locked account by so much."""
    tx.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(
            balance_micros=accounts.c.balance_micros + balance_micros,
            held_micros=accounts.c.held_micros + held_micros,
        )
    )


def set_aside(tx: Transaction, account_id: str, amount_micros: int) -> bool:
    """Hold so much more, if it is there: the statement decides, whatever was read before."""
    done = tx.execute(
        update(accounts)
        .where(
            accounts.c.id == account_id,
            accounts.c.balance_micros - accounts.c.held_micros >= amount_micros,
        )
        .values(held_micros=accounts.c.held_micros + amount_micros)
    )
    return done.rowcount == 1


# --- the ledger


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


# --- holds


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


# --- usage records


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


# --- audit


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
