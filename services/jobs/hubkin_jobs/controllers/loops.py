"""The package's loops, as the platform runs them under leases."""

from __future__ import annotations

import time
from functools import partial

from hubkin_catalog import Catalog
from hubkin_kit.controllers import Controller
from hubkin_kit.database import Database, Transaction
from hubkin_kit.leases import Lease, check

from hubkin_jobs.controllers.dispatcher import dispatch_all, is_due
from hubkin_jobs.controllers.metering import meter_all
from hubkin_jobs.controllers.reconciler import Reconciler
from hubkin_jobs.ports import Backend
from hubkin_jobs.service.jobs import Policy

DISPATCH_SECONDS = 2.0
RECONCILE_SECONDS = 0.5
SWEEP_SECONDS = 30.0
#: A burst of news is taken in together: one look costs the same for one job and for a hundred.
DISPATCH_PACE_SECONDS = 0.1
RECONCILE_PACE_SECONDS = 0.03
#: The end of one replica is several pieces of news within a moment: none of them waits.
RECONCILES_AT_ONCE = 5


def controllers(
    database: Database, backend: Backend, catalog: Catalog, *, policy: Policy, meter_seconds: float
) -> list[Controller]:
    """Return the dispatcher, and the reconciler with its meter and the sweeper of one backend."""
    reconciler = Reconciler(database, backend, catalog)
    metered_at = time.monotonic()

    async def dispatch(lease: Lease) -> None:
        if await database.read(partial(is_due, jobs_at_once=policy.jobs_at_once)):
            await database.write(partial(_dispatch, lease, policy))

    async def reconcile(lease: Lease) -> None:
        nonlocal metered_at
        await reconciler.step(lease)
        # Under the same lease: only who looks knows when replicas were last alive.
        if time.monotonic() - metered_at >= meter_seconds:
            metered_at = time.monotonic()
            await database.write(partial(meter_all, lease, reconciler.sightings.alive_at))

    async def sweep(_: Lease) -> None:
        await reconciler.sweep()

    name = backend.name
    return [
        Controller(
            name="jobs-dispatcher",
            step=dispatch,
            every_seconds=DISPATCH_SECONDS,
            wakes=True,
            pace_seconds=DISPATCH_PACE_SECONDS,
        ),
        Controller(
            name=f"jobs-reconciler-{name}",
            step=reconcile,
            every_seconds=RECONCILE_SECONDS,
            wakes=True,
            pace_seconds=RECONCILE_PACE_SECONDS,
            steps_at_once=RECONCILES_AT_ONCE,
        ),
        Controller(name=f"jobs-sweeper-{name}", step=sweep, every_seconds=SWEEP_SECONDS),
    ]


def _dispatch(lease: Lease, policy: Policy, tx: Transaction) -> int:
    check(tx, lease)
    return dispatch_all(tx, jobs_at_once=policy.jobs_at_once)
