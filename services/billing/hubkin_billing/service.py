"""What one can ask of the books.  Writers take the caller's transaction first.

Everything that is entered twice, by a retry or by two processes at once, is entered once: unique keys decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hubkin_kit import journal
from hubkin_kit.database import Transaction
from hubkin_kit.errors import Field
from hubkin_kit.idempotency import reused
from hubkin_kit.ids import new_id
from hubkin_kit.money import format_amount

from hubkin_billing import store
from hubkin_billing.domain import (
    FAULTS,
    FUNDING,
    REVENUE,
    Audit,
    Balance,
    Entry,
    Hold,
    HoldRequest,
    Kind,
    Summary,
    Tariff,
    UsageRecord,
    charge,
    decide,
)
from hubkin_billing.errors import (
    AmountNotPositive,
    BalanceLow,
    NoPrice,
    NoSuchHold,
    NoSuchTariff,
    PriceTaken,
    RefundTooLarge,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

SYSTEM = "system"
_BATCH = 2000


# --- prices


def tariff_at(connection: Connection, profile: str, at: int) -> Tariff:
    """Return the price of a profile at a moment; freeze its id into what starts then.

    Raises:
        NoPrice: Nobody ever set one, not even zero.
    """
    found = store.tariffs_at(connection, [profile], at).get(profile)
    if found is None:
        raise NoPrice("The profile '{profile}' has no price yet. Tell an admin.", params={"profile": profile})
    return found


def tariffs_at(connection: Connection, profiles: Iterable[str], at: int) -> dict[str, Tariff]:
    """Return profile → its tariff at a moment, where it has one."""
    return store.tariffs_at(connection, profiles, at)


def tariff(connection: Connection, tariff_id: str) -> Tariff:
    """Return a frozen tariff.

    Raises:
        NoSuchTariff: No tariff has this id.
    """
    found = store.tariffs_by_id(connection, [tariff_id]).get(tariff_id)
    if found is None:
        raise NoSuchTariff("There is no tariff '{id}'.", params={"id": tariff_id[:80]})
    return found


def tariffs(connection: Connection, ids: Iterable[str]) -> dict[str, Tariff]:
    """Return id → frozen tariff."""
    return store.tariffs_by_id(connection, ids)


def set_price(
    tx: Transaction,
    profile: str,
    micros_per_unit_hour: int,
    *,
    from_at: int | None = None,
    actor: str = SYSTEM,
) -> Tariff:
    """Have a profile cost so much per unit and hour from a moment on; the same price again adds nothing.

    Work that began keeps the price it began with.

    Raises:
        PriceTaken: Another price begins at that moment.
    """
    at = tx.now if from_at is None else from_at
    if micros_per_unit_hour < 0 or at < tx.now:
        raise ValueError(f"a price of {micros_per_unit_hour} from {at}, now {tx.now}")
    current = store.tariffs_at(tx.connection, [profile], at).get(profile)
    if current and current.micros_per_unit_hour == micros_per_unit_hour:
        return current
    if store.tariff_from(tx.connection, profile, at):
        raise PriceTaken("Another price of '{profile}' begins at that moment.", params={"profile": profile})
    new = Tariff(new_id("tariff"), profile, micros_per_unit_hour, at)
    store.add_tariff(tx, new, actor)
    journal.append(
        tx,
        "audit",
        owner=SYSTEM,
        subject=new.id,
        actor=actor,
        happened="price_set",
        profile=profile,
        micros_per_unit_hour=micros_per_unit_hour,
        from_at=at,
    )
    return new


def set_prices(tx: Transaction, prices: Mapping[str, int], *, actor: str = SYSTEM) -> None:
    """Take the site's prices: profile → micro-units per unit and hour; only changes make new tariffs."""
    for profile, micros in sorted(prices.items()):
        set_price(tx, profile, micros, actor=actor)


# --- holds


def balances(tx: Transaction, owner_ids: Iterable[str]) -> dict[str, Balance]:
    """Return these owners' accounts, locked in id order; an owner without one gets an empty one."""
    return store.lock(tx, owner_ids)


def place_holds(tx: Transaction, requests: Sequence[HoldRequest]) -> list[Hold | BalanceLow]:
    """Decide and set aside many holds at once, in order of arrival; refusals are values.

    The account locks make concurrent callers wait for each other, so that together they never hold more than
    there is.
    """
    if not requests:
        return []
    before = store.lock(tx, (request.owner_id for request in requests))
    verdicts, _ = decide(before, requests)
    answers: list[Hold | BalanceLow] = []
    rows, sums = [], defaultdict[str, int](int)
    for request, refusal in zip(requests, verdicts, strict=True):
        if refusal is not None:
            answers.append(refusal)
            continue
        made = Hold(new_id("hold"), request.owner_id, request.subject, request.amount_micros, 0, tx.now)
        answers.append(made)
        account_id = before[request.owner_id].account_id
        sums[account_id] += request.amount_micros
        rows.append(
            {
                "id": made.id,
                "account_id": account_id,
                "owner_id": request.owner_id,
                "subject": request.subject,
                "open_subject": request.subject,
                "remaining_micros": request.amount_micros,
                "per_hour_micros": 0,
                "actor": request.actor,
                "opened_at": tx.now,
            }
        )
    for account_id, amount in sums.items():
        if not store.set_aside(tx, account_id, amount):
            raise AssertionError(f"{account_id} changed while it was locked")
    store.add_holds(tx, rows)
    _tell(tx, {request.owner_id for request in requests})
    return answers


def open_hold(tx: Transaction, *, owner_id: str, subject: str, amount_micros: int, actor: str) -> Hold:
    """Set money aside for one subject.

    Raises:
        BalanceLow: It is not there; nothing was changed.
    """
    answer = place_holds(tx, [HoldRequest(owner_id, subject, amount_micros, actor)])[0]
    if isinstance(answer, BalanceLow):
        raise answer
    return answer


def renew(tx: Transaction, hold_id: str, up_to_micros: int) -> bool:
    """Fill an open hold up to an amount; the whole of it or nothing.

    Returns:
        Whether the hold has that much now.  False begins the ladder: warn, ask, suspend, stop.

    Raises:
        NoSuchHold: No hold has this id.
    """
    found = _locked(tx, hold_id)
    missing = up_to_micros - found.remaining_micros
    if not found.is_open:
        return False
    if missing <= 0:
        return True
    account = store.balances(tx.connection, [found.owner_id])[found.owner_id]
    if not store.set_aside(tx, account.account_id, missing):
        return False
    store.change_holds(tx, {hold_id: up_to_micros})
    _tell(tx, [found.owner_id])
    return True


def set_per_hour(tx: Transaction, hold_id: str, per_hour_micros: int) -> None:
    """Say what the hold's subject costs from now on: its price when it starts running, 0 while it waits."""
    store.set_per_hour(tx, hold_id, per_hour_micros)


def settle(tx: Transaction, hold_id: str) -> int:
    """Release what is left of a hold, once; return how much that was, 0 when it was settled before.

    Raises:
        NoSuchHold: No hold has this id.
    """
    found = _locked(tx, hold_id)
    if not found.is_open:
        return 0
    account = store.balances(tx.connection, [found.owner_id])[found.owner_id]
    store.close_hold(tx, hold_id)
    store.move(tx, account.account_id, held_micros=-found.remaining_micros)
    _tell(tx, [found.owner_id])
    return found.remaining_micros


def hold(connection: Connection, hold_id: str) -> Hold | None:
    """Return a hold, open or settled."""
    return store.hold(connection, hold_id)


def open_holds(connection: Connection, subjects: Iterable[str]) -> dict[str, Hold]:
    """Return subject → its open hold."""
    return store.open_holds(connection, subjects)


# --- what was used, put in, given back


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
    if amount_micros == 0 or store.transaction(tx.connection, f"topup:{key}") is not None:
        return False
    top_up(tx, owner_id, amount_micros, note="Opening balance", actor=SYSTEM, key=key)
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
    store.lock(tx, [owner_id])
    known = store.transaction(tx.connection, f"refund:{key}")
    paid = store.paid_by(tx.connection, owner_id, subject)
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


# --- reading


def usage(connection: Connection, owner_id: str, *, month_start: int, lines: int = 10) -> Summary:
    """Return an owner's account at a glance, with its newest lines; empty when they never had one."""
    account = store.balances(connection, [owner_id]).get(owner_id, Balance("", owner_id))
    newest = store.entry_page(connection, owner_id, limit=lines, before_id=None) if lines else []
    return replace(_summaries(connection, [account], month_start)[0], entries=tuple(newest))


def accounts(connection: Connection, *, month_start: int) -> list[Summary]:
    """Return every account at a glance, without lines."""
    return _summaries(connection, store.all_balances(connection), month_start)


def entries(
    connection: Connection, owner_id: str, *, limit: int = 50, before_id: int | None = None
) -> list[Entry]:
    """Return an owner's lines, newest first; pass the last one's id as ``before_id`` for the next page."""
    return store.entry_page(connection, owner_id, limit=limit, before_id=before_id)


def charged(connection: Connection, subjects: Iterable[str]) -> dict[str, int]:
    """Return what subjects cost so far, refunds taken off; those that cost nothing are absent."""
    return store.charged(connection, subjects)


def audit(connection: Connection) -> Audit:
    """Check the books against themselves: a nightly run, and the last line of every test under pressure."""
    total = store.total(connection)
    complaints = [f"the ledger sums to {total}"] if total else []
    complaints += [f"transaction {found} is not balanced" for found in store.unbalanced(connection)]
    complaints += [f"{o}: balance {b}, entries {e}" for o, b, e in store.drifted(connection)]
    complaints += [f"{o}: held {h}, open holds {e}" for o, h, e in store.held_wrong(connection)]
    complaints += [f"entered more than once: {found}" for found in store.repeated(connection)]
    complaints += [f"billed other than recorded: {found}" for found in store.misbilled(connection)]
    return Audit(total, tuple(complaints))


# --- below


def _record(tx: Transaction, used: Sequence[tuple[UsageRecord, Tariff]]) -> list[int]:
    before = store.lock(tx, (usage.owner_id for usage, _ in used))
    first = {usage.key: (usage, tariff) for usage, tariff in reversed(used)}
    rows = {key: _usage_row(tx, usage, tariff) for key, (usage, tariff) in first.items()}
    there = store.add_new_usage(tx, list(rows.values()))
    new = [(first[key][0], row) for key, row in rows.items() if there[key][0] == row["transaction_id"]]
    _charge(tx, before, new)
    return [there[usage.key][1] for usage, _ in used]


def _charge(
    tx: Transaction,
    before: Mapping[str, Balance],
    new: Sequence[tuple[UsageRecord, Mapping[str, Any]]],
) -> None:
    """Write the transactions of new usage records and their rows, and take the money out of holds first."""
    holds = store.open_holds(tx.connection, {used.subject for used, _ in new}, lock=True)
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
    store.add_transactions(tx, written)
    store.add_entries(tx, lines)
    store.change_holds(tx, {h.id: left[s] for s, h in holds.items() if left[s] != h.remaining_micros})
    for owner_id, amount in spent.items():
        store.move(
            tx,
            before[owner_id].account_id,
            balance_micros=-amount,
            held_micros=-released[owner_id],
        )
    _tell(tx, spent)


def _enter_once(tx: Transaction, row: dict[str, Any], other: str, key: str) -> Entry:
    owner_id, amount = row["owner_id"], row["amount_micros"]
    account = store.lock(tx, [owner_id])[owner_id]
    there = store.add_new_transactions(tx, [row])[row["key"]]
    if there["id"] == row["id"]:
        store.add_entries(tx, [(row, account.account_id, account.balance_micros + amount, other)])
        store.move(tx, account.account_id, balance_micros=amount)
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
        _tell(tx, [owner_id])
    elif any(there[name] != row[name] for name in ("owner_id", "amount_micros", "subject")):
        raise reused(key)
    return store.entry_of(tx.connection, owner_id, there["id"])


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


def _locked(tx: Transaction, hold_id: str) -> Hold:
    """Lock a hold's account, then the hold."""
    found = store.hold(tx.connection, hold_id)
    if found is None:
        raise NoSuchHold("There is no hold '{id}'.", params={"id": hold_id[:80]})
    store.lock(tx, [found.owner_id])
    locked = store.hold(tx.connection, hold_id, lock=True)
    if locked is None:
        raise AssertionError(f"{hold_id} vanished; holds are never deleted")
    return locked


def _summaries(connection: Connection, found: Sequence[Balance], month_start: int) -> list[Summary]:
    ids = [account.account_id for account in found]
    spent = store.spent_since(connection, ids, month_start)
    pace = store.pace(connection, ids)
    return [
        Summary(
            balance=account,
            spent_micros=spent.get(account.account_id, 0),
            per_hour_micros=pace.get(account.account_id, (0, 0))[0],
            reserved_micros=pace.get(account.account_id, (0, 0))[1],
        )
        for account in found
    ]


def _positive(amount_micros: int) -> None:
    if amount_micros <= 0:
        raise AmountNotPositive("The amount must be above zero.", fields=(Field("/amount", "not_positive"),))


def _tell(tx: Transaction, owner_ids: Iterable[str]) -> None:
    """Write into the journal that accounts look different now; readers fetch the present state."""
    journal.append_all(
        tx,
        [
            journal.row("usage", owner=owner_id, subject=owner_id, at=tx.now)
            for owner_id in sorted(set(owner_ids))
        ],
    )
