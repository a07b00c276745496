"""What is looked after by the hour: old keys are forgotten, the books and the journal's seals are checked."""

from __future__ import annotations

from functools import partial

import hubkin_billing as billing
import hubkin_records as records
import structlog
from hubkin_kit import telemetry
from hubkin_kit.controllers import Controller
from hubkin_kit.database import Database, Transaction
from hubkin_kit.idempotency import forget_old
from hubkin_kit.leases import Lease, check

log = structlog.get_logger()

EVERY_SECONDS = 3600.0


def controller(database: Database) -> Controller:
    """Return the loop."""

    async def step(lease: Lease) -> None:
        forgotten = await database.write(partial(_forget, lease))
        audit = await database.read(billing.audit)
        for complaint in audit.complaints:
            telemetry.findings.labels("books").inc()
            log.error("books_wrong", complaint=complaint)
        broken = await database.read(records.broken_seal)
        if broken is not None:
            telemetry.findings.labels("journal").inc()
            log.error("seal_broken", seq=broken)
        log.info("upkeep_done", keys_forgotten=forgotten, complaints=len(audit.complaints))

    return Controller(name="upkeep", step=step, every_seconds=EVERY_SECONDS)


def _forget(lease: Lease, tx: Transaction) -> int:
    check(tx, lease)
    return forget_old(tx)
