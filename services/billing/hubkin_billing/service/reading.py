"""Accounts at a glance, their lines, and the books checked against themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hubkin_billing import store
from hubkin_billing.domain import Audit, Balance, Entry, Summary, fold

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: How many lines of the ledger one page looks at, at most.
SCANNED = 1000


def usage(connection: Connection, owner_id: str, *, month_start: int, lines: int = 10) -> Summary:
    """Return an owner's account at a glance, with its newest lines; empty when they never had one."""
    account = store.accounts.balances(connection, [owner_id]).get(owner_id, Balance("", owner_id))
    newest = statement(connection, owner_id, limit=lines)[0] if lines else []
    return replace(_summaries(connection, [account], month_start)[0], entries=tuple(newest))


def accounts(connection: Connection, owner_ids: Sequence[str], *, month_start: int) -> list[Summary]:
    """Return these owners' accounts at a glance, in their order, without lines."""
    known = store.accounts.balances(connection, owner_ids)
    found = [known.get(owner_id, Balance("", owner_id)) for owner_id in owner_ids]
    return _summaries(connection, found, month_start)


def entries(
    connection: Connection, owner_id: str, *, limit: int = 50, before_id: int | None = None
) -> list[Entry]:
    """Return an owner's lines, newest first; pass the last one's id as ``before_id`` for the next page."""
    return store.ledger.entry_page(connection, owner_id, limit=limit, before_id=before_id)


def statement(
    connection: Connection, owner_id: str, *, limit: int, before_id: int | None = None
) -> tuple[list[Entry], int | None]:
    """Return an owner's lines as people read them, newest first, and where the next page begins.

    What one job used between two other bookings is one line; see `fold`.
    """
    raw = store.ledger.entry_page(connection, owner_id, limit=SCANNED, before_id=before_id)
    lines, next_id = fold(raw, limit)
    if next_id is None and len(raw) == SCANNED:
        next_id = raw[-1].id
    return lines, next_id


def charged(connection: Connection, subjects: Iterable[str]) -> dict[str, int]:
    """Return what subjects cost so far, refunds taken off; those that cost nothing are absent."""
    return store.ledger.charged(connection, subjects)


def charge_of(connection: Connection, attempt_id: str) -> int:
    """Return what one attempt (or server) cost, refunds not taken off."""
    return store.ledger.charge_of(connection, attempt_id)


def audit(connection: Connection) -> Audit:
    """Check the books against themselves: a nightly run, and the last line of every test under pressure."""
    total = store.audit.total(connection)
    complaints = [f"the ledger sums to {total}"] if total else []
    complaints += [f"transaction {found} is not balanced" for found in store.audit.unbalanced(connection)]
    complaints += [f"{o}: balance {b}, entries {e}" for o, b, e in store.audit.drifted(connection)]
    complaints += [f"{o}: held {h}, open holds {e}" for o, h, e in store.audit.held_wrong(connection)]
    complaints += [f"entered more than once: {found}" for found in store.audit.repeated(connection)]
    complaints += [f"billed other than recorded: {found}" for found in store.audit.misbilled(connection)]
    return Audit(total, tuple(complaints))


def _summaries(connection: Connection, found: Sequence[Balance], month_start: int) -> list[Summary]:
    ids = [account.account_id for account in found]
    spent = store.ledger.spent_since(connection, ids, month_start)
    pace = store.holds.pace(connection, ids)
    return [
        Summary(
            balance=account,
            spent_micros=spent.get(account.account_id, 0),
            per_hour_micros=pace.get(account.account_id, (0, 0, 0))[0],
            reserved_micros=pace.get(account.account_id, (0, 0, 0))[1],
            running=pace.get(account.account_id, (0, 0, 0))[2],
        )
        for account in found
    ]
