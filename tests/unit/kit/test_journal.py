"""The one sequence of everything that happened, leases, and keys that are used once."""

from __future__ import annotations

import pytest
from hubkin_kit import idempotency, journal, leases
from hubkin_kit.database import Database, Transaction

from tests.support.clock import MovableClock

SECOND = 1_000_000


def note(tx: Transaction, subject: str, owner: str = "user-ada") -> None:
    journal.append(tx, "job", owner=owner, subject=subject)


def test_numbers_are_dense_and_in_the_order_of_writing(database: Database) -> None:
    for n in range(5):
        database.write_sync(lambda tx, n=n: note(tx, f"job-{n}"))

    assert database.write_sync(journal.sequence) == 5
    rows = database.read_sync(lambda c: journal.read_after(c, 0))
    assert [(row.seq, row.subject) for row in rows] == [(n + 1, f"job-{n}") for n in range(5)]


def test_what_has_no_number_is_not_read(database: Database) -> None:
    database.write_sync(lambda tx: note(tx, "job-1"))

    assert database.read_sync(lambda c: journal.read_after(c, 0)) == []
    assert database.read_sync(journal.has_unnumbered)


def test_numbering_again_changes_nothing(database: Database) -> None:
    database.write_sync(lambda tx: note(tx, "job-1"))
    database.write_sync(journal.sequence)

    assert database.write_sync(journal.sequence) == 0
    assert database.read_sync(journal.last_seq) == 1


def test_a_reader_goes_on_where_its_effect_was_written(database: Database) -> None:
    database.write_sync(lambda tx: journal.move_cursor(tx, "notices", 3))
    database.write_sync(lambda tx: journal.move_cursor(tx, "notices", 7))

    assert database.read_sync(lambda c: journal.cursor_of(c, "notices")) == 7
    assert database.read_sync(lambda c: journal.cursor_of(c, "another")) == 0


def test_owners_read_their_own(database: Database) -> None:
    for owner in ("user-ada", "user-bob", "user-ada"):
        database.write_sync(lambda tx, owner=owner: note(tx, "job-1", owner))
    database.write_sync(journal.sequence)

    mine = database.read_sync(lambda c: journal.read_between(c, 0, 3, owners=["user-ada"]))

    assert [row.seq for row in mine] == [1, 3]


def test_one_holder_at_a_time(database: Database) -> None:
    first = database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "one"))

    assert database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "two")) is None
    assert database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "one")) == first


def test_an_expired_lease_goes_to_the_next_with_a_new_epoch(database: Database, clock: MovableClock) -> None:
    first = database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "one"))
    clock.ahead = (leases.LEASE_SECONDS + 1) * SECOND

    second = database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "two"))

    assert first is not None
    assert second is not None
    assert second.epoch == first.epoch + 1


def test_a_paused_holder_writes_nothing(database: Database, clock: MovableClock) -> None:
    paused = database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "one"))
    clock.ahead = (leases.LEASE_SECONDS + 1) * SECOND
    database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "two"))
    assert paused is not None

    def late(tx: Transaction) -> None:
        leases.check(tx, paused)
        note(tx, "job-1")

    with pytest.raises(leases.LeaseLost):
        database.write_sync(late)


def test_a_lease_that_came_back_by_a_detour_is_another(database: Database, clock: MovableClock) -> None:
    old = database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "one"))
    for holder in ("two", "one"):
        clock.ahead += (leases.LEASE_SECONDS + 1) * SECOND
        database.write_sync(lambda tx, holder=holder: leases.acquire(tx, "dispatcher", holder))
    assert old is not None

    with pytest.raises(leases.LeaseLost):
        database.write_sync(lambda tx: leases.check(tx, old))


def test_a_lease_that_was_given_back_is_free_at_once(database: Database) -> None:
    lease = database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "one"))
    assert lease is not None

    database.write_sync(lambda tx: leases.release(tx, lease))

    assert database.write_sync(lambda tx: leases.acquire(tx, "dispatcher", "two")) is not None


def remember(tx: Transaction, owner: str, key: str, request: bytes, answer: str) -> None:
    row = {
        "owner": owner,
        "key": key,
        "request_hash": idempotency.fingerprint(request),
        "status": 201,
        "answer": answer,
    }
    idempotency.remember(tx, [row])


def test_a_key_remembers_its_first_answer(database: Database) -> None:
    database.write_sync(lambda tx: remember(tx, "user-ada", "k", b"body", "job-1"))
    same = idempotency.fingerprint(b"body")

    found = database.write_sync(lambda tx: idempotency.find(tx.connection, "user-ada", "k", same))

    assert found is not None
    assert found.answer == "job-1"


def test_a_key_is_one_persons(database: Database) -> None:
    database.write_sync(lambda tx: remember(tx, "user-ada", "k", b"body", "job-1"))
    same = idempotency.fingerprint(b"body")

    assert database.write_sync(lambda tx: idempotency.find(tx.connection, "user-bob", "k", same)) is None


def test_a_key_with_another_body_is_refused(database: Database) -> None:
    database.write_sync(lambda tx: remember(tx, "user-ada", "k", b"body", "job-1"))
    other = idempotency.fingerprint(b"other")

    with pytest.raises(idempotency.KeyReused, match="was used before"):
        database.write_sync(lambda tx: idempotency.find(tx.connection, "user-ada", "k", other))


def test_a_key_is_forgotten_after_a_day(database: Database, clock: MovableClock) -> None:
    database.write_sync(lambda tx: remember(tx, "user-ada", "k", b"body", "job-1"))
    clock.ahead = 25 * 3600 * SECOND

    assert database.write_sync(idempotency.forget_old) == 1


def test_a_database_with_one_writer_numbers_as_it_writes(database: Database) -> None:
    database.write_sync(lambda tx: note(tx, "job-0"))
    database.write_sync(journal.sequence)
    database.numbers_journal = True

    database.write_sync(lambda tx: [note(tx, f"job-{n}") for n in (1, 2)])

    rows = database.read_sync(lambda c: journal.read_after(c, 0))
    assert [(row.seq, row.subject) for row in rows] == [(1, "job-0"), (2, "job-1"), (3, "job-2")]


def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    database.numbers_journal = True

    def fail(tx: Transaction) -> None:
        note(tx, "job-1")
        raise RuntimeError("after writing")

    with pytest.raises(RuntimeError):
        database.write_sync(fail)
    database.write_sync(lambda tx: note(tx, "job-2"))

    assert [row.seq for row in database.read_sync(lambda c: journal.read_after(c, 0))] == [1]


def test_news_is_told_after_its_commit_and_other_commits_are_not_news(database: Database) -> None:
    told: list[int] = []
    database.after_news(lambda: told.append(database.read_sync(journal.last_seq)))
    database.numbers_journal = True

    database.write_sync(lambda tx: note(tx, "job-1"))
    database.write_sync(lambda tx: journal.move_cursor(tx, "notices", 1))

    assert told == [1]
