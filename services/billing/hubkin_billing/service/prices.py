"""Dated prices; what began keeps the one it began with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from hubkin_kit import journal
from hubkin_kit.database import Transaction
from hubkin_kit.ids import new_id

from hubkin_billing import store
from hubkin_billing.domain import Tariff
from hubkin_billing.errors import NoPrice, NoSuchTariff, PriceTaken
from hubkin_billing.service.news import SYSTEM

if TYPE_CHECKING:
    from sqlalchemy import Connection


def tariff_at(connection: Connection, profile: str, at: int) -> Tariff:
    """Return the price of a profile at a moment; freeze its id into what starts then.

    Raises:
        NoPrice: Nobody ever set one, not even zero.
    """
    found = store.tariffs.tariffs_at(connection, [profile], at).get(profile)
    if found is None:
        raise NoPrice("The profile '{profile}' has no price yet. Tell an admin.", params={"profile": profile})
    return found


def tariffs_at(connection: Connection, profiles: Iterable[str], at: int) -> dict[str, Tariff]:
    """Return profile → its tariff at a moment, where it has one."""
    return store.tariffs.tariffs_at(connection, profiles, at)


def tariff(connection: Connection, tariff_id: str) -> Tariff:
    """Return a frozen tariff.

    Raises:
        NoSuchTariff: No tariff has this id.
    """
    found = store.tariffs.tariffs_by_id(connection, [tariff_id]).get(tariff_id)
    if found is None:
        raise NoSuchTariff("There is no tariff '{id}'.", params={"id": tariff_id[:80]})
    return found


def tariffs(connection: Connection, ids: Iterable[str]) -> dict[str, Tariff]:
    """Return id → frozen tariff."""
    return store.tariffs.tariffs_by_id(connection, ids)


def set_price(
    tx: Transaction,
    profile: str,
    micros_per_unit_hour: int,
    *,
    from_at: int | None = None,
    actor: str = SYSTEM,
) -> Tariff:
    """Have a profile cost so much per unit and hour from a moment on; the same price again adds nothing.

    Work that began keeps the price it began with.

    Raises:
        PriceTaken: Another price begins at that moment.
    """
    at = tx.now if from_at is None else from_at
    if micros_per_unit_hour < 0 or at < tx.now:
        raise ValueError(f"a price of {micros_per_unit_hour} from {at}, now {tx.now}")
    current = store.tariffs.tariffs_at(tx.connection, [profile], at).get(profile)
    if current and current.micros_per_unit_hour == micros_per_unit_hour:
        return current
    if store.tariffs.tariff_from(tx.connection, profile, at):
        raise PriceTaken("Another price of '{profile}' begins at that moment.", params={"profile": profile})
    new = Tariff(new_id("tariff"), profile, micros_per_unit_hour, at)
    store.tariffs.add_tariff(tx, new, actor)
    journal.append(
        tx,
        "audit",
        owner=SYSTEM,
        subject=new.id,
        actor=actor,
        happened="price_set",
        profile=profile,
        micros_per_unit_hour=micros_per_unit_hour,
        from_at=at,
    )
    return new


def set_prices(tx: Transaction, prices: Mapping[str, int], *, actor: str = SYSTEM) -> None:
    """Take the site's prices: profile → micro-units per unit and hour; only changes make new tariffs."""
    for profile, micros in sorted(prices.items()):
        set_price(tx, profile, micros, actor=actor)
