"""The readers of the journal: notices are put on their way, sent, tried again; the journal is sealed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import structlog
from hubkin_kit.clock import HOUR
from hubkin_kit.controllers import Controller
from hubkin_kit.database import Database, Transaction
from hubkin_kit.journal import Happening
from hubkin_kit.leases import Lease, check

from hubkin_records import store
from hubkin_records.domain import Delivery, Kind, next_try
from hubkin_records.errors import DeliveryFailed
from hubkin_records.ports import Channel
from hubkin_records.service import seal_next, take_notices, unseen

log = structlog.get_logger()

STEP = 500
AT_ONCE = 10
LOOK_SECONDS = 2.0
#: Whoever waits for a mail does not see the difference.
TAKE_PACE_SECONDS = 0.25
SEAL_SECONDS = 30.0
KEPT = 30 * 24 * HOUR


def controllers(database: Database, channels: Mapping[Kind, Channel]) -> list[Controller]:
    """Return the loops of records."""

    async def take(lease: Lease) -> None:
        while rows := await database.read(partial(unseen, limit=STEP)):
            await database.write(partial(_take, lease, rows))

    async def send(lease: Lease) -> None:
        now = database.clock.now()
        while found := await database.read(partial(store.due, now=now, limit=AT_ONCE)):
            await asyncio.gather(*(_send_all(database, lease, channels, some) for some in by_hook(found)))

    async def keep(lease: Lease) -> None:
        while await database.write(partial(_seal, lease)) == STEP:
            pass
        await database.write(partial(_forget, lease))

    return [
        Controller(
            name="records-notices",
            step=take,
            every_seconds=LOOK_SECONDS,
            wakes=True,
            pace_seconds=TAKE_PACE_SECONDS,
        ),
        Controller(name="records-sender", step=send, every_seconds=LOOK_SECONDS),
        Controller(name="records-audit", step=keep, every_seconds=SEAL_SECONDS),
    ]


def by_hook(found: Sequence[Delivery]) -> list[list[Delivery]]:
    """Group what goes to one place, in order: a job does not end there before it has started."""
    groups: dict[str, list[Delivery]] = {}
    for delivery in found:
        groups.setdefault(delivery.hook.id, []).append(delivery)
    return list(groups.values())


async def _send_all(
    database: Database, lease: Lease, channels: Mapping[Kind, Channel], some: Sequence[Delivery]
) -> None:
    for delivery in some:
        await _send(database, lease, channels, delivery)


async def _send(
    database: Database, lease: Lease, channels: Mapping[Kind, Channel], delivery: Delivery
) -> None:
    failure = await _failure(channels, delivery)
    if failure is None:
        await database.write(partial(_delivered, lease, delivery.id))
        return
    tries = delivery.tries + 1
    due_at = None if failure.is_final else next_try(tries, now=database.clock.now())
    log.warning(
        "notice_not_delivered", delivery_id=delivery.id, tries=tries, why=failure.why, again_at=due_at
    )
    await database.write(partial(_failed, lease, delivery.id, tries, due_at, failure.why))


async def _failure(channels: Mapping[Kind, Channel], delivery: Delivery) -> DeliveryFailed | None:
    """Send a notice; return why it did not arrive."""
    channel = channels.get(delivery.hook.kind)
    if channel is None:
        return DeliveryFailed("this site has no such channel", is_final=True)
    try:
        await channel.send(delivery)
    except DeliveryFailed as error:
        return error
    except Exception as error:
        # A notice that we cannot send holds up no other: what is due would begin with it each time.
        log.error("notice_failed", delivery_id=delivery.id, exc_info=error)
        return DeliveryFailed(type(error).__name__)
    return None


def _take(lease: Lease, rows: Sequence[Happening], tx: Transaction) -> None:
    check(tx, lease)
    take_notices(tx, rows)


def _delivered(lease: Lease, delivery_id: str, tx: Transaction) -> None:
    check(tx, lease)
    store.delivered(tx, delivery_id)


def _failed(
    lease: Lease, delivery_id: str, tries: int, due_at: int | None, why: str, tx: Transaction
) -> None:
    check(tx, lease)
    store.failed(tx, delivery_id, tries=tries, due_at=due_at, error=why)


def _seal(lease: Lease, tx: Transaction) -> int:
    check(tx, lease)
    return seal_next(tx, limit=STEP)


def _forget(lease: Lease, tx: Transaction) -> None:
    check(tx, lease)
    store.forget_deliveries(tx, tx.now - KEPT)
