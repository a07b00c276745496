"""The gate before notebook servers, and what became of those that passed it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.clock import parse_rfc3339, rfc3339
from hubkin_kit.database import Connection, Row, Transaction
from hubkin_kit.errors import Field, Invalid, WayOut
from hubkin_kit.ids import new_id
from hubkin_kit.money import format_amount

from hubkin_servers import store
from hubkin_servers.domain import ServerState, cores_of
from hubkin_servers.errors import NoRoom, NotEntitled, ServerNotFound

#: Why a server is over, as far as a look at its process can tell.
UNEXPLAINED = frozenset({"", "gone", "never_started"})

#: Why somebody cannot start a notebook on a profile now.
SENTENCES = {
    "no_profile": "Not available to you. Ask an admin.",
    "balance_low": "Your balance does not cover the first hour.",
    "no_room": "Nothing of it is free right now.",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the start page, as the hub knows them."""

    name: str
    groups: tuple[str, ...]
    created_at: int = 0
    """When the hub created them; 0 when it does not say.  Names are recycled."""


def ask(
    tx: Transaction, request: wire.GateRequest, *, unit: str, language: str, home: str = ""
) -> wire.GateAnswer:
    """Decide whether a server may start, once per spawn; set aside units and the first hour's money.

    Args:
        tx: The caller's transaction.
        request: What the spawner asks.
        unit: The site's unit of money.
        language: The person's language.
        home: The address of the page that shows a person their balance.

    Raises:
        NotEntitled, NoRoom, BalanceLow: With a sentence for the person; nothing was set aside.
    """
    found = store.of_spawn(tx.connection, request.spawn_id)
    if found is None:
        try:
            found = _admit(tx, request)
        except billing.BalanceLow as low:
            low.ways_out = (
                WayOut("See my balance", href=home or None, code="balance"),
                WayOut("Ask an admin to top your account up by {missing}", code="ask_admin"),
            )
            raise
    profile = resources.profile(tx.connection, found["profile"])
    assert profile is not None, "a profile that was used stays known"
    pool = resources.pool_state(tx.connection).get(profile.pool)
    return _answer(found, profile, pool.pool.devices if pool else (), unit=unit, language=language)


def report(tx: Transaction, server_id: str, facts: wire.ServerFacts) -> None:
    """Write down what the spawner saw; the same again changes nothing.

    Raises:
        ServerNotFound: The gate never let such a server pass.
    """
    server = store.locked(tx, server_id)
    if server is None:
        raise ServerNotFound("There is no server '{id}'.", params={"id": server_id[:80]})
    if facts.state == "stopped":
        end(tx, server, reason=facts.reason or "stopped")
    elif server["state"] == ServerState.STARTING:
        store.change(
            tx,
            server,
            state=ServerState.RUNNING.value,
            pid=facts.pid,
            start_time=facts.start_time,
            started_at=tx.now,
            metered_until=tx.now,
        )
        if server["hold_id"]:
            billing.set_per_hour(tx, server["hold_id"], server["micros_per_hour"])
        store.tell(tx, server, ServerState.RUNNING)


def end(tx: Transaction, server: Row, *, reason: str = "", alive_at: int | None = None) -> None:
    """Take note that a server is over: its last usage, its hold, its units; again changes nothing.

    Args:
        tx: The caller's transaction.
        server: Its row, read in this transaction.
        reason: Why, as a code.
        alive_at: When it was last seen alive; None when it ends now, by word of its spawner.
    """
    if server["state"] == ServerState.STOPPED:
        if server["reason"] in UNEXPLAINED and reason not in UNEXPLAINED:
            # We had only seen that its process was gone; its spawner knows why.
            store.change(tx, server, reason=reason)
            store.tell(tx, server, ServerState.STOPPED, reason=reason)
        return
    reason = server["reason"] or reason
    meter(tx, server, until=tx.now if alive_at is None else min(alive_at, tx.now))
    if server["hold_id"]:
        billing.settle(tx, server["hold_id"])
    resources.give_back(tx, server["id"])
    store.change(tx, server, state=ServerState.STOPPED.value, reason=reason, finished_at=tx.now)
    store.tell(tx, server, ServerState.STOPPED, reason=reason)


def meter(tx: Transaction, server: Row, *, until: int) -> int:
    """Enter what a server has used since the last record; return the charge in micro-units."""
    since = server["metered_until"]
    if since is None or until <= since:
        return 0
    charge = 0
    if server["micros_per_hour"]:
        record = billing.UsageRecord.of_time(
            (server["id"], "server", server["records"]),
            owner_id=server["owner"],
            subject=server["id"],
            units=server["units"],
            from_at=since,
            to_at=until,
        )
        charge = billing.record(tx, record, billing.tariff(tx.connection, server["tariff_id"]))
        store.add_charge(tx, server, charge)
    store.change(tx, server, metered_until=until, records=server["records"] + 1)
    return charge


def page(
    connection: Connection, owners: Sequence[str], *, before: str | None, limit: int, unit: str
) -> list[wire.Server]:
    """Return servers of these owners, newest first."""
    return views(connection, store.page(connection, owners, before=before, limit=limit), unit=unit)


def view(connection: Connection, server_id: str, *, unit: str) -> wire.Server | None:
    """Return one server."""
    row = store.get(connection, server_id)
    return views(connection, [row], unit=unit)[0] if row else None


def views(connection: Connection, rows: Sequence[Row], *, unit: str) -> list[wire.Server]:
    """Return servers as their owners see them."""
    names = users.names(connection, {row["owner"] for row in rows})
    return [
        wire.Server(
            id=row["id"],
            owner=str(names.get(row["owner"], row["owner"])),
            name=row["name"],
            state=row["state"],
            profile=row["profile"],
            started_at=rfc3339(row["started_at"]) if row["started_at"] else None,
            finished_at=rfc3339(row["finished_at"]) if row["finished_at"] else None,
            per_hour=wire.Money(amount=format_amount(row["micros_per_hour"]), unit=unit),
            charged=wire.Money(amount=format_amount(row["charged_micros"]), unit=unit),
        )
        for row in rows
    ]


def offers(
    connection: Connection, person: Person, *, now: int, unit: str, language: str, said: Callable[[str], str]
) -> wire.Offers:
    """Return what the start page shows somebody, who may never have been here before."""
    owner = users.find_user(connection, person.name, created_at=person.created_at)
    groups = [found for name in person.groups if (found := users.find_owner(connection, f"group:{name}"))]
    usable = users.usable_profiles(connection, [o.id for o in (owner, *groups) if o])
    account = billing.usage(connection, owner.id if owner else "", month_start=now, lines=0).balance
    known = [profile for profile in resources.profiles(connection) if profile.notebook]
    tariffs = billing.tariffs_at(connection, [profile.name for profile in known], now)
    states = resources.pool_state(connection)
    items = []
    for profile in known:
        if profile.name not in tariffs or profile.pool not in states:
            continue
        price, state = tariffs[profile.name].per_hour(1), states[profile.pool]
        refusal = _refusal(
            entitled=profile.name in usable,
            has_room=state.free >= (1 if profile.is_gpu else profile.cpu),
            affordable=price == 0 or account.available_micros >= price,
        )
        lasts = max(0, account.available_micros) * 3600 // price if price else None
        items.append(
            wire.Offer(
                profile=wire.Profile(
                    name=profile.name,
                    label=profile.label_in(language),
                    pool=profile.pool,
                    accelerator=profile.accelerator,
                    simulated=profile.simulated,
                    cpu=profile.cpu,
                    memory_bytes=profile.memory_bytes,
                    per_hour=wire.Money(amount=format_amount(price), unit=unit),
                    free_units=state.free,
                    total_units=state.total,
                    notebook=True,
                ),
                usable=not refusal,
                reason=wire.Reason(code=refusal, text=said(SENTENCES[refusal])) if refusal else None,
                lasts_seconds=lasts,
            )
        )
    chosen = users.preferences(connection, owner.id).last_profile if owner else ""
    return wire.Offers(
        items=items,
        available=wire.Money(amount=format_amount(account.available_micros), unit=unit),
        last_profile=chosen or None,
    )


def created_at(text: str | None) -> int:
    """Return when the hub created somebody, 0 when it does not say.

    Raises:
        Invalid: That is no moment.
    """
    try:
        return parse_rfc3339(text) if text else 0
    except ValueError:
        raise Invalid(
            "'{text}' is no moment with a time zone.",
            params={"text": str(text)[:80]},
            fields=(Field("/user_created", "bad_time"),),
        ) from None


def _refusal(*, entitled: bool, has_room: bool, affordable: bool) -> str:
    if not entitled:
        return "no_profile"
    if not affordable:
        return "balance_low"
    return "" if has_room else "no_room"


def _admit(tx: Transaction, request: wire.GateRequest) -> Row:
    owner = users.ensure_user(tx, request.user, created_at=created_at(request.user_created))
    profile = _profile(tx, owner, request)
    for before in store.live_named(tx, owner.id, request.server_name):
        # A server has one process: whoever spawns it again has seen that the earlier one is gone, at a
        # moment that nobody has told us.  What is metered already stands.
        end(tx, before, alive_at=before["metered_until"] or tx.now)
    tariff = billing.tariff_at(tx.connection, profile.name, tx.now)
    units = max(1, request.units)
    row = {
        "id": new_id("server"), "spawn_id": request.spawn_id, "owner": owner.id, "user_name": request.user,
        "name": request.server_name, "state": ServerState.STARTING.value, "profile": profile.name,
        "pool": profile.pool, "units": units, "tariff_id": tariff.id,
        "micros_per_hour": tariff.per_hour(units), "hold_id": None, "asked_at": tx.now,
    }  # fmt: skip
    users.set_preferences(tx, owner.id, last_profile=profile.name)
    indices = _take(tx, profile, str(row["id"]), units)
    if tariff.per_hour(units):
        hold = billing.open_hold(
            tx,
            owner_id=owner.id,
            subject=str(row["id"]),
            amount_micros=tariff.per_hour(units),
            actor=owner.id,
        )
        row["hold_id"] = hold.id
    row["indices"] = msgspec.json.encode(indices).decode()
    store.add(tx, row)
    written = store.of_spawn(tx.connection, request.spawn_id)
    assert written is not None
    return written


def _profile(tx: Transaction, owner: users.Owner, request: wire.GateRequest) -> resources.Profile:
    groups = [
        found.id for name in request.groups if (found := users.find_owner(tx.connection, f"group:{name}"))
    ]
    usable = users.usable_profiles(tx.connection, (owner.id, *groups))
    profile = resources.profile(tx.connection, request.profile)
    if profile is None or profile.name not in usable or not profile.notebook:
        raise NotEntitled(
            "The hardware '{profile}' is not available to you for notebooks. Choose another.",
            params={"profile": request.profile[:80]},
            fields=(Field("/profile", "no_profile"),),
        )
    return profile


def _take(tx: Transaction, profile: resources.Profile, server_id: str, units: int) -> tuple[int, ...]:
    wanted = units if profile.is_gpu else units * profile.cpu
    try:
        return resources.take(tx, pool=profile.pool, holder=server_id, units=wanted)
    except resources.NoFreeUnits as error:
        raise NoRoom(
            "{label} is not free right now: {units} needed, {free} free. Choose another, or try again later.",
            params={"label": profile.label, "units": wanted, "free": error.params.get("free", 0)},
        ) from None


def _answer(
    server: Row, profile: resources.Profile, devices: tuple[str, ...], *, unit: str, language: str
) -> wire.GateAnswer:
    indices = tuple(msgspec.json.decode(server["indices"], type=list[int]))
    cores = len(os.sched_getaffinity(0))
    env = {"CUDA_VISIBLE_DEVICES": ""}
    if profile.is_gpu and not profile.simulated:
        env["CUDA_VISIBLE_DEVICES"] = ",".join(devices[index] if devices else str(index) for index in indices)
    return wire.GateAnswer(
        server_id=server["id"],
        profile=profile.name,
        profile_label=profile.label_in(language),
        simulated=profile.simulated,
        env=env,
        cpus=None if profile.is_gpu else list(cores_of(indices, cores=cores)),
        memory_bytes=profile.memory_bytes * server["units"] if profile.memory_bytes else None,
        per_hour=wire.Money(amount=format_amount(server["micros_per_hour"]), unit=unit),
    )
