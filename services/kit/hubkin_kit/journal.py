"""The one sequence of everything that happened.

A row is written in the transaction that did the thing.  Ids that are given before a commit are no order
(with several writers a reader of them loses rows), so a sequencer, under a lease, gives committed rows a
dense ``seq``; readers use ``seq`` only, and a reader's effect and its cursor commit together.  Where only one
transaction writes at a time (SQLite), it numbers its rows itself, once the sequencer has numbered what was
there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from hubkin_kit.database import Transaction
from hubkin_kit.insert import insert_all
from hubkin_kit.tables import cursors, journal

#: How many rows one sequencing transaction numbers at most.
SEQUENCE_LIMIT = 2000

_LAST_SEQ = select(func.max(journal.c.seq))
_COLUMNS = (
    journal.c.seq,
    journal.c.at,
    journal.c.topic,
    journal.c.owner,
    journal.c.subject,
    journal.c.actor,
    journal.c.body,
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of the journal."""

    seq: int
    at: int
    topic: str
    owner: str
    subject: str
    actor: str
    body: dict[str, Any]


def append(tx: Transaction, topic: str, *, owner: str, subject: str, actor: str = "", **body: Any) -> None:
    """Write down that something happened; nobody reads it before it is committed and numbered."""
    append_all(tx, [row(topic, owner=owner, subject=subject, actor=actor, at=tx.now, **body)])


def append_all(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Write many rows at once, in order."""
    if not rows:
        return
    if tx.numbers_journal:
        last = last_seq(tx.connection)
        rows = [{**row, "seq": last + n} for n, row in enumerate(rows, 1)]
        tx.has_news = True
    insert_all(tx, journal, rows)


def row(topic: str, *, owner: str, subject: str, at: int, actor: str = "", **body: Any) -> dict[str, Any]:
    """Make a row for `append_all`."""
    text = msgspec.json.encode(body).decode()
    return {"at": at, "topic": topic, "owner": owner, "subject": subject, "actor": actor, "body": text}


def sequence(tx: Transaction) -> int:
    """Number what was committed and has no number yet.

    Only the holder of the lease calls it.

    Returns:
        How many rows were numbered.
    """
    waiting = (
        tx.execute(
            select(journal.c.id).where(journal.c.seq.is_(None)).order_by(journal.c.id).limit(SEQUENCE_LIMIT)
        )
        .scalars()
        .all()
    )
    if not waiting:
        return 0
    last = last_seq(tx.connection)
    tx.has_news = True
    tx.execute(
        update(journal).where(journal.c.id == bindparam("row_id")).values(seq=bindparam("number")),
        [{"row_id": row_id, "number": last + n} for n, row_id in enumerate(waiting, 1)],
    )
    return len(waiting)


def has_unnumbered(connection: Connection) -> bool:
    """Whether the sequencer has something to do."""
    waiting = select(journal.c.id).where(journal.c.seq.is_(None)).limit(1)
    return connection.execute(waiting).first() is not None


def read_after(connection: Connection, seq: int, *, limit: int = 500) -> list[Happening]:
    """Return the numbered rows after ``seq``, in order."""
    rows = connection.execute(
        select(*_COLUMNS).where(journal.c.seq > seq).order_by(journal.c.seq).limit(limit)
    )
    return [Happening(*row[:6], msgspec.json.decode(row[6])) for row in rows]


def read_between(
    connection: Connection, seq: int, upto: int, *, owners: Sequence[str] | None, limit: int = 500
) -> list[Happening]:
    """Return the rows after ``seq`` up to ``upto`` of these owners, in order; None: of everyone."""
    wanted = [journal.c.seq > seq, journal.c.seq <= upto]
    if owners is not None:
        wanted.append(journal.c.owner.in_(owners))
    rows = connection.execute(select(*_COLUMNS).where(*wanted).order_by(journal.c.seq).limit(limit))
    return [Happening(*row[:6], msgspec.json.decode(row[6])) for row in rows]


def last_seq(connection: Connection) -> int:
    """Return the newest number, 0 when nothing happened yet."""
    return connection.execute(_LAST_SEQ).scalar() or 0


def cursor_of(connection: Connection, reader: str) -> int:
    """Return how far a named reader has come."""
    return connection.execute(select(cursors.c.seq).where(cursors.c.reader == reader)).scalar() or 0


def move_cursor(tx: Transaction, reader: str, seq: int) -> None:
    """Remember how far a reader has come, in the transaction that holds its effect."""
    moved = tx.execute(update(cursors).where(cursors.c.reader == reader).values(seq=seq))
    if not moved.rowcount:
        tx.execute(insert(cursors).values(reader=reader, seq=seq))
