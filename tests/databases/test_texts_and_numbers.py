"""What is written comes back as it was written, whatever the server is set up for."""

from __future__ import annotations

from typing import Any

import pytest
from hubkin_catalog import tables as catalog
from hubkin_jobs import tables as jobs
from hubkin_kit import idempotency, journal
from hubkin_kit.database import Database
from hubkin_kit.errors import Invalid
from hubkin_kit.insert import insert_all
from sqlalchemy import insert, select

LONG = "长" * 341 + "a"


@pytest.fixture
def database(writers: list[Database]) -> Database:
    return writers[0]


def add_file(database: Database, path: str) -> None:
    row = {"version_id": "version-1", "path": path, "size_bytes": 1, "digest": "d", "mode": "0644"}
    database.write_sync(lambda tx: tx.execute(insert(catalog.files).values(**row)))


def paths(database: Database, *wanted: str) -> list[str]:
    query = select(catalog.files.c.path).order_by(catalog.files.c.path)
    if wanted:
        query = query.where(catalog.files.c.path.in_(wanted))
    return list(database.read_sync(lambda c: c.execute(query).scalars()))


def test_a_path_is_as_long_as_it_may_be_and_is_found_by_its_bytes(database: Database) -> None:
    for path in (LONG, "b.py", "B.py", "é.py", "e.py", "𝒟.py"):
        add_file(database, path)

    assert len(LONG.encode()) == 1024
    assert paths(database, LONG, "B.py") == ["B.py", LONG]
    assert sorted(paths(database)) == sorted([LONG, "b.py", "B.py", "é.py", "e.py", "𝒟.py"])


def test_a_path_is_once_in_a_version(database: Database) -> None:
    add_file(database, LONG)

    with pytest.raises(Exception, match=r"UNIQUE|unique|Duplicate"):
        add_file(database, LONG)


def test_texts_differ_by_case_by_accents_and_by_spaces_at_their_end(database: Database) -> None:
    texts = ["key", "KEY", "kéy", "key ", "key\t", "🔑", "🗝"]
    rows = [
        {"owner": "user-ada", "key": text, "request_hash": "h", "status": 201, "answer": text}
        for text in texts
    ]

    database.write_sync(lambda tx: idempotency.remember(tx, rows))

    pairs = [("user-ada", text) for text in texts]
    found = database.read_sync(lambda c: idempotency.find_all(c, pairs))
    assert {key: kept.answer for (_, key), kept in found.items()} == {text: text for text in texts}


def test_a_text_is_as_long_as_it_needs_to_be(database: Database) -> None:
    text = "四🔑 " * 700_000

    database.write_sync(lambda tx: journal.append(tx, "job", owner="user-ada", subject="job-1", text=text))
    database.write_sync(journal.sequence)

    assert database.read_sync(lambda c: journal.read_after(c, 0))[0].body == {"text": text}


@pytest.mark.parametrize("value", [0.123456789012345, 1e-300, -1.7976931348623157e308, 3.0])
def test_a_point_of_a_curve_loses_no_digit(database: Database, value: float) -> None:
    row: dict[str, Any] = {"attempt_id": "a", "idx": 0, "name": "loss", "n": 0, "step": 0.1, "value": value}

    database.write_sync(lambda tx: insert_all(tx, jobs.points, [{**row, "at": 2**62}]))

    query = select(jobs.points.c.step, jobs.points.c.value, jobs.points.c.at)
    assert tuple(database.read_sync(lambda c: c.execute(query).one())) == (0.1, value, 2**62)


@pytest.mark.only_on("postgresql", "mariadb")
def test_what_is_too_long_is_refused_and_not_cut(database: Database) -> None:
    def note(tx: Any) -> None:
        journal.append(tx, "t" * 33, owner="user-ada", subject="job-1")

    with pytest.raises(Invalid, match="too large"):
        database.write_sync(note)
