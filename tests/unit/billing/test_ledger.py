"""Holds, usage, top-ups, refunds: what happens to an account."""

from __future__ import annotations

import pytest
from hubkin_billing import (
    AmountNotPositive,
    BalanceLow,
    HoldRequest,
    NoPrice,
    PriceTaken,
    RefundTooLarge,
    Tariff,
    UsageRecord,
    audit,
    charged,
    entries,
    fill,
    first_hold,
    month_start,
    open_hold,
    open_with,
    place_holds,
    record,
    record_all,
    refund,
    renew,
    renewal,
    set_per_hour,
    set_price,
    set_prices,
    settle,
    statement,
    store,
    tariff,
    tariff_at,
    top_up,
    usage,
)
from hubkin_kit.clock import HOUR, parse_rfc3339
from hubkin_kit.database import Database
from hubkin_kit.idempotency import KeyReused

YUAN = 1_000_000
ADA = "user-ada"
GPU = Tariff("tariff-gpu", "sim-gpu", 2 * YUAN, 0)


def give(database: Database, micros: int, owner: str = ADA, key: str = "k1"):
    return database.write_sync(
        lambda tx: top_up(tx, owner, micros, note="contract 17", actor="user-admin", key=key)
    )


def hold_of(database: Database, micros: int, subject: str = "job-1", owner: str = ADA):
    return database.write_sync(
        lambda tx: open_hold(tx, owner_id=owner, subject=subject, amount_micros=micros, actor=owner)
    )


def hours(
    n: int = 0, *, hours: float = 1, owner: str = ADA, subject: str = "job-1", units: int = 1
) -> UsageRecord:
    return UsageRecord.of_time(
        (f"attempt-of-{subject}", "main/0", n),
        owner_id=owner,
        subject=subject,
        units=units,
        from_at=n * HOUR,
        to_at=n * HOUR + int(hours * HOUR),
    )


def account(database: Database, owner: str = ADA) -> tuple[int, int]:
    found = database.read_sync(lambda c: usage(c, owner, month_start=0)).balance
    return found.balance_micros, found.held_micros


def complaints(database: Database) -> tuple[str, ...]:
    return database.read_sync(audit).complaints


def test_a_top_up_says_who_why_and_the_balance_before_and_after(database: Database) -> None:
    give(database, 5 * YUAN, key="k1")
    line = give(database, 7 * YUAN, key="k2")

    assert (line.balance_before_micros, line.balance_after_micros) == (5 * YUAN, 12 * YUAN)
    assert (line.note, line.actor, line.kind) == ("contract 17", "user-admin", "topup")
    assert complaints(database) == ()


def test_a_repeated_top_up_is_the_first_one(database: Database) -> None:
    first = give(database, 5 * YUAN)
    again = give(database, 5 * YUAN)

    assert again == first
    assert account(database) == (5 * YUAN, 0)


def test_a_key_that_put_up_something_else_is_refused(database: Database) -> None:
    give(database, 5 * YUAN)

    with pytest.raises(KeyReused):
        give(database, 6 * YUAN)
    with pytest.raises(KeyReused):
        give(database, 5 * YUAN, owner="user-bob")
    assert account(database) == (5 * YUAN, 0)
    assert account(database, "user-bob") == (0, 0)


def test_an_opening_balance_comes_once_whatever_the_site_file_says_later(database: Database) -> None:
    times = [database.write_sync(lambda tx, m=m: open_with(tx, ADA, m * YUAN)) for m in (0, 5, 5, 9)]

    assert times == [False, True, False, False]
    assert account(database) == (5 * YUAN, 0)


@pytest.mark.parametrize("micros", [0, -1, -5 * YUAN])
def test_an_amount_that_is_not_positive_is_refused(database: Database, micros: int) -> None:
    with pytest.raises(AmountNotPositive):
        give(database, micros)


def test_a_hold_leaves_the_balance_and_lessens_what_is_available(database: Database) -> None:
    give(database, 5 * YUAN)
    hold_of(database, 4 * YUAN)

    assert account(database) == (5 * YUAN, 4 * YUAN)


def test_a_hold_that_does_not_fit_is_refused_with_its_numbers(database: Database) -> None:
    give(database, 5 * YUAN)
    hold_of(database, 4 * YUAN)

    with pytest.raises(BalanceLow) as refusal:
        hold_of(database, 4 * YUAN, subject="job-2")
    assert refusal.value.params == {"hold": "4.00", "balance": "1.00", "missing": "3.00", "owner": ADA}
    assert account(database) == (5 * YUAN, 4 * YUAN)


def test_holds_are_decided_in_order_of_arrival(database: Database) -> None:
    give(database, 5 * YUAN)
    wishes = [HoldRequest(ADA, f"job-{n}", amount * YUAN, ADA) for n, amount in enumerate([3, 3, 2, 1])]

    answers = database.write_sync(lambda tx: place_holds(tx, wishes))

    assert [isinstance(answer, BalanceLow) for answer in answers] == [False, True, False, True]
    assert account(database) == (5 * YUAN, 5 * YUAN)
    assert complaints(database) == ()


def test_one_owners_shortage_is_not_anothers(database: Database) -> None:
    give(database, 5 * YUAN)
    wishes = [HoldRequest("user-bob", "job-1", YUAN, "user-bob"), HoldRequest(ADA, "job-2", YUAN, ADA)]

    refused, made = database.write_sync(lambda tx: place_holds(tx, wishes))

    assert isinstance(refused, BalanceLow)
    assert made.owner_id == ADA


def test_a_subject_has_one_open_hold(database: Database) -> None:
    give(database, 5 * YUAN)
    first = hold_of(database, YUAN)

    with pytest.raises(Exception, match=r"UNIQUE|unique|Duplicate"):
        hold_of(database, YUAN)
    database.write_sync(lambda tx: settle(tx, first.id))
    hold_of(database, YUAN)
    assert account(database) == (5 * YUAN, YUAN)


def test_usage_eats_the_hold_first(database: Database) -> None:
    give(database, 5 * YUAN)
    hold_of(database, 2 * YUAN)

    charge = database.write_sync(lambda tx: record(tx, hours(hours=0.5), GPU))

    assert charge == YUAN
    assert account(database) == (4 * YUAN, YUAN)
    assert complaints(database) == ()


def test_usage_beyond_the_hold_is_owed(database: Database) -> None:
    give(database, 2 * YUAN)
    hold_of(database, 2 * YUAN)

    database.write_sync(lambda tx: record(tx, hours(hours=1.5), GPU))

    assert account(database) == (-YUAN, 0)
    assert complaints(database) == ()


def test_a_record_that_comes_again_adds_nothing(database: Database) -> None:
    give(database, 9 * YUAN)
    first = database.write_sync(lambda tx: record(tx, hours(), GPU))
    again = database.write_sync(lambda tx: record_all(tx, [(hours(), GPU), (hours(), GPU)]))

    assert (first, again) == (2 * YUAN, [2 * YUAN, 2 * YUAN])
    assert account(database) == (7 * YUAN, 0)


def test_a_record_that_comes_again_with_another_quantity_changes_nothing(database: Database) -> None:
    give(database, 9 * YUAN)
    database.write_sync(lambda tx: record(tx, hours(), GPU))

    charge = database.write_sync(lambda tx: record(tx, hours(hours=3), GPU))

    assert charge == 2 * YUAN
    assert account(database) == (7 * YUAN, 0)


def test_twice_the_same_record_in_one_batch_is_one_charge(database: Database) -> None:
    charges = database.write_sync(
        lambda tx: record_all(tx, [(hours(0), GPU), (hours(0), GPU), (hours(1), GPU)])
    )

    assert charges == [2 * YUAN] * 3
    assert account(database) == (-4 * YUAN, 0)
    assert complaints(database) == ()


def test_free_usage_is_recorded_and_makes_no_line(database: Database) -> None:
    charge = database.write_sync(lambda tx: record(tx, hours(), Tariff("tariff-0", "cpu", 0, 0)))

    assert charge == 0
    assert database.read_sync(lambda c: entries(c, ADA)) == []
    assert complaints(database) == ()


def test_a_hold_of_another_owner_is_not_eaten(database: Database) -> None:
    give(database, 5 * YUAN)
    hold_of(database, 2 * YUAN)

    database.write_sync(lambda tx: record(tx, hours(owner="user-bob"), GPU))

    assert account(database) == (5 * YUAN, 2 * YUAN)
    assert account(database, "user-bob") == (-2 * YUAN, 0)
    assert complaints(database) == ()


def test_settling_releases_the_rest_once(database: Database) -> None:
    give(database, 5 * YUAN)
    made = hold_of(database, 2 * YUAN)
    database.write_sync(lambda tx: record(tx, hours(hours=0.25), GPU))

    released = [database.write_sync(lambda tx: settle(tx, made.id)) for _ in range(2)]

    assert released == [YUAN * 3 // 2, 0]
    assert account(database) == (YUAN * 9 // 2, 0)


@pytest.mark.parametrize(
    ("cap", "lasts_seconds", "held"),
    [
        (None, None, 2 * YUAN),
        (None, 7200, 2 * YUAN),
        (None, 3600, 2 * YUAN),
        (None, 1800, YUAN),
        (None, 1, 556),
        (None, 0, 0),
        (None, -5, 0),
        (YUAN // 2, 1800, YUAN // 2),
        (YUAN * 3, 1800, YUAN),
    ],
)
def test_what_is_set_aside_is_the_first_hour_or_less_when_it_cannot_cost_that_much(
    cap: int | None, lasts_seconds: int | None, held: int
) -> None:
    assert first_hold(2 * YUAN, cap, lasts_seconds=lasts_seconds) == held
    assert renewal(2 * YUAN, cap, 0, lasts_seconds=lasts_seconds) == held


def test_a_renewal_fills_the_hold_or_leaves_it(database: Database) -> None:
    give(database, 5 * YUAN)
    made = hold_of(database, 2 * YUAN)

    fits = database.write_sync(lambda tx: renew(tx, made.id, 5 * YUAN))
    does_not = database.write_sync(lambda tx: renew(tx, made.id, 5 * YUAN + 1))

    assert (fits, does_not) == (True, False)
    assert account(database) == (5 * YUAN, 5 * YUAN)
    assert complaints(database) == ()


def test_the_last_stretch_takes_what_is_there(database: Database) -> None:
    give(database, 5 * YUAN)
    made = hold_of(database, 2 * YUAN)

    filled = [database.write_sync(lambda tx, m=m: fill(tx, made.id, m * YUAN)) for m in (1, 4, 9, 9)]

    assert filled == [2 * YUAN, 4 * YUAN, 5 * YUAN, 5 * YUAN]
    assert account(database) == (5 * YUAN, 5 * YUAN)
    database.write_sync(lambda tx: settle(tx, made.id))
    assert database.write_sync(lambda tx: fill(tx, made.id, YUAN)) == 0
    assert complaints(database) == ()


def test_a_settled_hold_is_not_renewed(database: Database) -> None:
    give(database, 5 * YUAN)
    made = hold_of(database, 2 * YUAN)
    database.write_sync(lambda tx: settle(tx, made.id))

    assert not database.write_sync(lambda tx: renew(tx, made.id, YUAN))
    assert account(database) == (5 * YUAN, 0)


def test_a_refund_gives_back_what_was_paid_once(database: Database) -> None:
    give(database, 5 * YUAN)
    database.write_sync(lambda tx: record(tx, hours(), GPU))

    def back(tx):
        return refund(tx, owner_id=ADA, subject="job-1", note="node lost", actor="system", key="attempt-1")

    first, again = database.write_sync(back), database.write_sync(back)

    assert first == again
    assert account(database) == (5 * YUAN, 0)
    assert database.read_sync(lambda c: charged(c, ["job-1"])) == {"job-1": 0}
    assert complaints(database) == ()


def test_a_refund_never_exceeds_what_was_paid(database: Database) -> None:
    give(database, 9 * YUAN)
    database.write_sync(lambda tx: record(tx, hours(), GPU))

    def back(amount: int, key: str, owner: str = ADA):
        return database.write_sync(
            lambda tx: refund(
                tx, owner_id=owner, subject="job-1", amount_micros=amount, note="n", actor="system", key=key
            )
        )

    back(YUAN, "1")
    with pytest.raises(RefundTooLarge):
        back(YUAN + 1, "2")
    with pytest.raises(RefundTooLarge):
        back(1, "3", owner="user-bob")
    back(YUAN, "4")
    assert (
        database.write_sync(
            lambda tx: refund(tx, owner_id=ADA, subject="job-1", note="n", actor="s", key="5")
        )
        is None
    )
    assert account(database) == (9 * YUAN, 0)


def test_a_price_change_makes_a_tariff_and_leaves_the_frozen_one(database: Database, clock) -> None:
    old = database.write_sync(lambda tx: set_price(tx, "sim-gpu", 2 * YUAN))
    clock.at += 5
    new = database.write_sync(lambda tx: set_price(tx, "sim-gpu", 3 * YUAN))

    frozen = database.read_sync(lambda c: tariff(c, old.id))
    charge = database.write_sync(lambda tx: record(tx, hours(), frozen))

    assert charge == 2 * YUAN
    assert database.read_sync(lambda c: tariff_at(c, "sim-gpu", clock.at)) == new
    assert database.read_sync(lambda c: tariff_at(c, "sim-gpu", clock.at - 1)) == old


def test_the_same_prices_again_add_nothing(database: Database, clock) -> None:
    database.write_sync(lambda tx: set_prices(tx, {"cpu": 0, "sim-gpu": 2 * YUAN}))
    before = database.read_sync(lambda c: tariff_at(c, "sim-gpu", clock.at))
    clock.at += 5
    database.write_sync(lambda tx: set_prices(tx, {"cpu": 0, "sim-gpu": 2 * YUAN}))

    assert database.read_sync(lambda c: tariff_at(c, "sim-gpu", clock.at)) == before


def test_two_prices_cannot_begin_at_one_moment(database: Database) -> None:
    database.write_sync(lambda tx: set_price(tx, "sim-gpu", 2 * YUAN))

    with pytest.raises(PriceTaken):
        database.write_sync(lambda tx: set_price(tx, "sim-gpu", 3 * YUAN))


def test_a_profile_without_a_price_is_not_free(database: Database) -> None:
    with pytest.raises(NoPrice):
        database.read_sync(lambda c: tariff_at(c, "h100", 0))


def test_the_money_lasts_as_long_as_what_runs_allows(database: Database) -> None:
    give(database, 10 * YUAN)
    running = hold_of(database, 2 * YUAN)
    hold_of(database, 4 * YUAN, subject="job-waiting")
    database.write_sync(lambda tx: set_per_hour(tx, running.id, 2 * YUAN))

    seen = database.read_sync(lambda c: usage(c, ADA, month_start=0))

    assert (seen.per_hour_micros, seen.reserved_micros) == (2 * YUAN, 4 * YUAN)
    assert seen.lasts_seconds == 3 * 3600


def test_nothing_that_runs_costs_nothing_and_lasts_for_ever(database: Database) -> None:
    give(database, YUAN)

    assert database.read_sync(lambda c: usage(c, ADA, month_start=0)).lasts_seconds is None


def test_spent_this_month_counts_charges_less_refunds_since_the_first(database: Database, clock) -> None:
    give(database, 10 * YUAN)
    database.write_sync(lambda tx: record(tx, hours(0), GPU))
    clock.at += 5
    database.write_sync(lambda tx: record(tx, hours(1), GPU))
    database.write_sync(
        lambda tx: refund(tx, owner_id=ADA, subject="job-1", amount_micros=YUAN, note="n", actor="s", key="1")
    )

    assert database.read_sync(lambda c: usage(c, ADA, month_start=clock.at)).spent_micros == YUAN
    assert database.read_sync(lambda c: usage(c, ADA, month_start=0)).spent_micros == 3 * YUAN


def test_entries_come_newest_first_page_by_page(database: Database) -> None:
    for n in range(5):
        give(database, (n + 1) * YUAN, key=str(n))

    first = database.read_sync(lambda c: entries(c, ADA, limit=2))
    second = database.read_sync(lambda c: entries(c, ADA, limit=9, before_id=first[-1].id))

    assert [line.amount_micros // YUAN for line in first + second] == [5, 4, 3, 2, 1]
    assert database.read_sync(lambda c: entries(c, "user-bob")) == []


def test_what_one_job_used_between_two_bookings_is_one_line(database: Database) -> None:
    give(database, 9 * YUAN, key="1")
    for n in range(3):
        database.write_sync(lambda tx, n=n: record(tx, hours(n, hours=0.5), GPU))
        database.write_sync(lambda tx, n=n: record(tx, hours(n, hours=0.25, subject="job-2"), GPU))
    give(database, YUAN, key="2")
    database.write_sync(lambda tx: record(tx, hours(9), GPU))

    lines, rest = database.read_sync(lambda c: statement(c, ADA, limit=9))

    assert [(e.kind, e.subject, e.amount_micros * 10 // YUAN, e.count) for e in lines] == [
        ("usage", "job-1", -20, 1),
        ("topup", "", 10, 1),
        ("usage", "job-2", -15, 3),
        ("usage", "job-1", -30, 3),
        ("topup", "", 90, 1),
    ]
    assert rest is None
    assert sum(e.amount_micros for e in lines) == account(database)[0]


def test_pages_of_folded_lines_add_up_to_the_balance(database: Database) -> None:
    give(database, 9 * YUAN, key="1")
    for n in range(6):
        job = f"job-{n % 4}"
        database.write_sync(lambda tx, n=n, job=job: record(tx, hours(n, hours=0.5, subject=job), GPU))

    seen, cursor = [], None
    while True:
        lines, cursor = database.read_sync(lambda c, at=cursor: statement(c, ADA, limit=2, before_id=at))
        seen += lines
        assert len(lines) <= 2
        if cursor is None:
            break

    assert sum(e.amount_micros for e in seen) == account(database)[0]
    assert sum(e.count for e in seen) == 7


def test_a_folded_line_keeps_its_id_while_it_grows(database: Database) -> None:
    ids = set()
    for n in range(4):
        database.write_sync(lambda tx, n=n: record(tx, hours(n), GPU))
        ids.add(database.read_sync(lambda c: statement(c, ADA, limit=5))[0][0].transaction_id)

    assert len(ids) == 1


def test_an_owner_without_an_account_has_nothing(database: Database) -> None:
    seen = database.read_sync(lambda c: usage(c, "user-nobody", month_start=0))

    assert (seen.balance.balance_micros, seen.spent_micros, seen.entries) == (0, 0, ())


def test_a_month_begins_at_local_midnight(clock) -> None:
    now = parse_rfc3339("2026-11-30T17:00:00Z")

    assert month_start(now, "Asia/Shanghai") == parse_rfc3339("2026-12-01T00:00:00+08:00")
    assert month_start(now, "UTC") == parse_rfc3339("2026-11-01T00:00:00Z")


@pytest.mark.parametrize("wrong", [{"units": -1}, {"hours": -0.5}])
def test_negative_usage_cannot_be_made(wrong: dict) -> None:
    with pytest.raises(ValueError, match="negative usage"):
        hours(**wrong)


def test_a_failed_transaction_leaves_no_trace(database: Database) -> None:
    give(database, 5 * YUAN)

    def half(tx):
        open_hold(tx, owner_id=ADA, subject="job-1", amount_micros=YUAN, actor=ADA)
        record(tx, hours(), GPU)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write_sync(half)
    assert account(database) == (5 * YUAN, 0)
    assert complaints(database) == ()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE billing_accounts SET balance_micros = balance_micros + 1", "balance"),
        ("UPDATE billing_accounts SET held_micros = held_micros - 1", "held"),
        ("DELETE FROM billing_entries WHERE account_id = 'system-revenue'", "sums to"),
        ("UPDATE billing_usage_records SET charge_micros = charge_micros + 1", "billed other"),
        ("DELETE FROM billing_transactions WHERE kind = 'usage'", "billed other"),
        ("UPDATE billing_holds SET remaining_micros = remaining_micros + 7", "held"),
    ],
)
def test_the_audit_sees_damaged_books(database: Database, damage: str, says: str) -> None:
    give(database, 5 * YUAN)
    hold_of(database, 3 * YUAN)
    database.write_sync(lambda tx: record(tx, hours(), GPU))
    assert complaints(database) == ()

    database.write_sync(lambda tx: tx.connection.exec_driver_sql(damage))

    assert any(says in complaint for complaint in complaints(database))


def test_holding_more_than_there_is_fails_in_the_statement_itself(database: Database) -> None:
    give(database, 5 * YUAN)
    account_id = database.read_sync(lambda c: usage(c, ADA, month_start=0)).balance.account_id

    assert not database.write_sync(lambda tx: store.accounts.set_aside(tx, account_id, 5 * YUAN + 1))
    assert database.write_sync(lambda tx: store.accounts.set_aside(tx, account_id, 5 * YUAN))
