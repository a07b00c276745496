"""A plan: what would happen, before anything is queued."""

from __future__ import annotations

from dataclasses import dataclass

import hubkin_billing as billing
import hubkin_resources as resources
import msgspec
from hubkin import wire
from hubkin_kit.clock import rfc3339
from hubkin_kit.database import Connection

from hubkin_jobs.domain.affording import Need
from hubkin_jobs.domain.dispatch import PoolView, Waiting, dispatch
from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.service import affording
from hubkin_jobs.service.submission import Resolved
from hubkin_jobs.service.words import Reader
from hubkin_jobs.store import attempts, jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Everything a plan is made of."""

    id: str
    request: wire.PlanRequest
    resolved: Resolved
    account: billing.Summary
    need: Need | None
    """Set when it cannot be paid for."""
    pool: resources.PoolState
    waiting: tuple[list[Waiting], tuple[tuple[str, str], ...]]
    live_job_id: str | None
    expires_at: int
    confirm_above_micros: int
    is_new_shape: bool


def plan_of(ask: Ask, reader: Reader) -> wire.Plan:
    """Make a plan."""
    resolved, spec = ask.resolved, ask.request.spec
    shape, replicas = resolved.shape, resolved.terms.replicas
    cost = resolved.micros_per_hour if resolved.terms.cap_micros is None else resolved.terms.cap_micros
    processes = replicas * (shape.units if spec.launcher == "torchrun" else 1)
    quote = _quote(ask, reader)
    return wire.Plan(
        id=ask.id,
        name=spec.name or "",
        owner=resolved.owner.name,
        spec=spec,
        profile=shape.profile.name,
        profile_label=shape.profile.label_in(reader.language),
        simulated=shape.profile.simulated,
        units=shape.units,
        replicas=replicas,
        processes=processes,
        quote=quote,
        waits_for=[reader.reason(r.code, r.params) for r in waits_for(ask)],
        warnings=_warnings(ask, quote, reader),
        confirm=cost > ask.confirm_above_micros or (ask.is_new_shape and cost > 0),
        expires_at=rfc3339(ask.expires_at),
        inputs=list(resolved.inputs),
        capture=ask.request.capture,
        origin=ask.request.origin,
        live_job_id=ask.live_job_id,
    )


def in_words_of(connection: Connection, plan: wire.Plan, reader: Reader) -> wire.Plan:
    """Return a plan that was made for somebody who spoke another language, in the reader's."""
    profile = resources.profile(connection, plan.profile)
    return msgspec.structs.replace(
        plan,
        profile_label=profile.label_in(reader.language) if profile else plan.profile_label,
        waits_for=[reader.reason(one.code, one.params) for one in plan.waits_for],
        warnings=[
            msgspec.structs.replace(
                _caution(one.code, plan.quote, reader),
                actions=[affording.in_words_of(way, plan.quote, plan.owner, reader) for way in one.actions],
            )
            for one in plan.warnings
        ],
    )


def waits_for(ask: Ask) -> list[Reason]:
    """Return what the job would wait for if it were submitted now; nothing when it would start."""
    queue, running = ask.waiting
    mine = Waiting(
        attempt_id="~",
        job_id="~",
        job_name="",
        owner=ask.resolved.owner.id,
        units=ask.resolved.shape.pool_units * ask.resolved.terms.replicas,
    )
    view = PoolView(
        label=ask.pool.label,
        label_zh=ask.pool.label_zh,
        is_gpu=ask.pool.is_gpu,
        free_units=ask.pool.free,
        running_jobs=running,
    )
    reason = dispatch([*queue, mine], view).reasons.get("~")
    return [reason] if reason else []


def waiting_in(connection: Connection, pool: str) -> tuple[list[Waiting], tuple[tuple[str, str], ...]]:
    """Return a pool's queue, and name and owner of the jobs that hold it."""
    queue = [
        Waiting(
            attempt_id=row["id"],
            job_id=row["job_id"],
            job_name=row["name"],
            owner=row["owner"],
            units=row["units"],
        )
        for row in attempts.queue(connection, pool, limit=attempts.QUEUE_MOST)
    ]
    return queue, tuple((row["name"], row["owner"]) for row in attempts.holding(connection, pool))


def is_new_shape(connection: Connection, user_id: str, resolved: Resolved) -> bool:
    """Whether this person has never submitted this many units of this profile."""
    return not jobs.has_shape(
        connection,
        user_id,
        profile=resolved.shape.profile.name,
        units=resolved.shape.units,
        replicas=resolved.terms.replicas,
    )


def _quote(ask: Ask, reader: Reader) -> wire.Quote:
    resolved = ask.resolved
    per_hour, available = resolved.micros_per_hour, ask.account.balance.available_micros
    cap = resolved.terms.cap_micros
    usable = available if cap is None else min(cap, available)
    return wire.Quote(
        per_hour=reader.money(per_hour),
        hold=reader.money(resolved.hold_micros),
        cap=reader.money(cap) if cap is not None else None,
        balance=reader.money(available),
        lasts_seconds=max(0, usable) * 3600 // per_hour if per_hour else None,
        free=per_hour == 0,
    )


#: What to know before saying yes: code → sentence (msgid).
SENTENCES = {
    "balance_low": "This needs {hold} to begin with, and {balance} is available: it would be refused.",
    "simulated": "These accelerators are simulated: the work runs on this machine's processors.",
}


def _warnings(ask: Ask, quote: wire.Quote, reader: Reader) -> list[wire.Caution]:
    found = []
    if ask.need is not None:
        ways = affording.actions(ask.need, quote, reader)
        found.append(msgspec.structs.replace(_caution("balance_low", quote, reader), actions=ways))
    if ask.resolved.shape.profile.simulated:
        found.append(_caution("simulated", quote, reader))
    return found


def _caution(code: str, quote: wire.Quote, reader: Reader) -> wire.Caution:
    hold, balance = _shown(quote.hold), _shown(quote.balance or quote.hold)
    return wire.Caution(code=code, text=reader.text(SENTENCES[code], hold=hold, balance=balance))


def _shown(money: wire.Money) -> dict[str, str]:
    """Return an amount as a parameter that is shown as money."""
    return {"amount": money.amount, "unit": money.unit}
