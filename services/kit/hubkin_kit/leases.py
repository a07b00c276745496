"""Leases with fencing: one holder at a time, and a paused old holder writes nothing.

The first statement of every controller transaction is `check`; the epoch grows with every change of holder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update

from hubkin_kit.clock import SECOND
from hubkin_kit.database import Connection, Transaction
from hubkin_kit.errors import Conflict
from hubkin_kit.insert import insert_new
from hubkin_kit.tables import leases

LEASE_SECONDS = 15
RENEW_SECONDS = 5


class LeaseLost(Conflict):
    """Another holder has taken over; whatever was about to be written is void."""

    code = "lease_lost"
    title = "Another process has taken over"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run one controller, as of one epoch."""

    name: str
    holder: str
    epoch: int


def acquire(tx: Transaction, name: str, holder: str) -> Lease | None:
    """Take the lease when it is free, expired or already ours; None when another holds it."""
    expires_at = tx.now + LEASE_SECONDS * SECOND
    found = tx.execute(select(leases).where(leases.c.name == name)).mappings().first()
    if found is None:
        first = {"name": name, "holder": holder, "epoch": 1, "expires_at": expires_at}
        insert_new(tx, leases, [first])
        now = tx.execute(select(leases).where(leases.c.name == name)).mappings().one()
        return Lease(name, holder, 1) if dict(now) == first else None
    if found["holder"] != holder and found["expires_at"] > tx.now:
        return None
    epoch = found["epoch"] + (found["holder"] != holder)
    taken = tx.execute(
        update(leases)
        .where(
            leases.c.name == name,
            leases.c.epoch == found["epoch"],
            leases.c.expires_at == found["expires_at"],
        )
        .values(holder=holder, epoch=epoch, expires_at=expires_at)
    )
    return Lease(name, holder, epoch) if taken.rowcount else None


def check(tx: Transaction, lease: Lease) -> None:
    """Refuse to go on unless this epoch still holds the lease.

    Raises:
        LeaseLost: Somebody else took over; the transaction must not commit.
    """
    held = select(leases.c.epoch).where(leases.c.name == lease.name, leases.c.holder == lease.holder)
    if tx.execute(held.with_for_update(read=True)).scalar() != lease.epoch:
        raise LeaseLost("The lease '{name}' belongs to another process now.", params={"name": lease.name})


def holder_of(connection: Connection, name: str, *, now: int) -> str | None:
    """Return who has a lease, None when it is free."""
    query = select(leases.c.holder).where(leases.c.name == name, leases.c.expires_at > now)
    return connection.execute(query).scalar()


def void(tx: Transaction, is_dead: Callable[[str], bool]) -> None:
    """Free the leases of holders that are known to be dead, so that nobody waits for them to run out."""
    held = tx.execute(select(leases.c.holder).distinct().where(leases.c.expires_at > tx.now)).scalars()
    dead = [holder for holder in held if is_dead(holder)]
    tx.execute(update(leases).where(leases.c.holder.in_(dead)).values(expires_at=tx.now))


def release(tx: Transaction, lease: Lease) -> None:
    """Give the lease back early, so that a successor need not wait."""
    tx.execute(
        update(leases)
        .where(leases.c.name == lease.name, leases.c.holder == lease.holder, leases.c.epoch == lease.epoch)
        .values(expires_at=tx.now)
    )
