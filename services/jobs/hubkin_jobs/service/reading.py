"""Logs, curves, files and results of a job, for its readers."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

import msgspec
from hubkin import wire
from hubkin_catalog import Catalog, ObjectGone
from hubkin_kit.clock import rfc3339
from hubkin_kit.database import Connection, Row
from hubkin_kit.errors import Malformed, NotFound

from hubkin_jobs.domain.notkept import not_kept
from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.series import thin
from hubkin_jobs.domain.tracebacks import LINES, LineMap
from hubkin_jobs.errors import NoResult
from hubkin_jobs.service.receiving import Skipped, Spools
from hubkin_jobs.service.views import origin_of
from hubkin_jobs.service.words import Reader
from hubkin_jobs.store import attempts, streams

#: What the runner of a cell tells us; nobody's output.
OURS = ".hubkin/"
RESULT = ".hubkin/result.json"
ERROR = ".hubkin/error.json"
MAX_RESULT_BYTES = 1 << 20
MAX_LOG_BYTES = 1 << 20
LINE_LIMIT = 16_384


Shape = TypeVar("Shape")


class Kept(msgspec.Struct, kw_only=True):
    """What a cell's result file says."""

    kind: Literal["json", "pickle"]
    value: Any = None
    path: str | None = None
    type: str | None = None


def logs(
    connection: Connection,
    spools: Spools,
    job: Row,
    reader: Reader,
    *,
    replica: int | None,
    cursor: str | None,
    tail: int | None,
    limit_bytes: int,
) -> wire.LogPage:
    """Return the next part of the merged log: whole lines, in the order in which they arrived.

    Args:
        connection: Where to read.
        spools: Where the bytes are.
        job: The job's row.
        reader: For sentences about gaps.
        replica: Only this one, or all.
        cursor: Where the page before ended.
        tail: Begin so many bytes before the end of each replica, when there is no cursor.
        limit_bytes: At most so much of each replica.
    """
    attempt = attempts.of_job(connection, job["id"], job["attempt"])
    if attempt is None:
        return wire.LogPage(lines=[], cursor=_write_cursor({}), complete=False)
    found = [s for s in streams.of_attempts(connection, [attempt["id"]]) if replica in (None, s["idx"])]
    offsets = _read_cursor(cursor)
    ended = attempt["phase"] == "ended"
    lines: list[tuple[int, int, int, str]] = []
    gaps: list[wire.Reason] = []
    complete = ended
    for stream in found:
        start = offsets.get(stream["idx"])
        if start is None:
            start = max(0, stream["log_bytes"] - tail) if tail is not None else 0
        end = _read_one(connection, spools, stream, start, limit_bytes, lines, gaps, reader, ended=ended)
        offsets[stream["idx"]] = end
        complete = complete and end >= stream["log_bytes"]
    lines.sort(key=lambda line: line[:3])
    return wire.LogPage(
        lines=[wire.LogLine(replica=n, at=rfc3339(at), text=text) for at, n, _, text in lines],
        cursor=_write_cursor(offsets),
        complete=complete,
        gaps=gaps,
    )


def metrics(connection: Connection, job: Row, *, name: str | None, points: int) -> wire.Metrics:
    """Return the curves of a job, each thinned to so many points, over all its attempts."""
    ids = attempts.ids_of_job(connection, job["id"])
    curves: dict[tuple[str, int], list[Row]] = {}
    for row in streams.points_of(connection, ids, name):
        curves.setdefault((row["name"], row["idx"]), []).append(row)
    return wire.Metrics(series=[_series(key, rows, points) for key, rows in sorted(curves.items())])


def files(connection: Connection, job: Row) -> list[wire.FileEntry]:
    """Return the files that a job's newest attempt kept; the first replica's come under their own paths."""
    attempt = attempts.of_job(connection, job["id"], job["attempt"])
    rows = streams.outputs_of(connection, attempt["id"]) if attempt else []
    return [
        wire.FileEntry(
            path=row["path"] if row["idx"] == 0 else f"replica-{row['idx']}/{row['path']}",
            size_bytes=row["size_bytes"],
            digest=row["digest"],
            mode=row["mode"],
            replica=row["idx"],
        )
        for row in rows
        if not row["path"].startswith(OURS)
    ]


def not_kept_by(connection: Connection, job: Row) -> list[Reason]:
    """Return what a job's newest attempt left and nobody kept, reason by reason."""
    attempt = attempts.of_job(connection, job["id"], job["attempt"])
    rows = streams.of_attempts(connection, [attempt["id"]]) if attempt else []
    return not_kept(
        (one.path if row["idx"] == 0 or not one.path else f"replica-{row['idx']}/{one.path}", one.reason)
        for row in rows
        for one in msgspec.json.decode(row["skipped"] or b"[]", type=list[Skipped])
    )


def file(connection: Connection, job: Row, path: str) -> wire.FileEntry:
    """Return one kept file.

    Raises:
        NotFound: The job left no such file.
    """
    for entry in files(connection, job):
        if entry.path == path:
            return entry
    raise NotFound(
        "The job '{name}' left no file '{path}'.", params={"name": job["name"], "path": path[:200]}
    )


def result(connection: Connection, catalog: Catalog, job: Row) -> wire.Result:
    """Return what ``main()`` returned on rank 0, or the first exception.

    Raises:
        NoResult: It has left neither.
    """
    attempt = attempts.of_job(connection, job["id"], job["attempt"])
    rows = streams.outputs_of(connection, attempt["id"]) if attempt else []
    for row in rows:
        if row["path"] == RESULT and row["idx"] == 0 and row["size_bytes"] <= MAX_RESULT_BYTES + 1000:
            kept = _told(connection, catalog, job, row, Kept)
            if kept is not None:
                return wire.Result(kind=kept.kind, value=kept.value, path=kept.path, type=kept.type)
    error = first_error(connection, catalog, job, rows)
    if error is not None:
        return wire.Result(kind="error", error=error)
    raise NoResult(
        "The job '{name}' has left no result.", params={"name": job["name"], "state": job["state"]}
    )


def first_error(
    connection: Connection, catalog: Catalog, job: Row, rows: Sequence[Row]
) -> wire.RemoteError | None:
    """Return the exception of the replica that failed first, if it told one, in its notebook's lines."""
    attempt_ids = {row["attempt_id"] for row in rows}
    ended = {
        fact.index: fact.ended_at or 0
        for facts in attempts.facts_of(connection, attempt_ids).values()
        for fact in facts
        if not fact.is_good
    }
    told = [row for row in rows if row["path"] == ERROR and row["size_bytes"] <= MAX_RESULT_BYTES]
    told.sort(key=lambda row: (ended.get(row["idx"], 1 << 62), row["idx"]))
    for row in told:
        told_error = _told(connection, catalog, job, row, wire.RemoteError)
        if told_error is None:
            continue
        return line_map(connection, catalog, job).error(told_error)
    return None


def line_map(connection: Connection, catalog: Catalog, job: Row) -> LineMap:
    """Return where the lines of a job's cell came from; one that is no cell's maps nothing."""
    if job["code_version"] is None:
        return LineMap()
    found = catalog.read_file(connection, job["code_version"], LINES, limit=MAX_RESULT_BYTES)
    if found is None:
        return LineMap()
    origin = origin_of(job)
    return LineMap.read(found, execution_count=origin.execution_count if origin else None)


def _told(connection: Connection, catalog: Catalog, job: Row, row: Row, shape: type[Shape]) -> Shape | None:
    """Return what a file of a job says; None when it says nothing of the kind, for anybody can write one."""
    try:
        return msgspec.json.decode(_bytes(connection, catalog, job, row), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ObjectGone):
        return None


def _bytes(connection: Connection, catalog: Catalog, job: Row, row: Row) -> bytes:
    with catalog.open(connection, job["owner"], row["digest"]) as opened:
        return opened.read(MAX_RESULT_BYTES + 1000)


def _series(key: tuple[str, int], rows: Sequence[Row], points: int) -> wire.Series:
    kept = thin([row["value"] for row in rows], points)
    return wire.Series(
        name=key[0],
        replica=key[1],
        steps=[rows[n]["step"] if rows[n]["step"] is not None else float(n) for n in kept],
        values=[rows[n]["value"] for n in kept],
        at=[rfc3339(rows[n]["at"]) for n in kept],
        total_points=len(rows),
        first=rows[0]["value"],
        last=rows[-1]["value"],
    )


def _read_one(
    connection: Connection,
    spools: Spools,
    stream: Row,
    start: int,
    limit_bytes: int,
    lines: list[tuple[int, int, int, str]],
    gaps: list[wire.Reason],
    reader: Reader,
    *,
    ended: bool,
) -> int:
    """Add the whole lines of one replica from ``start`` on; return where the next page begins."""
    key = (stream["attempt_id"], stream["task"], stream["idx"])
    position, buffer, at = start, b"", 0
    for chunk in streams.chunks_from(connection, *key, offset=start, limit=200):
        if position - start >= limit_bytes:
            break
        end = chunk["offset"] + chunk["size_bytes"]
        size = min(end - position, limit_bytes)
        data = b"" if chunk["is_gap"] else spools.read(*key, position, size)
        position += len(data)
        at = chunk["at"]
        is_cut = not chunk["is_gap"] and len(data) < size
        if is_cut:  # written before their row was, so they are gone, and with them all that came after
            end = stream["log_bytes"]
        *whole, buffer = (buffer + data).split(b"\n")
        if chunk["is_gap"] or is_cut:
            # What was begun before a gap is not continued behind it.
            whole, buffer = [*whole, buffer] if buffer else whole, b""
            gaps.append(reader.reason("log_gap", {"replica": stream["idx"], "lost_bytes": end - position}))
            position = end
        lines.extend((at, stream["idx"], n, _text(line)) for n, line in enumerate(whole, len(lines)))
        if len(buffer) > LINE_LIMIT:
            lines.append((at, stream["idx"], len(lines), _text(buffer)))
            buffer = b""
        if is_cut:
            break
    if buffer and ended and position >= stream["log_bytes"]:
        lines.append((at, stream["idx"], len(lines), _text(buffer)))
        buffer = b""
    return position - len(buffer)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")


def _write_cursor(offsets: Mapping[int, int]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(sorted(offsets.items()))).decode().rstrip("=")


def _read_cursor(text: str | None) -> dict[int, int]:
    if not text:
        return {}
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        pairs = msgspec.json.decode(raw, type=list[tuple[int, int]])
    except (ValueError, msgspec.DecodeError):
        raise Malformed("The cursor is not one of ours. Start again without it.", code="bad_cursor") from None
    return {index: max(0, offset) for index, offset in pairs}
