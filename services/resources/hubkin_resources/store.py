"""Every query of the resources package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hubkin_kit.database import Transaction
from sqlalchemy import Connection, RowMapping, Table, delete, insert, select, update

from hubkin_resources.domain.values import Pool, PoolKind, Profile, Taken
from hubkin_resources.tables import pools, profiles, units


def profiles_in_order(connection: Connection) -> list[Profile]:
    """Return the profiles that are sold, in the site's order."""
    rows = connection.execute(
        select(profiles).where(profiles.c.is_active.is_(True)).order_by(profiles.c.position)
    )
    return [_profile(row) for row in rows.mappings()]


def profile_named(connection: Connection, name: str) -> Profile | None:
    """Return a profile, sold or not any more."""
    row = connection.execute(select(profiles).where(profiles.c.name == name)).mappings().first()
    return _profile(row) if row else None


def pools_in_order(connection: Connection) -> list[Pool]:
    """Return the pools in use, in the site's order."""
    rows = connection.execute(select(pools).where(pools.c.is_active.is_(True)).order_by(pools.c.position))
    return [_pool(row) for row in rows.mappings()]


def lock_pool(tx: Transaction, name: str) -> Pool | None:
    """Return a pool, locked: whoever takes units of it waits for us."""
    row = tx.execute(select(pools).where(pools.c.name == name).with_for_update()).mappings().first()
    return _pool(row) if row else None


def taken(connection: Connection, pool: str | None = None) -> dict[str, list[Taken]]:
    """Return pool → who has which units, in the order of taking."""
    query = select(units.c.pool, units.c.holder, units.c.unit).order_by(
        units.c.pool, units.c.at, units.c.holder, units.c.unit
    )
    held: dict[str, dict[str, list[int]]] = {}
    for row in connection.execute(query if pool is None else query.where(units.c.pool == pool)):
        held.setdefault(row.pool, {}).setdefault(row.holder, []).append(row.unit)
    return {name: [Taken(who, tuple(what)) for who, what in by.items()] for name, by in held.items()}


def add_units(tx: Transaction, pool: str, holder: str, indices: Sequence[int]) -> None:
    """Give units to a holder; one that is taken is refused by the primary key."""
    tx.execute(
        insert(units), [{"pool": pool, "unit": unit, "holder": holder, "at": tx.now} for unit in indices]
    )


def remove_units(tx: Transaction, holder: str) -> int:
    """Take back whatever a holder has; return how many units."""
    return tx.execute(delete(units).where(units.c.holder == holder)).rowcount


def write_pools(tx: Transaction, wanted: Sequence[Pool]) -> None:
    """Make the active pools these, in this order; others stay known and hand out nothing."""
    _replace(tx, pools, [{**_pool_row(pool), "position": n} for n, pool in enumerate(wanted)])


def write_profiles(tx: Transaction, wanted: Sequence[Profile]) -> None:
    """Make the active profiles these, in this order; others stay known to what uses them."""
    _replace(tx, profiles, [{**_profile_row(profile), "position": n} for n, profile in enumerate(wanted)])


def _replace(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    known = set(tx.execute(select(table.c.name)).scalars())
    for name in known - {row["name"] for row in rows}:
        tx.execute(update(table).where(table.c.name == name).values(is_active=False))
    for row in rows:
        if row["name"] in known:
            tx.execute(update(table).where(table.c.name == row["name"]).values(**row, is_active=True))
        else:
            tx.execute(insert(table).values(**row, is_active=True))


def _pool_row(pool: Pool) -> dict[str, Any]:
    return {
        "name": pool.name,
        "kind": pool.kind.value,
        "label": pool.label,
        "label_zh": pool.label_zh,
        "simulated": pool.simulated,
        "total_units": pool.total_units,
        "backend": pool.backend,
        "devices": json.dumps(pool.devices),
    }


def _pool(row: RowMapping) -> Pool:
    return Pool(
        name=row["name"],
        kind=PoolKind(row["kind"]),
        label=row["label"],
        label_zh=row["label_zh"],
        simulated=row["simulated"],
        total_units=row["total_units"] if row["is_active"] else 0,
        backend=row["backend"],
        devices=tuple(json.loads(row["devices"])),
    )


def _profile_row(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "label": profile.label,
        "label_zh": profile.label_zh,
        "pool": profile.pool,
        "accelerator": profile.accelerator,
        "simulated": profile.simulated,
        "cpu": profile.cpu,
        "memory_bytes": profile.memory_bytes,
        "notebook": profile.notebook,
    }


def _profile(row: RowMapping) -> Profile:
    return Profile(
        name=row["name"],
        label=row["label"],
        label_zh=row["label_zh"],
        pool=row["pool"],
        accelerator=row["accelerator"],
        simulated=row["simulated"],
        cpu=row["cpu"],
        memory_bytes=row["memory_bytes"],
        notebook=row["notebook"],
    )
