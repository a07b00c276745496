"""The hourly checks, on the whole platform's database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hubkin_kit import idempotency, journal, leases, telemetry
from hubkin_platform import upkeep

from tests.http.small_hub import SmallHub
from tests.http.whole import Whole


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


async def step(whole: Whole) -> None:
    lease = await whole.database.write(lambda tx: leases.acquire(tx, "test", "me"))
    assert lease is not None
    await upkeep.controller(whole.database).step(lease)


def findings(where: str) -> float:
    return telemetry.registry.get_sample_value("hubkin_findings_total", {"where": where}) or 0.0


async def test_sound_books_and_an_untouched_journal_raise_no_alarm(whole: Whole) -> None:
    before = findings("books"), findings("journal")
    await whole.ask("ada", "POST", "/jobs", {"spec": {"run": "true"}})

    await step(whole)

    assert (findings("books"), findings("journal")) == before


async def test_a_changed_ledger_raises_an_alarm(whole: Whole) -> None:
    before = findings("books")
    await whole.database.write(
        lambda tx: tx.connection.exec_driver_sql(
            "update billing_entries set amount_micros = amount_micros + 1 where amount_micros > 0"
        )
    )

    await step(whole)

    assert findings("books") > before


async def test_a_changed_journal_raises_an_alarm(whole: Whole) -> None:
    before = findings("journal")
    await whole.database.write(journal.sequence)
    audit = next(c for c in whole.platform.controllers if c.name == "records-audit")
    lease = await whole.database.write(lambda tx: leases.acquire(tx, "test", "me"))
    assert lease is not None
    await audit.step(lease)
    await whole.database.write(
        lambda tx: tx.connection.exec_driver_sql("update kit_journal set body = '{}' where seq = 1")
    )

    await step(whole)

    assert findings("journal") == before + 1


async def test_keys_of_yesterday_are_forgotten(whole: Whole) -> None:
    await whole.ask("ada", "POST", "/jobs", {"spec": {"run": "true"}}, headers={"Idempotency-Key": "k"})
    await whole.database.write(
        lambda tx: tx.connection.exec_driver_sql("update kit_idempotency set at = at - 90000000000")
    )

    await step(whole)

    left = await whole.database.read(lambda c: idempotency.find_all(c, [("user-x", "k")]))
    rows = await whole.database.read(
        lambda c: c.exec_driver_sql("select count(*) from kit_idempotency").scalar()
    )
    assert (left, rows) == ({}, 0)
