"""What one can ask of the resources package."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hubkin_kit.database import Transaction

from hubkin_resources import store
from hubkin_resources.domain.site import Site
from hubkin_resources.domain.values import PoolState, Profile, free_units
from hubkin_resources.errors import NoFreeUnits

if TYPE_CHECKING:
    from sqlalchemy import Connection


def apply_site(tx: Transaction, site: Site) -> None:
    """Make pools and profiles what the site file says; the same file again changes nothing.

    A profile or pool that is not in it any more is not handed out, and stays known to what runs on it.
    """
    if store.pools_in_order(tx.connection) != list(site.pools):
        store.write_pools(tx, site.pools)
    if store.profiles_in_order(tx.connection) != list(site.profiles):
        store.write_profiles(tx, site.profiles)


def profiles(connection: Connection) -> list[Profile]:
    """Return what is sold, in the site's order."""
    return store.profiles_in_order(connection)


def profile(connection: Connection, name: str) -> Profile | None:
    """Return a profile, also one that is not sold any more."""
    return store.profile_named(connection, name)


def no_longer_offered(connection: Connection, names: Iterable[str], *, pool: str) -> dict[str, Profile]:
    """Return those of these profiles that a pool does not give any more: they, or it, left the site file."""
    wanted = set(names)
    if any(known.name == pool for known in store.pools_in_order(connection)):
        wanted -= {profile.name for profile in profiles(connection)}
    found = {name: store.profile_named(connection, name) for name in wanted}
    return {name: profile for name, profile in found.items() if profile is not None}


def pool_state(connection: Connection) -> dict[str, PoolState]:
    """Return every pool by name, with who has what of it."""
    taken = store.taken(connection)
    return {
        pool.name: PoolState(pool, tuple(taken.get(pool.name, ())))
        for pool in store.pools_in_order(connection)
    }


def take(tx: Transaction, *, pool: str, holder: str, units: int) -> tuple[int, ...]:
    """Take so many units of a pool, all or none, and return which.

    A holder that already has units of the pool gets the same ones again, so callers may repeat themselves.

    Raises:
        NoFreeUnits: There are too few; nothing was taken.
    """
    if units < 1:
        raise ValueError(f"{holder} takes {units} units")
    locked = store.lock_pool(tx, pool)
    state = PoolState(locked, tuple(store.taken(tx.connection, pool).get(pool, ()))) if locked else None
    held = next((lease.units for lease in state.leases if lease.holder == holder), None) if state else None
    if held is not None:
        if len(held) != units:
            raise ValueError(f"{holder} has {len(held)} units of {pool} and asks for {units}")
        return held
    chosen = free_units(state, units) if state else None
    if chosen is None:
        raise NoFreeUnits(
            "{units} units of {pool} were asked for, and {free} are free.",
            params={"units": units, "pool": pool, "free": state.free if state else 0},
        )
    store.add_units(tx, pool, holder, chosen)
    return chosen


def give_back(tx: Transaction, holder: str) -> int:
    """Free whatever a holder has; return how many units that was, 0 the second time."""
    return store.remove_units(tx, holder)
