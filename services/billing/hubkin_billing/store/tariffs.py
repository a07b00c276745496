"""Tariffs: found by profile and moment, never changed."""

from __future__ import annotations

from collections.abc import Iterable

from hubkin_kit.database import Transaction
from sqlalchemy import Connection, insert, select

from hubkin_billing.domain import Tariff
from hubkin_billing.tables import tariffs


def tariffs_at(connection: Connection, profiles: Iterable[str], at: int) -> dict[str, Tariff]:
    """Return the tariff in force at a moment, per profile that has one."""
    rows = connection.execute(
        select(tariffs.c.id, tariffs.c.profile, tariffs.c.micros_per_unit_hour, tariffs.c.from_at)
        .where(tariffs.c.profile.in_(list(profiles)), tariffs.c.from_at <= at)
        .order_by(tariffs.c.from_at)
    )
    return {row.profile: Tariff(*row) for row in rows}


def tariffs_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Tariff]:
    """Return tariffs by their ids, however old."""
    rows = connection.execute(
        select(tariffs.c.id, tariffs.c.profile, tariffs.c.micros_per_unit_hour, tariffs.c.from_at).where(
            tariffs.c.id.in_(list(ids))
        )
    )
    return {row.id: Tariff(*row) for row in rows}


def tariff_from(connection: Connection, profile: str, from_at: int) -> Tariff | None:
    """Return the tariff that begins exactly then."""
    row = connection.execute(
        select(tariffs.c.id, tariffs.c.profile, tariffs.c.micros_per_unit_hour, tariffs.c.from_at).where(
            tariffs.c.profile == profile, tariffs.c.from_at == from_at
        )
    ).first()
    return Tariff(*row) if row else None


def add_tariff(tx: Transaction, tariff: Tariff, actor: str) -> None:
    """Write a new tariff."""
    tx.execute(
        insert(tariffs).values(
            id=tariff.id,
            profile=tariff.profile,
            micros_per_unit_hour=tariff.micros_per_unit_hour,
            from_at=tariff.from_at,
            created_at=tx.now,
            actor=actor,
        )
    )
