"""Money with several writers: what is unique is entered once, what is there is held once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
from hubkin_billing import HoldRequest, Tariff, UsageRecord
from hubkin_kit.clock import HOUR
from hubkin_kit.database import Database, Transaction

YUAN = 1_000_000
ADA = "user-ada"
GPU = Tariff("tariff-gpu", "sim-gpu", 2 * YUAN, 0)
Work = Callable[[Transaction], Any]


async def at_once(writers: list[Database], works: list[Work]) -> list[Any]:
    """Do all of it, shared out over the writers, and return what each returned or raised."""
    calls = (writers[n % len(writers)].write(work) for n, work in enumerate(works))
    return await asyncio.gather(*calls, return_exceptions=True)


def give(database: Database, micros: int, owner: str = ADA) -> None:
    database.write_sync(lambda tx: billing.top_up(tx, owner, micros, note="n", actor="admin", key=owner))


def account(database: Database, owner: str = ADA) -> tuple[int, int]:
    found = database.read_sync(lambda c: billing.usage(c, owner, month_start=0)).balance
    return found.balance_micros, found.held_micros


def is_clean(database: Database) -> bool:
    return database.read_sync(billing.audit).complaints == ()


def used(n: int, subject: str = "job-1", owner: str = ADA) -> UsageRecord:
    key = (f"attempt-of-{subject}", "main", n)
    return UsageRecord.of_time(
        key, owner_id=owner, subject=subject, units=1, from_at=n * HOUR, to_at=(n + 1) * HOUR
    )


async def test_of_sixty_four_holds_against_one_first_hour_exactly_one_is_placed(
    writers: list[Database],
) -> None:
    give(writers[0], 2 * YUAN)

    def wish(n: int) -> Work:
        return lambda tx: billing.place_holds(tx, [HoldRequest(ADA, f"job-{n}", 2 * YUAN, ADA)])[0]

    answers = await at_once(writers, [wish(n) for n in range(64)])

    assert sum(isinstance(answer, billing.Hold) for answer in answers) == 1
    assert sum(isinstance(answer, billing.BalanceLow) for answer in answers) == 63
    assert account(writers[0]) == (2 * YUAN, 2 * YUAN)
    assert is_clean(writers[0])


async def test_batches_over_the_same_owners_in_any_order_neither_deadlock_nor_overspend(
    writers: list[Database],
) -> None:
    owners = [f"user-{n}" for n in range(6)]
    for owner in owners:
        give(writers[0], 10 * YUAN, owner)
    chance = random.Random(7)

    def batch(n: int) -> Work:
        order = chance.sample(owners, len(owners))
        wishes = [HoldRequest(owner, f"job-{n}-{owner}", YUAN, owner) for owner in order]
        return lambda tx: billing.place_holds(tx, wishes)

    answers = await at_once(writers, [batch(n) for n in range(20)])

    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert [account(writers[0], owner) for owner in owners] == [(10 * YUAN, 10 * YUAN)] * 6
    assert is_clean(writers[0])


async def test_a_usage_record_that_everybody_sends_is_charged_once(writers: list[Database]) -> None:
    give(writers[0], 50 * YUAN)
    works: list[Work] = [lambda tx, n=n: billing.record(tx, used(n % 5), GPU) for n in range(40)]

    charges = await at_once(writers, works)

    assert set(charges) == {2 * YUAN}
    assert account(writers[0]) == (40 * YUAN, 0)
    assert is_clean(writers[0])


async def test_a_top_up_that_everybody_sends_is_put_on_once(writers: list[Database]) -> None:
    def click(tx: Transaction) -> int:
        return billing.top_up(tx, ADA, 5 * YUAN, note="n", actor="admin", key="k").id

    assert len(set(await at_once(writers, [click] * 16))) == 1
    assert account(writers[0]) == (5 * YUAN, 0)
    assert is_clean(writers[0])


async def test_ending_renewing_and_metering_at_once_leave_the_books_clean(writers: list[Database]) -> None:
    give(writers[0], 100 * YUAN)
    hold = writers[0].write_sync(
        lambda tx: billing.open_hold(tx, owner_id=ADA, subject="job-1", amount_micros=20 * YUAN, actor=ADA)
    )
    works: list[Work] = [lambda tx, n=n: billing.record(tx, used(n), GPU) for n in range(10)]
    works += [lambda tx: billing.renew(tx, hold.id, 30 * YUAN)] * 6
    works += [lambda tx: billing.settle(tx, hold.id)] * 6
    random.Random(7).shuffle(works)

    answers = await at_once(writers, works)

    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert account(writers[0]) == (80 * YUAN, 0)
    assert is_clean(writers[0])


async def test_a_refund_that_everybody_sends_is_given_once(writers: list[Database]) -> None:
    give(writers[0], 10 * YUAN)
    writers[0].write_sync(lambda tx: billing.record(tx, used(0), GPU))

    def back(n: int) -> Work:
        return lambda tx: billing.refund(
            tx, owner_id=ADA, subject="job-1", note="n", actor="system", key=f"k{n % 2}"
        )

    answers = await at_once(writers, [back(n) for n in range(16)])

    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert account(writers[0]) == (10 * YUAN, 0)
    assert is_clean(writers[0])


async def test_units_that_everybody_wants_go_to_one_each(writers: list[Database]) -> None:
    site = resources.demo_site(resources.Machine(cores=2, memory_bytes=8 << 30))
    writers[0].write_sync(lambda tx: resources.apply_site(tx, site))

    def take(n: int) -> Work:
        return lambda tx: resources.take(tx, pool="sim", holder=f"attempt-{n}", units=1)

    answers = await at_once(writers, [take(n) for n in range(32)])

    assert sorted(answer for answer in answers if isinstance(answer, tuple)) == [(0,), (1,)]
    assert sum(isinstance(answer, resources.NoFreeUnits) for answer in answers) == 30


async def test_a_newcomer_whom_everybody_meets_first_gets_one_id(writers: list[Database]) -> None:
    model = {"kind": "user", "name": "ada", "created": "2026-11-01T08:00:00Z", "groups": ["lab", "nlp"]}
    people = await asyncio.gather(
        *(users.identify(writers[n % len(writers)], model) for n in range(16)), return_exceptions=True
    )

    assert len({person.user_id for person in people}) == 1
    assert {tuple(g.name for g in person.groups) for person in people} == {("lab", "nlp")}


async def test_the_whole_store_works_on_this_database(writers: list[Database]) -> None:
    """Every query at least once: what SQLite takes and another database does not shows here."""
    site = resources.demo_site(resources.Machine(cores=2, memory_bytes=8 << 30))

    def compose(tx: Transaction) -> None:
        resources.apply_site(tx, site)
        resources.apply_site(tx, site)
        users.set_roles(tx, site.groups)
        users.set_entitlements(tx, {**site.entitlements, "sim-gpu": ("vision-lab",)})
        billing.set_prices(tx, site.prices)

    database = writers[0]
    database.write_sync(compose)
    lea = await users.identify(database, {"kind": "user", "name": "lea", "groups": ["vision-lab"]})
    database.write_sync(lambda tx: users.set_preferences(tx, lea.user_id, language="zh"))
    database.write_sync(lambda tx: billing.open_with(tx, lea.user_id, 10 * YUAN))
    hold = database.write_sync(
        lambda tx: billing.open_hold(tx, owner_id=lea.user_id, subject="job-1", amount_micros=YUAN, actor="a")
    )
    database.write_sync(lambda tx: billing.set_per_hour(tx, hold.id, 2 * YUAN))
    database.write_sync(lambda tx: billing.fill(tx, hold.id, 3 * YUAN))
    database.write_sync(lambda tx: billing.record(tx, used(0, owner=lea.user_id), GPU))
    database.write_sync(lambda tx: users.mirror(tx, [{"kind": "user", "name": "bob", "groups": []}]))

    seen = database.read_sync(
        lambda c: (
            billing.usage(c, lea.user_id, month_start=0),
            billing.accounts(c, [lea.user_id], month_start=0),
            billing.statement(c, lea.user_id, limit=5),
            billing.charged(c, ["job-1"]),
            billing.charge_of(c, "attempt-of-job-1"),
            billing.open_holds(c, ["job-1"]),
            billing.tariff_at(c, "sim-gpu", database.clock.now()),
            users.may_use(c, lea.owners, "sim-gpu"),
            [owner.name for owner in users.all_owners(c)],
            users.find_owner(c, "vision-lab"),
            resources.profiles(c),
            resources.pool_state(c),
            resources.profile(c, "cpu"),
        )
    )

    assert seen[0].balance.balance_micros == 8 * YUAN
    assert seen[0].lasts_seconds == 4 * 3600
    assert seen[3:5] == ({"job-1": 2 * YUAN}, 2 * YUAN)
    assert seen[7]
    assert seen[8] == ["bob", "lea", "vision-lab"]
    assert is_clean(database)
