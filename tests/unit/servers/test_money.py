"""What a notebook server costs: what was seen to run, and not a minute more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import pytest
from hubkin import wire
from hubkin_kit import leases
from hubkin_kit.clock import HOUR, SECOND
from hubkin_kit.database import Database
from hubkin_kit.money import MICROS
from hubkin_servers import service, store
from hubkin_servers.controllers import controllers, look_at, take_in
from hubkin_servers.errors import NoRoom, NotEntitled

from tests.support.clock import HandClock

METER_SECONDS = 30


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(database_url: str, clock: HandClock) -> Iterator[Database]:
    database = Database(database_url, clock=clock)
    database.create_all()
    site = resources.demo_site(resources.Machine(cores=2, memory_bytes=8 << 30))

    def compose(tx) -> None:
        resources.apply_site(tx, site)
        billing.set_prices(tx, site.prices)
        users.set_entitlements(tx, site.entitlements)
        billing.open_with(tx, users.ensure_owner(tx, "ada", users.OwnerKind.USER).id, 10 * MICROS)

    database.write_sync(compose)
    yield database
    database.close()


@pytest.fixture
def look(database: Database) -> Callable[[], list[tuple[str, str]]]:
    """Look at all servers, as one process does that remembers what it saw."""
    alive_at: dict[str, int] = {}

    def once() -> list[tuple[str, str]]:
        # The lease runs out whenever a test puts the clock forward.
        lease = database.write_sync(lambda tx: leases.acquire(tx, "servers", "test"))
        seen = look_at(database.read_sync(store.live))
        return database.write_sync(partial(take_in, lease, METER_SECONDS, alive_at, seen))

    return once


def gate(spawn_id: str = "spawn-1", profile: str = "sim-gpu", units: int = 1) -> wire.GateRequest:
    return wire.GateRequest(user="ada", server_name="", spawn_id=spawn_id, profile=profile, units=units)


def asked(database: Database, request: wire.GateRequest) -> wire.GateAnswer:
    return database.write_sync(lambda tx: service.ask(tx, request, unit="CNY", language="en"))


def runs(database: Database, pid: int, **request) -> str:
    server_id = asked(database, gate(**request)).server_id
    facts = wire.ServerFacts(state="running", pid=pid, start_time=None)
    database.write_sync(lambda tx: service.report(tx, server_id, facts))
    return server_id


def row(database: Database, server_id: str):
    return database.read_sync(lambda c: store.get(c, server_id))


def account(database: Database) -> tuple[int, int]:
    owner = database.read_sync(lambda c: users.find_owner(c, "ada")).id
    found = database.read_sync(lambda c: billing.usage(c, owner, month_start=0)).balance
    return found.balance_micros, found.held_micros


def passes(clock: HandClock, look, *, seconds: int) -> None:
    for _ in range(seconds // 10):
        clock.at += 10 * SECOND
        look()


def test_a_server_is_charged_while_its_process_lives(database: Database, clock, look) -> None:
    server_id = runs(database, os.getpid())
    passes(clock, look, seconds=600)

    assert row(database, server_id)["charged_micros"] == pytest.approx(MICROS // 3, abs=20)
    assert account(database)[1] > 0
    assert database.read_sync(billing.audit).is_clean


async def test_a_night_in_which_the_machine_slept_is_free(database: Database, clock) -> None:
    async def stop(user: str, name: str) -> bool:
        raise AssertionError("nobody's money has run out")

    watcher = controllers(database, stop, meter_seconds=METER_SECONDS)[0]
    server_id = runs(database, os.getpid())
    for asleep in (0, 8 * HOUR):
        clock.slept += asleep
        for _ in range(30):
            lease = await database.write(lambda tx: leases.acquire(tx, "servers", "test"))
            await watcher.step(lease)
            clock.at += 10 * SECOND
    await watcher.step(await database.write(lambda tx: leases.acquire(tx, "servers", "test")))

    assert row(database, server_id)["charged_micros"] == pytest.approx(MICROS // 3, abs=20)
    assert database.read_sync(billing.audit).is_clean


def test_a_process_that_died_while_nobody_looked_is_not_charged_for_that_time(
    database: Database, clock, look
) -> None:
    server_id = runs(database, 2**22 + 1)
    clock.at += 8 * HOUR

    look()

    assert row(database, server_id)["state"] == "stopped"
    assert row(database, server_id)["charged_micros"] == 0
    assert account(database) == (10 * MICROS, 0)


def test_a_server_that_is_spawned_again_leaves_no_bill_for_the_gap(database: Database, clock) -> None:
    old = runs(database, os.getpid())
    clock.at += 8 * HOUR

    runs(database, os.getpid(), spawn_id="spawn-2")

    assert row(database, old)["charged_micros"] == 0
    assert account(database) == (10 * MICROS, 2 * MICROS)


def test_the_same_spawn_asked_for_twice_is_held_for_once(database: Database) -> None:
    one, other = asked(database, gate()), asked(database, gate())

    assert one == other
    assert account(database) == (10 * MICROS, 2 * MICROS)


def test_an_end_reported_twice_is_settled_once(database: Database, clock) -> None:
    server_id = runs(database, os.getpid())
    clock.at += 360 * SECOND
    facts = wire.ServerFacts(state="stopped")
    for _ in range(2):
        database.write_sync(lambda tx: service.report(tx, server_id, facts))
        clock.at += HOUR

    assert account(database) == (10 * MICROS - MICROS // 5, 0)
    assert database.read_sync(billing.audit).is_clean


def test_a_server_whose_money_runs_out_is_named_before_it_is_owed_for(
    database: Database, clock, look
) -> None:
    server_id = runs(database, os.getpid(), units=2)
    broke: list[tuple[str, str]] = []
    while not broke:
        clock.at += 10 * SECOND
        broke = look()

    assert broke == [("ada", "")]
    assert abs(account(database)[0]) <= 2 * 2 * MICROS * METER_SECONDS // 3600
    assert row(database, server_id)["state"] == "running"


def test_a_start_that_never_came_gives_everything_back(database: Database, clock, look) -> None:
    asked(database, gate())
    clock.at += HOUR

    look()

    assert account(database) == (10 * MICROS, 0)
    assert database.read_sync(resources.pool_state)["sim"].free == 2


def test_a_refusal_leaves_no_trace(database: Database) -> None:
    with pytest.raises(NoRoom):
        asked(database, gate(units=3))
    with pytest.raises(NotEntitled):
        asked(database, gate(profile="h100"))
    with pytest.raises(billing.BalanceLow):
        database.write_sync(
            lambda tx: service.ask(
                tx,
                wire.GateRequest(user="bob", server_name="", spawn_id="s", profile="sim-gpu"),
                unit="CNY",
                language="en",
            )
        )

    assert account(database) == (10 * MICROS, 0)
    assert database.read_sync(resources.pool_state)["sim"].free == 2
