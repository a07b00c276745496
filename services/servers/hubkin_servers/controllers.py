"""Watches notebook servers of this machine, meters them, and ends those whose money has run out.

What counts is their process, found by pid and start time; the hub's events are never asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import hubkin_billing as billing
import structlog
from hubkin_agent import is_alive
from hubkin_kit.clock import SECOND, SleepWatch
from hubkin_kit.controllers import Controller
from hubkin_kit.database import Database, Row, Transaction
from hubkin_kit.leases import Lease, check

from hubkin_servers import store
from hubkin_servers.domain import Look, ServerState, has_ended
from hubkin_servers.service import end, meter

log = structlog.get_logger()

WATCH_SECONDS = 2.0
#: A hold is filled up again when less than this part of an hour is left in it.
RENEW_BELOW = 4

#: Stops a person's server through the hub: (user, server name).
StopServer = Callable[[str, str], Awaitable[bool]]
#: A server, its pid and its start time → whether that process runs.
Seen = dict[tuple[str, int | None, int | None], bool]


def controllers(database: Database, stop_server: StopServer, *, meter_seconds: float) -> list[Controller]:
    """Return the loop that watches and meters servers."""
    alive_at: dict[str, int] = {}
    sleep = SleepWatch(database.clock)

    async def step(lease: Lease) -> None:
        if slept := sleep.slept():
            await database.write(partial(leave_out, lease, slept))
        live = await database.read(store.live)
        if not live:
            alive_at.clear()
            return
        known = {server["id"] for server in live}
        for server_id in alive_at.keys() - known:
            del alive_at[server_id]
        broke = await database.write(partial(take_in, lease, meter_seconds, alive_at, look_at(live)))
        for user, name in broke:
            log.info("server_out_of_money", user=user, server=name)
            await stop_server(user, name)

    return [Controller(name="servers-watcher", step=step, every_seconds=WATCH_SECONDS)]


def leave_out(lease: Lease, slept: int, tx: Transaction) -> None:
    """Charge nothing for the time, in microseconds up to now, that the machine slept."""
    check(tx, lease)
    for server in store.locked_live(tx):
        if since := server["metered_until"]:
            store.change(tx, server, metered_until=max(since, min(since + slept, tx.now)))


def look_at(servers: Sequence[Row]) -> Seen:
    """Look at the process of every server, outside of any transaction."""
    return {_process(server): is_alive(server["pid"], server["start_time"]) for server in servers}


def take_in(
    lease: Lease, meter_seconds: float, alive_at: dict[str, int], seen: Seen, tx: Transaction
) -> list[tuple[str, str]]:
    """Meter and end servers by what was seen; return those (user, name) whose money has run out.

    Args:
        lease: The right to do so.
        meter_seconds: How often a server's time is entered.
        alive_at: Server → when it was last seen alive, kept from look to look: what ended while nobody looked
            is not charged for the time after that.
        seen: Which processes run; a server that came or moved since is left to the next look.
        tx: The caller's transaction.
    """
    check(tx, lease)
    broke = []
    for server in store.locked_live(tx):
        alive = seen.get(_process(server))
        if alive is None:
            continue
        look = Look(ServerState(server["state"]), alive, server["asked_at"])
        if has_ended(look, now=tx.now):
            seen_at = alive_at.get(server["id"], server["metered_until"] or tx.now)
            end(tx, server, reason="gone" if server["started_at"] else "never_started", alive_at=seen_at)
            continue
        alive_at[server["id"]] = tx.now
        if server["metered_until"] and tx.now - server["metered_until"] >= meter_seconds * SECOND:
            meter(tx, server, until=tx.now)
            is_paid = _renewed(tx, server)
            store.change(tx, server, reason="" if is_paid else "balance_empty")
            if not is_paid:
                broke.append((server["user_name"], server["name"]))
    return broke


def _process(server: Row) -> tuple[str, int | None, int | None]:
    return server["id"], server["pid"], server["start_time"]


def _renewed(tx: Transaction, server: Row) -> bool:
    """Fill the hold up; False when nothing is left to pay with."""
    if server["hold_id"] is None:
        return True
    hold = billing.hold(tx.connection, server["hold_id"])
    if hold is None or hold.remaining_micros >= server["micros_per_hour"] // RENEW_BELOW:
        return True
    wanted = server["micros_per_hour"]
    return billing.renew(tx, server["hold_id"], wanted) or billing.fill(tx, server["hold_id"], wanted) > 0
