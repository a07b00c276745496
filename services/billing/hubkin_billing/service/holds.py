"""Money set aside before something starts, renewed while it runs, released when it ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hubkin_kit.database import Transaction
from hubkin_kit.ids import new_id

from hubkin_billing import store
from hubkin_billing.domain import Balance, Hold, HoldRequest, decide
from hubkin_billing.errors import BalanceLow, NoSuchHold
from hubkin_billing.service.news import tell

if TYPE_CHECKING:
    from sqlalchemy import Connection


def balances(tx: Transaction, owner_ids: Iterable[str]) -> dict[str, Balance]:
    """Return these owners' accounts, locked in id order; an owner without one gets an empty one."""
    return store.accounts.lock(tx, owner_ids)


def place_holds(
    tx: Transaction, requests: Sequence[HoldRequest], *, locked: Mapping[str, Balance] | None = None
) -> list[Hold | BalanceLow]:
    """Decide and set aside many holds at once, in order of arrival; refusals are values.

    The account locks make concurrent callers wait for each other, so that together they never hold more than
    there is.

    Args:
        tx: The caller's transaction.
        requests: What to set aside.
        locked: These owners' accounts, when this transaction got them from `balances` and has not changed
            them since.
    """
    if not requests:
        return []
    before = (
        locked if locked is not None else store.accounts.lock(tx, (request.owner_id for request in requests))
    )
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
        if not store.accounts.set_aside(tx, account_id, amount):
            raise AssertionError(f"{account_id} changed while it was locked")
    store.holds.add_holds(tx, rows)
    tell(tx, {request.owner_id for request in requests})
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
    account = store.accounts.balances(tx.connection, [found.owner_id])[found.owner_id]
    if not store.accounts.set_aside(tx, account.account_id, missing):
        return False
    store.holds.change_holds(tx, {hold_id: up_to_micros})
    tell(tx, [found.owner_id])
    return True


def fill(tx: Transaction, hold_id: str, up_to_micros: int) -> int:
    """Fill an open hold up to an amount, or as far as the money goes; return what it has now.

    For the last stretch, when `renew` has failed: what is on the account is there to be used.

    Raises:
        NoSuchHold: No hold has this id.
    """
    found = _locked(tx, hold_id)
    if not found.is_open:
        return 0
    account = store.accounts.balances(tx.connection, [found.owner_id])[found.owner_id]
    more = min(up_to_micros - found.remaining_micros, account.available_micros)
    if more <= 0 or not store.accounts.set_aside(tx, account.account_id, more):
        return found.remaining_micros
    store.holds.change_holds(tx, {hold_id: found.remaining_micros + more})
    tell(tx, [found.owner_id])
    return found.remaining_micros + more


def set_per_hour(tx: Transaction, hold_id: str, per_hour_micros: int) -> None:
    """Say what the hold's subject costs from now on: its price when it starts running, 0 while it waits."""
    store.holds.set_per_hour(tx, hold_id, per_hour_micros)


def settle(tx: Transaction, hold_id: str) -> int:
    """Release what is left of a hold, once; return how much that was, 0 when it was settled before.

    Raises:
        NoSuchHold: No hold has this id.
    """
    found = _locked(tx, hold_id)
    if not found.is_open:
        return 0
    account = store.accounts.balances(tx.connection, [found.owner_id])[found.owner_id]
    store.holds.close_hold(tx, hold_id)
    store.accounts.move(tx, account.account_id, held_micros=-found.remaining_micros)
    tell(tx, [found.owner_id])
    return found.remaining_micros


def hold(connection: Connection, hold_id: str) -> Hold | None:
    """Return a hold, open or settled."""
    return store.holds.hold(connection, hold_id)


def open_holds(connection: Connection, subjects: Iterable[str]) -> dict[str, Hold]:
    """Return subject → its open hold."""
    return store.holds.open_holds(connection, subjects)


def _locked(tx: Transaction, hold_id: str) -> Hold:
    """Lock a hold's account, then the hold."""
    found = store.holds.hold(tx.connection, hold_id)
    if found is None:
        raise NoSuchHold("There is no hold '{id}'.", params={"id": hold_id[:80]})
    store.accounts.lock(tx, [found.owner_id])
    locked = store.holds.hold(tx.connection, hold_id, lock=True)
    if locked is None:
        raise AssertionError(f"{hold_id} vanished; holds are never deleted")
    return locked
