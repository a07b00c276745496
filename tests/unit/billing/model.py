"""Books in a few lines of arithmetic, and a machine that does the same to them and to the real ones."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hubkin_billing import (
    BalanceLow,
    RefundTooLarge,
    Tariff,
    UsageRecord,
    audit,
    charged,
    fill,
    open_hold,
    record,
    refund,
    renew,
    settle,
    top_up,
    usage,
)
from hubkin_kit.clock import HOUR, SECOND
from hubkin_kit.database import Database
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

OWNERS = ("group-lab", "user-ada", "user-bob")
TARIFF = Tariff("tariff-1", "sim-gpu", 7_333_333, 0)
HOUR_OF_TWO = 2 * TARIFF.micros_per_unit_hour


class Ledger(RuleBasedStateMachine):
    """Accounts under top-ups, holds, renewals, usage, settlement, refunds; each sometimes repeated."""

    jobs = Bundle("jobs")
    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self.folder.name)}/books.sqlite", readers=1)
        self.create(self.database)
        self.balance = dict.fromkeys(OWNERS, 0)
        self.held: dict[str, int] = {}
        self.paid: dict[str, int] = {}
        self.owner: dict[str, str] = {}
        self.count: dict[str, int] = {}
        self.done: list[tuple[Callable[..., Any], object]] = []
        self.calls = 0

    def create(self, database: Database) -> None:
        """Make the tables; a planted bug makes them otherwise."""
        database.create_all()

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def do(self, work: Callable[..., Any]) -> Any:
        return self.database.write_sync(work)

    def once(self, work: Callable[..., Any]) -> Any:
        """Do something that may be repeated later, when it must have no effect."""
        answer = self.do(work)
        self.done.append((work, answer))
        return answer

    def available(self, owner: str) -> int:
        return self.balance[owner] - sum(m for job, m in self.held.items() if self.owner[job] == owner)

    @rule(owner=st.sampled_from(OWNERS), micros=st.integers(1, 3 * HOUR_OF_TWO))
    def put_money_on(self, owner: str, micros: int) -> None:
        self.calls += 1
        key = f"key-{self.calls}"
        self.once(lambda tx: top_up(tx, owner, micros, note="n", actor="user-admin", key=key))
        self.balance[owner] += micros

    @rule(target=running, owner=st.sampled_from(OWNERS), micros=st.integers(1, 2 * HOUR_OF_TWO))
    def begin(self, owner: str, micros: int) -> Any:
        self.calls += 1
        job = f"job-{self.calls}"
        fits = micros <= self.available(owner)
        try:
            made = self.do(
                lambda tx: open_hold(tx, owner_id=owner, subject=job, amount_micros=micros, actor=owner)
            )
        except BalanceLow:
            assert not fits
            return multiple()
        assert fits
        self.owner[job], self.held[job], self.paid[job], self.count[job] = owner, micros, 0, 0
        return made

    @rule(made=running, micros=st.integers(0, 3 * HOUR_OF_TWO))
    def renew(self, made: Any, micros: int) -> None:
        job = made.subject
        missing = micros - self.held[job]
        fits = missing <= 0 or missing <= self.available(made.owner_id)
        assert self.do(lambda tx: renew(tx, made.id, micros)) == fits
        if fits and missing > 0:
            self.held[job] = micros

    @rule(made=running, micros=st.integers(0, 3 * HOUR_OF_TWO))
    def fill(self, made: Any, micros: int) -> None:
        job = made.subject
        more = max(0, min(micros - self.held[job], self.available(made.owner_id)))
        self.held[job] += more
        assert self.do(lambda tx: fill(tx, made.id, micros)) == self.held[job]

    @rule(made=running, seconds=st.integers(0, 7200), units=st.integers(1, 3))
    def use(self, made: Any, seconds: int, units: int) -> None:
        job = made.subject
        at = self.count[job] * HOUR
        used = UsageRecord.of_time(
            (f"attempt-{job}", "main/0", self.count[job]),
            owner_id=made.owner_id,
            subject=job,
            units=units,
            from_at=at,
            to_at=at + seconds * SECOND,
        )
        charge = self.once(lambda tx: record(tx, used, TARIFF))
        self.count[job] += 1
        self.balance[made.owner_id] -= charge
        self.paid[job] += charge
        self.held[job] = max(0, self.held[job] - charge)
        assert abs(charge - seconds * units * TARIFF.micros_per_unit_hour / 3600) <= 1

    @rule(target=jobs, made=consumes(running))
    def end(self, made: Any) -> Any:
        released = self.do(lambda tx: settle(tx, made.id))
        assert released == self.held[made.subject]
        self.held[made.subject] = 0
        return made

    @rule(made=jobs)
    def end_again(self, made: Any) -> None:
        assert self.do(lambda tx: settle(tx, made.id)) == 0
        assert not self.do(lambda tx: renew(tx, made.id, 10**12))

    @rule(made=jobs | running, share=st.integers(0, 12))
    def give_back(self, made: Any, share: int) -> None:
        job = made.subject
        amount = self.paid[job] * share // 10
        if not amount:
            return
        self.calls += 1
        key = f"key-{self.calls}"

        def work(tx: Any) -> Any:
            return refund(
                tx,
                owner_id=made.owner_id,
                subject=job,
                amount_micros=amount,
                note="n",
                actor="system",
                key=key,
            )

        try:
            self.once(work)
        except RefundTooLarge:
            assert amount > self.paid[job]
            return
        assert amount <= self.paid[job]
        self.paid[job] -= amount
        self.balance[made.owner_id] += amount

    @rule(which=st.integers(0, 10**6))
    def repeat_something(self, which: int) -> None:
        if self.done:
            work, answer = self.done[which % len(self.done)]
            again = self.do(work)
            self.check(self.database.read_sync(audit).complaints)
            assert again == answer

    @invariant()
    def the_books_are_the_models(self) -> None:
        self.check(self.database.read_sync(audit).complaints)
        for owner in OWNERS:
            found = self.database.read_sync(lambda c, o=owner: usage(c, o, month_start=0)).balance
            held = sum(m for job, m in self.held.items() if self.owner[job] == owner)
            assert (found.balance_micros, found.held_micros) == (self.balance[owner], held)
        seen = self.database.read_sync(lambda c: charged(c, list(self.paid)))
        assert {job: micros for job, micros in self.paid.items() if micros} == {
            job: micros for job, micros in seen.items() if micros
        }

    def check(self, complaints: tuple[str, ...]) -> None:
        assert complaints == (), "; ".join(complaints)
