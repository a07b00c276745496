"""Values and rules of money: tariffs, charges, holds, entries.  Pure; integers only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from hubkin_kit.clock import SECOND
from hubkin_kit.money import price_of

from hubkin_billing.errors import BalanceLow, balance_low

#: Where charges go.  System accounts have no row to lock: their balance is the sum of their entries.
REVENUE = "system-revenue"
#: Where top-ups come from: the world outside.
FUNDING = "system-funding"
#: What pays for the platform's own faults.
FAULTS = "system-faults"

#: The meter of everything that computes: units of a profile × microseconds.
UNIT_MICROSECONDS = "unit_microseconds"


class Kind(StrEnum):
    """Why money moved."""

    TOPUP = "topup"
    USAGE = "usage"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Tariff:
    """The price of one unit of a profile for one hour, from a moment on; work keeps the one it began with."""

    id: str
    profile: str
    micros_per_unit_hour: int
    from_at: int

    @property
    def is_free(self) -> bool:
        """Whether nothing has to be held or paid."""
        return self.micros_per_unit_hour == 0

    def per_hour(self, units: int) -> int:
        """Micro-units of money that so many units cost an hour."""
        return self.micros_per_unit_hour * units


@dataclass(frozen=True, slots=True)
class Balance:
    """An account at a glance; what is not held may be held."""

    account_id: str
    owner_id: str
    balance_micros: int = 0
    held_micros: int = 0

    @property
    def available_micros(self) -> int:
        """What a new hold may take; negative when more was used than was there."""
        return self.balance_micros - self.held_micros


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """The wish to set money aside before something starts."""

    owner_id: str
    subject: str
    """The job or server that will be charged; at most one open hold each."""
    amount_micros: int
    actor: str
    """Who asked."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside; usage of the subject eats it first."""

    id: str
    owner_id: str
    subject: str
    remaining_micros: int
    per_hour_micros: int
    """What the subject costs now: 0 while it waits, for waiting is free."""
    opened_at: int
    settled_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still sets money aside."""
        return self.settled_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """So much of one meter for one owner in one half-open period."""

    key: tuple[str, str, int]
    """Attempt (or server), replica as ``task/index``, count: the identity by which it is entered once."""
    owner_id: str
    subject: str
    """The job or server, the same as its hold's."""
    meter: str = UNIT_MICROSECONDS
    quantity: int
    from_at: int
    to_at: int
    note: str = ""

    @classmethod
    def of_time(
        cls, key: tuple[str, str, int], *, owner_id: str, subject: str, units: int, from_at: int, to_at: int
    ) -> UsageRecord:
        """Make the record of so many units in use from one moment to another."""
        quantity = units * (to_at - from_at)
        return cls(
            key=key, owner_id=owner_id, subject=subject, quantity=quantity, from_at=from_at, to_at=to_at
        )

    def __post_init__(self) -> None:
        if self.quantity < 0 or self.to_at < self.from_at:
            raise ValueError(f"negative usage: {self.key} {self.quantity} {self.from_at}..{self.to_at}")
        if self.meter != UNIT_MICROSECONDS:
            raise ValueError(f"no such meter: {self.meter}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an owner's ledger, with who and why."""

    id: int
    transaction_id: str
    at: int
    amount_micros: int
    balance_after_micros: int
    kind: Kind
    note: str
    actor: str
    subject: str
    meter: str
    quantity: int
    count: int = 1
    """How many lines of the ledger this one stands for; see `fold`."""

    @property
    def balance_before_micros(self) -> int:
        """The balance just before this line."""
        return self.balance_after_micros - self.amount_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an owner wants to know about their money."""

    balance: Balance
    spent_micros: int
    """Charges less refunds since the beginning of the month."""
    per_hour_micros: int
    """What runs now costs."""
    reserved_micros: int
    """Held for what only waits."""
    running: int = 0
    """How many things that cost run now."""
    entries: tuple[Entry, ...] = ()

    @property
    def lasts_seconds(self) -> int | None:
        """How long the money lasts at the present pace; None when nothing that costs runs."""
        if self.per_hour_micros <= 0:
            return None
        usable = max(0, self.balance.balance_micros - self.reserved_micros)
        return usable * 3600 // self.per_hour_micros


@dataclass(frozen=True, slots=True)
class Audit:
    """The books checked against themselves.  No complaints: every invariant holds."""

    sum_micros: int
    complaints: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.complaints


def fold(entries: Iterable[Entry], limit: int) -> tuple[list[Entry], int | None]:
    """Make one line of what one job or server used between two other bookings.

    Work is metered in small steps, which nobody wants to read one by one.  A folded line stands where its
    newest part stands and has the id of its oldest, so that it stays the same line while it grows.

    Args:
        entries: Lines of one account, newest first.
        limit: At most so many come back.

    Returns:
        The lines, and the ``id`` before which the next page begins, None when ``entries`` were used up.
    """
    lines: list[Entry] = []
    open_lines: dict[str, int] = {}
    last_id = None
    for entry in entries:
        place = open_lines.get(entry.subject) if entry.kind is Kind.USAGE else None
        if place is None and len(lines) == limit:
            return lines, last_id
        last_id = entry.id
        if place is not None:
            lines[place] = _folded(lines[place], entry)
            continue
        if entry.kind is Kind.USAGE:
            open_lines[entry.subject] = len(lines)
        else:
            open_lines.clear()
        lines.append(entry)
    return lines, None


def _folded(line: Entry, older: Entry) -> Entry:
    return replace(
        line,
        transaction_id=older.transaction_id,
        amount_micros=line.amount_micros + older.amount_micros,
        quantity=line.quantity + older.quantity,
        count=line.count + older.count,
    )


def charge(usage: UsageRecord, tariff: Tariff) -> int:
    """Price a usage record in micro-units, rounded half up."""
    return price_of(usage.quantity, micros_per_hour=tariff.micros_per_unit_hour)


def first_hold(
    per_hour_micros: int, cap_micros: int | None = None, *, lasts_seconds: int | None = None
) -> int:
    """Return what is set aside at the start: the first hour, or less when it can never cost that much.

    Args:
        per_hour_micros: What it costs an hour.
        cap_micros: What it may cost at most.
        lasts_seconds: For how long it can be charged at most; None: it has no time limit.
    """
    whole = [per_hour_micros]
    if cap_micros is not None:
        whole.append(cap_micros)
    if lasts_seconds is not None:
        whole.append(-(-per_hour_micros * max(0, lasts_seconds) // 3600))
    return min(whole)


def renewal(
    per_hour_micros: int, cap_micros: int | None, charged_micros: int, *, lasts_seconds: int | None = None
) -> int:
    """Return what should be set aside from now on: one more hour, within what cap and time limit leave."""
    left = None if cap_micros is None else max(0, cap_micros - charged_micros)
    return first_hold(per_hour_micros, left, lasts_seconds=lasts_seconds)


def decide(
    balances: Mapping[str, Balance], requests: Iterable[HoldRequest]
) -> tuple[list[BalanceLow | None], dict[str, Balance]]:
    """Decide holds in order of arrival, each against what the ones before it left.

    Returns:
        For each request its refusal or None, and the balances afterwards.
    """
    after = dict(balances)
    verdicts: list[BalanceLow | None] = []
    for request in requests:
        if request.amount_micros <= 0:
            raise ValueError(f"a hold of {request.amount_micros} for {request.subject}")
        balance = after[request.owner_id]
        if balance.available_micros < request.amount_micros:
            verdicts.append(
                balance_low(
                    request.owner_id,
                    hold_micros=request.amount_micros,
                    available_micros=balance.available_micros,
                )
            )
            continue
        after[request.owner_id] = replace(balance, held_micros=balance.held_micros + request.amount_micros)
        verdicts.append(None)
    return verdicts, after


def month_start(now: int, zone: str) -> int:
    """Return when the month of ``now`` began in a time zone such as ``Asia/Shanghai``; microseconds."""
    local = datetime.fromtimestamp(now / SECOND, ZoneInfo(zone))
    return int(local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()) * SECOND
