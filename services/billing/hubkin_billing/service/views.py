"""How accounts and their lines look to people and programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from hubkin import wire
from hubkin_kit.clock import HOUR, rfc3339
from hubkin_kit.database import Database
from hubkin_kit.i18n import Translator, _
from hubkin_kit.journal import Happening
from hubkin_kit.money import format_amount

from hubkin_billing.domain import Entry, Summary, month_start
from hubkin_billing.service.news import SYSTEM
from hubkin_billing.service.reading import usage

if TYPE_CHECKING:
    from sqlalchemy import Connection

Render = Callable[["Connection", Happening, str], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class People:
    """What billing asks about owners; users knows, and whoever composes the two passes it in."""

    find: Callable[[Connection, str], str | None]
    """The id of the owner of a name or id, None when there is none."""
    names: Callable[[Connection, Iterable[str]], Mapping[str, str]]
    """Id of an owner or a job → name."""
    page: Callable[[Connection, tuple[str, str], int], list[tuple[str, str, str]]]
    """Owners by name after a (name, id), at most so many: (id, kind, name)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the texts, their language, the site's unit of money, and what people are called."""

    translator: Translator
    language: str
    unit: str
    names: Mapping[str, str]

    def text(self, msgid: str, **params: Any) -> str:
        """Translate a text."""
        return self.translator.text(msgid, params, language=self.language)

    def money(self, micros: int) -> wire.Money:
        """Write an amount for the wire."""
        return wire.Money(amount=format_amount(micros), unit=self.unit)


def entry_view(entry: Entry, reader: Reader) -> wire.Entry:
    """Make the view of one line."""
    by_us = entry.actor == SYSTEM
    return wire.Entry(
        id=entry.transaction_id,
        at=rfc3339(entry.at),
        amount=reader.money(entry.amount_micros),
        balance_before=reader.money(entry.balance_before_micros) if entry.count == 1 else None,
        balance_after=reader.money(entry.balance_after_micros),
        kind=entry.kind.value,
        note=reader.text(entry.note) if by_us and entry.note else entry.note,
        by=reader.text(_("the platform")) if by_us else reader.names.get(entry.actor, entry.actor),
        job_id=entry.subject if entry.subject.startswith("job-") else None,
        job_name=reader.names.get(entry.subject),
        server_id=entry.subject if entry.subject.startswith("server-") else None,
        quantity=reader.text(_("{hours} unit-hours"), hours=unit_hours(entry.quantity))
        if entry.meter
        else None,
    )


def usage_view(summary: Summary, reader: Reader) -> wire.Usage:
    """Make the view of an account at a glance."""
    balance = summary.balance
    return wire.Usage(
        account=balance.owner_id,
        owner=reader.names.get(balance.owner_id, balance.owner_id),
        balance=reader.money(balance.balance_micros),
        held=reader.money(balance.held_micros),
        available=reader.money(balance.available_micros),
        spent_this_month=reader.money(summary.spent_micros),
        per_hour=reader.money(summary.per_hour_micros),
        lasts_seconds=summary.lasts_seconds,
        entries=[entry_view(entry, reader) for entry in summary.entries],
    )


def account_view(summary: Summary, kind: str, reader: Reader) -> wire.Account:
    """Make the view of an account among others."""
    balance = summary.balance
    return wire.Account(
        id=balance.owner_id,
        owner=reader.names.get(balance.owner_id, balance.owner_id),
        kind=kind,
        balance=reader.money(balance.balance_micros),
        held=reader.money(balance.held_micros),
        spent_this_month=reader.money(summary.spent_micros),
        running=summary.running,
    )


def people_in(summary: Summary) -> set[str]:
    """Return the ids whose names a view of this needs."""
    return {summary.balance.owner_id} | named_in(summary.entries)


def named_in(entries: Iterable[Entry]) -> set[str]:
    """Return the ids whose names views of these lines need."""
    return {name for entry in entries for name in (entry.actor, entry.subject) if name}


def unit_hours(quantity: int) -> str:
    """Write unit-microseconds as hours, with two to four decimals."""
    tenths = (quantity * 10_000 + HOUR // 2) // HOUR
    digits = f"{tenths % 10_000:04d}".rstrip("0").ljust(2, "0")
    return f"{tenths // 10_000}.{digits}"


def renderers(
    database: Database, people: People, translator: Translator, *, unit: str, time_zone: str
) -> dict[str, Render]:
    """Return topic → how its rows look in the event stream: the account as it is when it is sent."""

    def whole(connection: Connection, happening: Happening, language: str) -> dict[str, Any]:
        since = month_start(database.clock.now(), time_zone)
        summary = usage(connection, happening.owner, month_start=since)
        reader = Reader(translator, language, unit, people.names(connection, people_in(summary)))
        built: dict[str, Any] = msgspec.to_builtins(usage_view(summary, reader))
        return built

    return {"usage": whole}
