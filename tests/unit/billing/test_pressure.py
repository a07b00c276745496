"""Many at once."""

from __future__ import annotations

import asyncio

from hubkin_billing import (
    BalanceLow,
    HoldRequest,
    Tariff,
    UsageRecord,
    audit,
    open_hold,
    place_holds,
    record,
    settle,
    top_up,
    usage,
)
from hubkin_kit.batch import Batcher
from hubkin_kit.clock import HOUR
from hubkin_kit.database import Database

YUAN = 1_000_000
GPU = Tariff("tariff-gpu", "sim-gpu", 2 * YUAN, 0)


def give(database: Database, micros: int) -> None:
    database.write_sync(lambda tx: top_up(tx, "user-ada", micros, note="n", actor="user-admin", key="k"))


def balance(database: Database) -> tuple[int, int]:
    found = database.read_sync(lambda c: usage(c, "user-ada", month_start=0)).balance
    return found.balance_micros, found.held_micros


async def test_of_sixty_four_holds_at_once_against_one_first_hour_exactly_one_is_placed(
    database: Database,
) -> None:
    give(database, 2 * YUAN)

    async def one(n: int) -> bool:
        try:
            await database.write(
                lambda tx: open_hold(
                    tx, owner_id="user-ada", subject=f"job-{n}", amount_micros=2 * YUAN, actor="user-ada"
                )
            )
        except BalanceLow:
            return False
        return True

    assert sum(await asyncio.gather(*map(one, range(64)))) == 1
    assert balance(database) == (2 * YUAN, 2 * YUAN)
    assert database.read_sync(audit).is_clean


async def test_of_sixty_four_holds_in_batches_exactly_one_is_placed(database: Database) -> None:
    give(database, 2 * YUAN)
    batcher = Batcher(database, place_holds)
    wishes = [HoldRequest("user-ada", f"job-{n}", 2 * YUAN, "user-ada") for n in range(64)]

    answers = await asyncio.gather(*map(batcher.ask, wishes))

    assert [isinstance(answer, BalanceLow) for answer in answers].count(False) == 1
    assert database.read_sync(audit).is_clean


async def test_a_top_up_that_is_clicked_many_times_is_put_on_once(database: Database) -> None:
    async def click(_: int) -> int:
        line = await database.write(
            lambda tx: top_up(tx, "user-ada", 5 * YUAN, note="n", actor="user-admin", key="k")
        )
        return line.id

    assert len(set(await asyncio.gather(*map(click, range(32))))) == 1
    assert balance(database) == (5 * YUAN, 0)


async def test_ending_while_metering_neither_loses_nor_doubles_anything(database: Database) -> None:
    give(database, 50 * YUAN)
    hold = database.write_sync(
        lambda tx: open_hold(
            tx, owner_id="user-ada", subject="job-1", amount_micros=20 * YUAN, actor="user-ada"
        )
    )

    def used(n: int) -> UsageRecord:
        return UsageRecord.of_time(
            ("attempt-1", "main/0", n),
            owner_id="user-ada",
            subject="job-1",
            units=1,
            from_at=n * HOUR,
            to_at=(n + 1) * HOUR,
        )

    meter = [database.write(lambda tx, n=n % 10: record(tx, used(n), GPU)) for n in range(40)]
    ends = [database.write(lambda tx: settle(tx, hold.id)) for _ in range(5)]
    await asyncio.gather(*(call for pair in zip(meter[:5], ends, strict=True) for call in pair), *meter[5:])

    assert balance(database) == (30 * YUAN, 0)
    assert database.read_sync(audit).is_clean
