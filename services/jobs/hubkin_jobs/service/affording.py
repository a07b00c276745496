"""Gathers what `domain.affording` decides about: a job that cannot be paid for, and other spaces."""

from __future__ import annotations

from dataclasses import replace

import hubkin_billing as billing
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.database import Connection
from hubkin_kit.money import format_amount, parse_amount

from hubkin_jobs.domain.affording import SENTENCES, Need, said_of, ways_out
from hubkin_jobs.service.submission import Resolved
from hubkin_jobs.service.words import Reader


def need_of(resolved: Resolved, caller: users.Identity, *, available_micros: int) -> Need:
    """Return what a job that cannot be paid for needs."""
    terms, shape = resolved.terms, resolved.shape
    return Need(
        profile=shape.profile.name,
        is_gpu=shape.profile.is_gpu,
        units=shape.units,
        replicas=terms.replicas,
        grace_seconds=terms.grace_seconds,
        micros_per_hour=resolved.micros_per_hour,
        hold_micros=resolved.hold_micros,
        available_micros=available_micros,
        is_capped=terms.cap_micros == resolved.hold_micros,
        owner=resolved.owner.name,
        is_group=resolved.owner.id != caller.user_id,
    )


def with_others(
    connection: Connection, need: Need, resolved: Resolved, caller: users.Identity, *, now: int
) -> Need:
    """Add what is available in the other spaces in which the caller may spend."""
    spaces = {g.group_id: g.name for g in caller.groups if caller.may_spend(g.group_id)}
    if caller.may_spend(caller.user_id):
        # Of a person and a group that share a name, the bare name means the group.
        spaces[caller.user_id] = f"user:{caller.name}" if caller.name in spaces.values() else caller.name
    spaces.pop(resolved.owner.id, None)
    found = billing.accounts(connection, list(spaces), month_start=now)
    return replace(
        need, others=tuple((spaces[one.balance.owner_id], one.balance.available_micros) for one in found)
    )


def refused(
    connection: Connection,
    resolved: Resolved,
    caller: users.Identity,
    refusal: billing.BalanceLow,
    *,
    now: int,
) -> billing.BalanceLow:
    """Return a refusal with its ways out."""
    available = resolved.hold_micros - parse_amount(refusal.params["missing"])
    need = need_of(resolved, caller, available_micros=available)
    need = with_others(connection, need, resolved, caller, now=now)
    return billing.balance_low(
        resolved.owner.id,
        hold_micros=need.hold_micros,
        available_micros=need.available_micros,
        ways_out=ways_out(need),
    )


def actions(need: Need, quote: wire.Quote, reader: Reader) -> list[wire.Action]:
    """Return the ways out as a plan shows them."""
    found = [wire.Action(label="", patch=way.patch, code=way.code) for way in ways_out(need)]
    return [in_words_of(action, quote, need.owner, reader) for action in found]


def in_words_of(action: wire.Action, quote: wire.Quote, owner: str, reader: Reader) -> wire.Action:
    """Return a plan's way out in the reader's language; it is told by its code and its change alone."""
    missing = parse_amount(quote.hold.amount) - parse_amount(quote.balance.amount if quote.balance else 0)
    money = {"amount": format_amount(missing), "unit": reader.unit}
    said = {"payer": owner, "missing": money, **said_of(action.patch or {})}
    return msgspec.structs.replace(action, label=reader.text(SENTENCES[action.code or ""], **said))
