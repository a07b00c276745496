"""What agents send: log chunks by offset, curve points, outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubkin_kit.database import Row, Transaction
from hubkin_kit.insert import insert_all
from sqlalchemy import Connection, delete, func, insert, select, update

from hubkin_jobs.tables import chunks, outputs, points, streams


def open_streams(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make ready for what the replicas of an attempt will send."""
    insert_all(tx, streams, rows)


def get(connection: Connection, attempt_id: str, task: str, index: int) -> Row | None:
    """Return how far a replica's stream has come."""
    return (
        connection.execute(select(streams).where(*_one(streams, attempt_id, task, index))).mappings().first()
    )


def locked(tx: Transaction, attempt_id: str, task: str, index: int) -> Row | None:
    """Return a replica's stream, locked: the same piece may come by two ways at once."""
    query = select(streams).where(*_one(streams, attempt_id, task, index)).with_for_update()
    return tx.execute(query).mappings().first()


def of_attempts(connection: Connection, attempt_ids: Iterable[str]) -> Sequence[Row]:
    """Return the streams of these attempts."""
    query = select(streams).where(streams.c.attempt_id.in_(list(attempt_ids)))
    return connection.execute(query.order_by(streams.c.attempt_id, streams.c.idx)).mappings().all()


def set_columns(tx: Transaction, attempt_id: str, task: str, index: int, **columns: Any) -> None:
    """Change how far a stream has come."""
    tx.execute(update(streams).where(*_one(streams, attempt_id, task, index)).values(**columns))


def add_chunk(
    tx: Transaction, attempt_id: str, task: str, index: int, *, offset: int, size: int, is_gap: bool, at: int
) -> None:
    """Note a chunk; the primary key (its offset) makes it once."""
    tx.execute(
        insert(chunks).values(
            attempt_id=attempt_id, task=task, idx=index, offset=offset, size_bytes=size, is_gap=is_gap, at=at
        )
    )


def chunks_from(
    connection: Connection, attempt_id: str, task: str, index: int, *, offset: int, limit: int
) -> Sequence[Row]:
    """Return the chunks that hold bytes at or after an offset, in order."""
    query = select(chunks).where(
        *_one(chunks, attempt_id, task, index), chunks.c.offset + chunks.c.size_bytes > offset
    )
    return connection.execute(query.order_by(chunks.c.offset).limit(limit)).mappings().all()


def add_points(
    tx: Transaction, attempt_id: str, index: int, found: Sequence[Mapping[str, Any]], *, most_curves: int
) -> list[Mapping[str, Any]]:
    """Append points to a replica's curves, no more of which begin than it may have; return those kept."""
    query = (
        select(points.c.name, func.max(points.c.n).label("last"))
        .where(
            points.c.attempt_id == attempt_id,
            points.c.idx == index,
            points.c.name.in_({point["name"] for point in found}),
        )
        .group_by(points.c.name)
    )
    last: dict[str, int] = {row.name: row.last for row in tx.execute(query)}
    begun = dict.fromkeys(point["name"] for point in found if point["name"] not in last)
    room = most_curves - _count_curves(tx, attempt_id, index) if begun else 0
    refused = set(list(begun)[max(0, room) :])
    rows, kept = [], [point for point in found if point["name"] not in refused]
    for point in kept:
        last[point["name"]] = last.get(point["name"], -1) + 1
        rows.append({"attempt_id": attempt_id, "idx": index, "n": last[point["name"]], **point})
    if rows:
        insert_all(tx, points, rows)
    return kept


def _count_curves(tx: Transaction, attempt_id: str, index: int) -> int:
    names = select(points.c.name).where(points.c.attempt_id == attempt_id, points.c.idx == index).distinct()
    return int(tx.execute(select(func.count()).select_from(names.subquery())).scalar_one())


def points_of(connection: Connection, attempt_ids: Iterable[str], name: str | None) -> Sequence[Row]:
    """Return all points of these attempts, curve by curve, in the order in which they were printed."""
    query = select(points).where(points.c.attempt_id.in_(list(attempt_ids)))
    if name is not None:
        query = query.where(points.c.name == name)
    order = (points.c.name, points.c.idx, points.c.attempt_id, points.c.n)
    return connection.execute(query.order_by(*order)).mappings().all()


def replace_outputs(tx: Transaction, attempt_id: str, index: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down what a replica has left; sending it again replaces it."""
    tx.execute(delete(outputs).where(outputs.c.attempt_id == attempt_id, outputs.c.idx == index))
    if rows:
        tx.execute(insert(outputs), [{"attempt_id": attempt_id, "idx": index, **row} for row in rows])


def outputs_of(connection: Connection, attempt_id: str) -> Sequence[Row]:
    """Return the kept files of an attempt, by replica and path."""
    query = select(outputs).where(outputs.c.attempt_id == attempt_id)
    return connection.execute(query.order_by(outputs.c.idx, outputs.c.path)).mappings().all()


def _one(table: Any, attempt_id: str, task: str, index: int) -> tuple[Any, ...]:
    return (table.c.attempt_id == attempt_id, table.c.task == task, table.c.idx == index)
