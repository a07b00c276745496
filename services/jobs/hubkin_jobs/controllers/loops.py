"""The package's loops, as the platform runs them under leases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from hubkin_catalog import Catalog
from hubkin_jobs.controllers.dispatcher import dispatch_all
from hubkin_jobs.controllers.metering import meter_all
from hubkin_jobs.controllers.reconciler import Reconciler
from hubkin_jobs.ports import Backend
from hubkin_jobs.service.jobs import Policy
from hubkin_kit.database import Database, Transaction
from hubkin_kit.leases import Lease, check

DISPATCH_SECONDS = 2.0
RECONCILE_SECONDS = 0.5
SWEEP_SECONDS = 30.0


class Bell:
    """Wakes a loop early, from any thread; a lost ring costs one period, never the work."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: list[asyncio.Event] = []

    def event(self) -> asyncio.Event:
        """Return an event that each ring sets."""
        event = asyncio.Event()
        self._events.append(event)
        return event

    def ring(self) -> None:
        """Wake everybody who listens."""
        self._loop.call_soon_threadsafe(self._set)

    def _set(self) -> None:
        for event in self._events:
            event.set()


@dataclass(frozen=True, slots=True)
class Loop:
    """A step to repeat under a lease: when its event is set, and at least every ``period_seconds``."""

    name: str
    step: Callable[[Lease], Awaitable[None]]
    period_seconds: float
    wake: asyncio.Event


def loops(
    database: Database,
    backend: Backend,
    catalog: Catalog,
    *,
    policy: Policy,
    bell: Bell,
    meter_seconds: float,
) -> list[Loop]:
    """Return the dispatcher, the reconciler of one backend, and the meter."""
    reconciler = Reconciler(database, backend, catalog)

    async def dispatch(lease: Lease) -> None:
        released = await database.write(partial(_dispatch, lease, policy))
        if released:
            bell.ring()

    async def reconcile(lease: Lease) -> None:
        if await reconciler.step(lease):
            bell.ring()

    async def sweep(_: Lease) -> None:
        await reconciler.sweep()

    async def meter(lease: Lease) -> None:
        await database.write(lambda tx: meter_all(tx, lease))
        bell.ring()

    return [
        Loop("jobs-dispatcher", dispatch, DISPATCH_SECONDS, bell.event()),
        Loop(f"jobs-reconciler-{backend.name}", reconcile, RECONCILE_SECONDS, bell.event()),
        Loop(f"jobs-sweeper-{backend.name}", sweep, SWEEP_SECONDS, asyncio.Event()),
        Loop("jobs-meter", meter, meter_seconds, asyncio.Event()),
    ]


def _dispatch(lease: Lease, policy: Policy, tx: Transaction) -> int:
    check(tx, lease)
    return dispatch_all(tx, jobs_at_once=policy.jobs_at_once)
