"""What agents send: log chunks, curve points, outputs.  Everything may come twice; nothing counts twice."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from hubkin_catalog import MAX_FILES, BadTree, Catalog, File, Wanted, check_tree
from hubkin_kit import journal
from hubkin_kit.database import Connection, Transaction
from hubkin_kit.errors import TooLarge
from hubkin_kit.i18n import seemly

from hubkin_jobs.domain.states import Phase
from hubkin_jobs.errors import JobNotFound, Misaligned
from hubkin_jobs.store import attempts, jobs, streams

MAX_CHUNK_BYTES = 262_144
#: Farther than any log comes.
LONGEST_LOG_BYTES = 1 << 50
#: So much of one replica's log is kept; what comes after it is a gap.
KEPT_LOG_BYTES = 4 << 30
MAX_POINTS = 1000
#: So many curves of one replica are kept.
MAX_CURVES = 1000
MAX_NAME = 128
MAX_UNIT = 32
#: An agent names a thousand files that it did not keep, and says how many more there are.
MAX_SKIPPED = 1001
#: As long as a path may be, and as the longest of the reasons that an agent knows.
MAX_PATH = 4096
MAX_REASON = 64
#: For so many missing objects one answer has tickets.
MAX_TICKETS = 1000
#: How many names of curves a job's row carries for its line in a list.
MAX_LATEST = 12


class Point(msgspec.Struct, kw_only=True):
    """One value of one curve."""

    name: str
    value: float | None
    at: int
    step: float | None = None


class Progress(msgspec.Struct, kw_only=True):
    """How far it says it is."""

    done: float
    total: float | None = None
    unit: str = ""


class Report(msgspec.Struct, kw_only=True):
    """The body of ``POST …/reports``; ``seq`` counts up by one agent."""

    seq: int
    points: list[Point] = []
    progress: Progress | None = None
    usage: dict[str, float | None] | None = None


class SentFile(msgspec.Struct, kw_only=True):
    """One kept file."""

    path: str
    size: int
    digest: str
    mode: str = "0644"


class Skipped(msgspec.Struct, kw_only=True):
    """One file that was not kept, and why."""

    path: str
    reason: str


class Outputs(msgspec.Struct, kw_only=True):
    """The body of ``POST …/outputs`` and of its commit."""

    files: list[SentFile]
    skipped: list[Skipped] = []


class Spools:
    """Where log bytes are kept: one file a replica, appended to, read by offset."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def write(self, attempt_id: str, task: str, index: int, offset: int, data: bytes) -> None:
        """Write bytes at their offset, durably: the agent frees what was acknowledged.  Again is fine."""
        with _open_for_update(self._path(attempt_id, task, index)) as file:
            file.seek(offset)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def read(self, attempt_id: str, task: str, index: int, offset: int, size: int) -> bytes:
        """Read bytes; fewer when the file ends."""
        try:
            with self._path(attempt_id, task, index).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except FileNotFoundError:
            return b""

    def _path(self, attempt_id: str, task: str, index: int) -> Path:
        return self._root / f"{attempt_id}-{task}-{index}.log"


def _open_for_update(path: Path) -> BinaryIO:
    """Open a file that may not be there yet, without ever emptying one that another call has just made."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def add_chunk(
    tx: Transaction, attempt_id: str, task: str, index: int, *, offset: int, size: int, is_gap: bool, at: int
) -> None:
    """Take note of a chunk whose bytes are written already.

    Raises:
        JobNotFound: No such replica.
        Misaligned: It begins past the end of what is here; ``expected`` says where to go on.
    """
    stream = _locked(tx, attempt_id, task, index)
    expected = stream["log_bytes"]
    if offset + size <= expected:
        return
    if offset != expected:
        raise misaligned(expected)
    streams.add_chunk(tx, attempt_id, task, index, offset=offset, size=size, is_gap=is_gap, at=at)
    streams.set_columns(tx, attempt_id, task, index, log_bytes=offset + size)
    job = _job(tx.connection, attempt_id)
    journal.append(
        tx,
        "log",
        owner=job["owner"],
        subject=job["id"],
        replica=index,
        bytes=offset + size,
        attempt=attempt_id,
    )


def misaligned(expected: int) -> Misaligned:
    """Say where a log goes on."""
    return Misaligned("The log goes on at byte {expected}.", params={"expected": expected})


def expected_offset(connection: Connection, attempt_id: str, task: str, index: int) -> int:
    """Return where a replica's log goes on."""
    offset: int = _stream(connection, attempt_id, task, index)["log_bytes"]
    return offset


def add_report(tx: Transaction, attempt_id: str, task: str, index: int, report: Report) -> None:
    """Add points and progress, once per ``seq``."""
    stream = _locked(tx, attempt_id, task, index)
    if report.seq <= stream["report_seq"]:
        return
    points = [
        {"name": seemly(p.name)[:MAX_NAME], "step": p.step, "value": p.value, "at": min(max(p.at, 0), tx.now)}
        for p in report.points[:MAX_POINTS]
        if p.value is not None and math.isfinite(p.value) and (p.step is None or math.isfinite(p.step))
    ]
    kept = streams.add_points(tx, attempt_id, index, points, most_curves=MAX_CURVES)
    streams.set_columns(tx, attempt_id, task, index, report_seq=report.seq)
    used = (report.usage or {}).get("rss_bytes") or 0
    if used > 0:
        attempts.set_rss(tx, attempt_id, task, index, int(used))
    job = _job(tx.connection, attempt_id)
    changed = _changes(job, index, kept, report.progress)
    if changed:
        jobs.set_progress(tx, job["id"], **changed)
    if changed or kept:
        journal.append(tx, "progress", owner=job["owner"], subject=job["id"], replica=index)


def want_outputs(
    tx: Transaction, catalog: Catalog, attempt_id: str, task: str, index: int, files: Sequence[SentFile]
) -> list[Wanted]:
    """Say which of these files' bytes are missing, with a ticket for each, or for the first thousand."""
    if len(files) > MAX_FILES:
        raise _too_many()
    _stream(tx.connection, attempt_id, task, index)
    owner = _job(tx.connection, attempt_id)["owner"]
    wanted = catalog.want(tx, owner, [(file.digest, file.size) for file in files], most=MAX_TICKETS)
    return [one for one in {one.digest: one for one in wanted}.values() if one.ticket]


def tree_of(sent: Outputs) -> list[File]:
    """Return the files that an agent names, each name clean and once.

    Raises:
        BadPath, BadTree, TooLarge: They make no tree, or one that is too large.
    """
    if len(sent.files) > MAX_FILES:
        raise _too_many()
    return check_tree([File(f.path, f.size, f.digest, f.mode) for f in sent.files])


def commit_outputs(
    tx: Transaction,
    catalog: Catalog,
    attempt_id: str,
    task: str,
    index: int,
    files: Sequence[File],
    skipped: Sequence[Skipped],
) -> None:
    """Keep what a replica has left; the same again changes nothing.

    Raises:
        BadTree: Some bytes are not here.
    """
    stream = _locked(tx, attempt_id, task, index)
    attempt = attempts.get(tx.connection, attempt_id)
    if stream["outputs_at"] is not None and attempt is not None and attempt["phase"] == Phase.ENDED:
        return  # what an ended attempt has left is what it has left
    job = _job(tx.connection, attempt_id)
    if not catalog.are_stored(tx.connection, job["owner"], files):
        raise BadTree("Some files have not been uploaded yet, or have another size.")
    rows = [{"path": f.path, "size_bytes": f.size_bytes, "digest": f.digest, "mode": f.mode} for f in files]
    streams.replace_outputs(tx, attempt_id, index, rows)
    told = [Skipped(path=s.path[:MAX_PATH], reason=s.reason[:MAX_REASON]) for s in skipped[:MAX_SKIPPED]]
    columns = {"outputs_at": tx.now, "skipped": msgspec.json.encode(told).decode()}
    streams.set_columns(tx, attempt_id, task, index, **columns)
    journal.append(tx, "files", owner=job["owner"], subject=job["id"], replica=index, files=len(rows))


def _too_many() -> TooLarge:
    return TooLarge("At most {limit} files of one replica are kept.", params={"limit": MAX_FILES})


def _changes(
    job: Mapping[str, Any], index: int, points: Sequence[Mapping[str, Any]], progress: Progress | None
) -> dict[str, str]:
    """What the job's row shows of a report: the first replica's newest values and progress."""
    if index != 0:
        return {}
    changed = {}
    if points:
        latest: dict[str, float] = msgspec.json.decode(job["latest"]) if job["latest"] else {}
        for point in points:
            if point["name"] in latest or len(latest) < MAX_LATEST:
                latest[point["name"]] = point["value"]
        changed["latest"] = msgspec.json.encode(latest).decode()
    if progress is not None and math.isfinite(progress.done):
        shown = msgspec.structs.replace(progress, unit=seemly(progress.unit)[:MAX_UNIT])
        changed["progress"] = msgspec.json.encode(shown).decode()
    return changed


def _locked(tx: Transaction, attempt_id: str, task: str, index: int) -> Mapping[str, Any]:
    found = streams.locked(tx, attempt_id, task, index)
    if found is None:
        raise JobNotFound("There is no such replica.")
    return found


def _stream(connection: Connection, attempt_id: str, task: str, index: int) -> Mapping[str, Any]:
    found = streams.get(connection, attempt_id, task, index)
    if found is None:
        raise JobNotFound("There is no such replica.")
    return found


def _job(connection: Connection, attempt_id: str) -> Mapping[str, Any]:
    attempt = attempts.get(connection, attempt_id)
    job = jobs.get(connection, attempt["job_id"]) if attempt else None
    if job is None:
        raise JobNotFound("There is no such replica.")
    return job
