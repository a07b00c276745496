"""Rows go in fast, and the constraint decides about those that are there."""

from __future__ import annotations

import pytest
from hubkin_kit import tables
from hubkin_kit.database import Database
from hubkin_kit.insert import insert_all
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

KEY = {"owner": "user-a", "request_hash": "h", "status": 201, "answer": 'it\'s "%s" ?', "at": 1}


def test_rows_are_there_as_they_were_given(database: Database) -> None:
    rows = [{**KEY, "key": f"k{n}"} for n in range(3)]

    database.write_sync(lambda tx: insert_all(tx, tables.idempotency, rows))

    kept = database.read_sync(lambda c: c.execute(select(tables.idempotency)).mappings().all())
    assert [dict(row) for row in kept] == rows


def test_the_order_of_a_rows_columns_does_not_matter(database: Database) -> None:
    rows = [{**KEY, "key": "k1"}, dict(reversed({**KEY, "key": "k2"}.items()))]

    database.write_sync(lambda tx: insert_all(tx, tables.idempotency, rows))

    kept = database.read_sync(lambda c: c.execute(select(tables.idempotency)).mappings().all())
    assert [dict(row) for row in kept] == rows


def test_a_key_that_is_taken_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        database.write_sync(lambda tx: insert_all(tx, tables.idempotency, [{**KEY, "key": "k"}] * 2))

    assert database.read_sync(lambda c: c.execute(select(tables.idempotency)).all()) == []
