"""What was used, put in and given back: the only writers of transactions and entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from hubkin_kit import journal
from hubkin_kit.database import Transaction
from hubkin_kit.errors import Field
from hubkin_kit.i18n import _
from hubkin_kit.idempotency import reused
from hubkin_kit.ids import new_id
from hubkin_kit.money import format_amount

from hubkin_billing import store
from hubkin_billing.domain import FAULTS, FUNDING, REVENUE, Balance, Entry, Kind, Tariff, UsageRecord, charge
from hubkin_billing.errors import AmountNotPositive, RefundTooLarge
from hubkin_billing.service.news import SYSTEM, tell

_BATCH = 2000


def record(tx: Transaction, usage: UsageRecord, tariff: Tariff) -> int:
    """Enter a usage record into the books, exactly once by its key; return its charge in micro-units.

    The same key again changes nothing and returns the first charge, so senders may retry until they
    hear back.  The charge eats the open hold of the record's subject; what exceeds the hold is owed all
    the same.
    """
    return record_all(tx, [(usage, tariff)])[0]


def record_all(tx: Transaction, used: Sequence[tuple[UsageRecord, Tariff]]) -> list[int]:
    """Enter many usage records at once; see `record`."""
    charges: list[int] = []
    for start in range(0, len(used), _BATCH):
        charges += _record(tx, used[start : start + _BATCH])
    return charges


def top_up(tx: Transaction, owner_id: str, amount_micros: int, *, note: str, actor: str, key: str) -> Entry:
    """Put money on an account, once per key; return the line, with the balance before and after.

    Raises:
        AmountNotPositive: Zero or less.
        KeyReused: The key put another amount or another owner's account up before.
    """
    _positive(amount_micros)
    row = _row(tx, f"topup:{key}", Kind.TOPUP, owner_id, amount_micros, note=note, actor=actor)
    return _enter_once(tx, row, FUNDING, key)


def open_with(tx: Transaction, owner_id: str, amount_micros: int) -> bool:
    """Put an opening balance on an account, once in its life; return whether this was the time.

    What the site file says later does not matter any more: from then on there are top-ups.
    """
    key = f"opening:{owner_id}"
    if amount_micros == 0 or store.ledger.transaction(tx.connection, f"topup:{key}") is not None:
        return False
    top_up(tx, owner_id, amount_micros, note=_("Opening balance"), actor=SYSTEM, key=key)
    return True


def refund(
    tx: Transaction,
    *,
    owner_id: str,
    subject: str,
    amount_micros: int | None = None,
    note: str,
    actor: str,
    key: str,
) -> Entry | None:
    """Give back what a fault of the platform cost, once per key, from the system's account.

    Args:
        tx: The caller's transaction.
        owner_id: Who paid.
        subject: The job or server that was charged.
        amount_micros: How much; None for all that was paid and not yet given back.
        note: Why, for the owner.
        actor: Who decided.
        key: The same key again changes nothing.

    Returns:
        The line, or None when nothing was left to give back.

    Raises:
        RefundTooLarge: More than the owner paid for the subject.
        KeyReused: The key gave back something else before.
    """
    store.accounts.lock(tx, [owner_id])
    known = store.ledger.transaction(tx.connection, f"refund:{key}")
    paid = store.ledger.paid_by(tx.connection, owner_id, subject)
    if amount_micros is None:
        amount_micros = known["amount_micros"] if known else paid
    if known is None and amount_micros == 0 == paid:
        return None
    _positive(amount_micros)
    if known is None and amount_micros > paid:
        raise RefundTooLarge(
            "{amount} is more than the {paid} that was paid for {subject}.",
            params={"amount": format_amount(amount_micros), "paid": format_amount(paid), "subject": subject},
        )
    row = _row(
        tx, f"refund:{key}", Kind.REFUND, owner_id, amount_micros, subject=subject, note=note, actor=actor
    )
    return _enter_once(tx, row, FAULTS, key)


def _record(tx: Transaction, used: Sequence[tuple[UsageRecord, Tariff]]) -> list[int]:
    before = store.accounts.lock(tx, (usage.owner_id for usage, _ in used))
    first = {usage.key: (usage, tariff) for usage, tariff in reversed(used)}
    rows = {key: _usage_row(tx, usage, tariff) for key, (usage, tariff) in first.items()}
    there = store.ledger.add_new_usage(tx, list(rows.values()))
    new = [(first[key][0], row) for key, row in rows.items() if there[key][0] == row["transaction_id"]]
    _charge(tx, before, new)
    return [there[usage.key][1] for usage, _ in used]


def _charge(
    tx: Transaction,
    before: Mapping[str, Balance],
    new: Sequence[tuple[UsageRecord, Mapping[str, Any]]],
) -> None:
    """Write the transactions of new usage records and their rows, and take the money out of holds first."""
    holds = store.holds.open_holds(tx.connection, {used.subject for used, _ in new}, lock=True)
    left = {subject: found.remaining_micros for subject, found in holds.items()}
    spent, released = defaultdict[str, int](int), defaultdict[str, int](int)
    written, lines = [], []
    for used, usage_row in new:
        amount = usage_row["charge_micros"]
        if not amount:
            continue
        account = before[used.owner_id]
        spent[used.owner_id] += amount
        if used.subject in holds and holds[used.subject].owner_id == used.owner_id:
            from_hold = min(left[used.subject], amount)
            left[used.subject] -= from_hold
            released[used.owner_id] += from_hold
        row = _row(
            tx,
            "usage:{}:{}:{}".format(*used.key),
            Kind.USAGE,
            used.owner_id,
            -amount,
            subject=used.subject,
            note=used.note,
            actor=SYSTEM,
            meter=used.meter,
            quantity=used.quantity,
        )
        row["id"] = usage_row["transaction_id"]
        written.append(row)
        lines.append((row, account.account_id, account.balance_micros - spent[used.owner_id], REVENUE))
    store.ledger.add_transactions(tx, written)
    store.ledger.add_entries(tx, lines)
    store.holds.change_holds(tx, {h.id: left[s] for s, h in holds.items() if left[s] != h.remaining_micros})
    for owner_id, amount in spent.items():
        store.accounts.move(
            tx,
            before[owner_id].account_id,
            balance_micros=-amount,
            held_micros=-released[owner_id],
        )
    tell(tx, spent)


def _enter_once(tx: Transaction, row: dict[str, Any], other: str, key: str) -> Entry:
    owner_id, amount = row["owner_id"], row["amount_micros"]
    account = store.accounts.lock(tx, [owner_id])[owner_id]
    there = store.ledger.add_new_transactions(tx, [row])[row["key"]]
    if there["id"] == row["id"]:
        store.ledger.add_entries(tx, [(row, account.account_id, account.balance_micros + amount, other)])
        store.accounts.move(tx, account.account_id, balance_micros=amount)
        journal.append(
            tx,
            "audit",
            owner=owner_id,
            subject=row["id"],
            actor=row["actor"],
            happened=row["kind"],
            amount_micros=amount,
            note=row["note"],
        )
        tell(tx, [owner_id])
    elif any(there[name] != row[name] for name in ("owner_id", "amount_micros", "subject")):
        raise reused(key)
    return store.ledger.entry_of(tx.connection, owner_id, there["id"])


def _row(
    tx: Transaction,
    key: str,
    kind: Kind,
    owner_id: str,
    amount_micros: int,
    *,
    note: str,
    actor: str,
    subject: str = "",
    meter: str = "",
    quantity: int = 0,
) -> dict[str, Any]:
    return {
        "id": new_id("transaction"),
        "key": key,
        "kind": kind.value,
        "owner_id": owner_id,
        "subject": subject,
        "amount_micros": amount_micros,
        "meter": meter,
        "quantity": quantity,
        "note": note,
        "actor": actor,
        "at": tx.now,
    }


def _usage_row(tx: Transaction, usage: UsageRecord, tariff: Tariff) -> dict[str, Any]:
    attempt_id, replica, n = usage.key
    return {
        "attempt_id": attempt_id,
        "replica": replica,
        "n": n,
        "transaction_id": new_id("transaction"),
        "owner_id": usage.owner_id,
        "subject": usage.subject,
        "meter": usage.meter,
        "quantity": usage.quantity,
        "from_at": usage.from_at,
        "to_at": usage.to_at,
        "tariff_id": tariff.id,
        "charge_micros": charge(usage, tariff),
        "at": tx.now,
    }


def _positive(amount_micros: int) -> None:
    if amount_micros <= 0:
        raise AmountNotPositive("The amount must be above zero.", fields=(Field("/amount", "not_positive"),))
