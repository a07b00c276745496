"""Accounts and what is on them; locked in the order of their owners' ids."""

from __future__ import annotations

from collections.abc import Iterable

from hubkin_kit.database import Transaction
from hubkin_kit.ids import new_id
from hubkin_kit.insert import insert_new
from sqlalchemy import Connection, bindparam, select, update

from hubkin_billing.domain import Balance
from hubkin_billing.tables import accounts

# Every submission passes these: to build a statement anew costs more than to run it.
_BALANCES = (
    select(accounts.c.id, accounts.c.owner_id, accounts.c.balance_micros, accounts.c.held_micros)
    .where(accounts.c.owner_id.in_(bindparam("owners", expanding=True)))
    .order_by(accounts.c.owner_id)
)
_LOCKED = _BALANCES.with_for_update()
_SET_ASIDE = (
    update(accounts)
    .where(
        accounts.c.id == bindparam("account"),
        accounts.c.balance_micros - accounts.c.held_micros >= bindparam("amount"),
    )
    .values(held_micros=accounts.c.held_micros + bindparam("amount"))
)


def balances(connection: Connection, owner_ids: Iterable[str], *, lock: bool = False) -> dict[str, Balance]:
    """Return the accounts of these owners, those that have one; locked in id order when asked to."""
    rows = connection.execute(_LOCKED if lock else _BALANCES, {"owners": sorted(set(owner_ids))})
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
    return tx.execute(_SET_ASIDE, {"account": account_id, "amount": amount_micros}).rowcount == 1
