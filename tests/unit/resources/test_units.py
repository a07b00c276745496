"""Taking units of a pool and giving them back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hubkin_kit.database import Database
from hubkin_resources import (
    NoFreeUnits,
    apply_site,
    default_site,
    demo_site,
    give_back,
    parse_site,
    pool_state,
    profile,
    profiles,
    store,
    take,
)


@pytest.fixture(autouse=True)
def site(database: Database, machine):
    site = demo_site(machine)
    database.write_sync(lambda tx: apply_site(tx, site))
    return site


def took(database: Database, holder: str, units: int, pool: str = "sim") -> tuple[int, ...]:
    return database.write_sync(lambda tx: take(tx, pool=pool, holder=holder, units=units))


def state(database: Database, pool: str = "sim"):
    return database.read_sync(pool_state)[pool]


def test_units_are_taken_by_one_holder_and_counted(database: Database) -> None:
    assert took(database, "attempt-1", 2) == (0, 1)

    found = state(database)
    assert (found.total, found.used, found.free) == (2, 2, 0)
    assert [(lease.holder, lease.units) for lease in found.leases] == [("attempt-1", (0, 1))]


def test_a_repeated_take_returns_the_same_units(database: Database) -> None:
    assert took(database, "attempt-1", 1) == took(database, "attempt-1", 1) == (0,)
    assert state(database).used == 1


def test_all_or_none(database: Database) -> None:
    took(database, "attempt-1", 1)

    with pytest.raises(NoFreeUnits):
        took(database, "attempt-2", 2)
    assert state(database).used == 1


def test_what_was_given_back_is_free_once(database: Database) -> None:
    took(database, "attempt-1", 1)
    took(database, "attempt-2", 1)

    freed = [database.write_sync(lambda tx: give_back(tx, "attempt-1")) for _ in range(2)]

    assert freed == [1, 0]
    assert took(database, "attempt-3", 1) == (0,)


def test_an_unknown_pool_has_nothing(database: Database) -> None:
    with pytest.raises(NoFreeUnits):
        took(database, "attempt-1", 1, pool="h100")


def test_the_database_refuses_a_unit_that_is_taken(database: Database) -> None:
    database.write_sync(lambda tx: store.add_units(tx, "sim", "attempt-1", [0]))

    with pytest.raises(Exception, match=r"UNIQUE|unique|Duplicate"):
        database.write_sync(lambda tx: store.add_units(tx, "sim", "attempt-2", [0]))


async def test_sixty_four_takers_at_once_share_two_units(database: Database) -> None:
    async def one(n: int) -> int:
        try:
            return len(await database.write(lambda tx: take(tx, pool="sim", holder=f"attempt-{n}", units=1)))
        except NoFreeUnits:
            return 0

    assert sum(await asyncio.gather(*map(one, range(64)))) == 2


def test_cores_are_handed_out_several_times_on_a_small_machine(database: Database) -> None:
    assert state(database, "cpu").total == 8
    assert took(database, "attempt-1", 3, pool="cpu") == (0, 1, 2)


def test_a_smaller_pool_has_no_negative_room(database: Database, site) -> None:
    took(database, "attempt-1", 2)
    smaller = replace(
        site, pools=tuple(replace(p, total_units=1) if p.name == "sim" else p for p in site.pools)
    )
    database.write_sync(lambda tx: apply_site(tx, smaller))

    assert (state(database).free, state(database).used) == (0, 2)


def test_the_same_site_again_changes_nothing(database: Database, site) -> None:
    before = database.read_sync(lambda c: (profiles(c), pool_state(c)))
    database.write_sync(lambda tx: apply_site(tx, site))

    assert database.read_sync(lambda c: (profiles(c), pool_state(c))) == before


def test_a_profile_that_is_sold_no_more_stays_known(database: Database, site) -> None:
    only_cpu = replace(site, profiles=site.profiles[:1])
    database.write_sync(lambda tx: apply_site(tx, only_cpu))

    assert [p.name for p in database.read_sync(profiles)] == ["cpu"]
    assert database.read_sync(lambda c: profile(c, "sim-gpu")).label == "Simulated GPU"
    assert database.read_sync(lambda c: profile(c, "absent")) is None


def test_a_pool_that_is_gone_hands_out_nothing(database: Database, machine) -> None:
    database.write_sync(lambda tx: apply_site(tx, default_site(machine)))

    with pytest.raises(NoFreeUnits):
        took(database, "attempt-1", 1)


def test_the_order_of_the_file_is_the_order_of_the_profiles(database: Database, machine) -> None:
    text = "pools: {cpu: {kind: cpu}}\nprofiles: {zeta: {pool: cpu}, alpha: {pool: cpu}}"
    database.write_sync(lambda tx: apply_site(tx, parse_site(text, machine=machine)))

    assert [p.name for p in database.read_sync(profiles)] == ["zeta", "alpha"]
