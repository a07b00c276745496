"""A page of 100 jobs of a million, by owner and state: the first one, and the deepest."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hubkin_jobs.store import jobs as store
from hubkin_jobs.store.jobs import Filter
from hubkin_kit.database import Database
from hubkin_kit.web import write_cursor

from tests.perf import service
from tests.perf.measure import Measure

JOBS = 1_000_000
PAGE = 100
ROUNDS = 60
GOAL_MS = 5.0
GOAL_RATIO = 1.2
#: Nine in ten belong to the person who asks; every third of them has failed.
OWNED, FAILED = 10, 3


def run() -> list[Measure]:
    """Fill a real platform's database, then ask for pages: the query alone, and the whole answer."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with service.running(folder) as platform:
            platform.post("/jobs", {"spec": {"run": "true"}})
            owner = _owner(folder)
        fill(folder, owner)
        deepest = f"job-{PAGE * OWNED * FAILED * 2:026d}"
        with service.running(folder) as platform:
            wire_first = milliseconds(lambda: platform.get(f"/jobs?state=failed&limit={PAGE}"))
            cursor = write_cursor(deepest)
            wire_deep = milliseconds(lambda: platform.get(f"/jobs?state=failed&limit={PAGE}&cursor={cursor}"))
        first, deep = queries(folder, owner, deepest)
    return [
        Measure(
            what=f"page of {PAGE} of 10^6 jobs, the query", value=first, unit="ms", goal=f"< {GOAL_MS} ms",
            is_met=first < GOAL_MS,
        ),
        Measure(
            what="the deepest page, the query", value=deep, unit="ms", goal=f"<= {GOAL_RATIO}x first",
            is_met=deep <= GOAL_RATIO * first, against="first page", against_value=first,
        ),
        Measure(
            what="the deepest page, over HTTP", value=wire_deep, unit="ms", goal=f"<= {GOAL_RATIO}x first",
            is_met=wire_deep <= GOAL_RATIO * wire_first, against="first page", against_value=wire_first,
        ),
    ]  # fmt: skip


def queries(folder: Path, owner: str, deepest: str) -> tuple[float, float]:
    """The medians of the first and of the deepest page, without HTTP."""
    database = Database(f"sqlite:///{folder / 'hubkin.sqlite'}")
    wanted = Filter(owners=(owner,), states=("failed",), limit=PAGE)
    later = Filter(owners=(owner,), states=("failed",), limit=PAGE, before=deepest)
    try:
        assert len(database.read_sync(lambda c: store.page(c, later))) == PAGE
        return (
            milliseconds(lambda: database.read_sync(lambda c: store.page(c, wanted))),
            milliseconds(lambda: database.read_sync(lambda c: store.page(c, later))),
        )
    finally:
        database.close()


def milliseconds(ask: Callable[[], object]) -> float:
    """The median time of a call, after some to warm it."""
    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[ROUNDS // 10 :])


def fill(folder: Path, owner: str) -> None:
    """Copy the one job that is there a million times."""
    with sqlite3.connect(folder / "hubkin.sqlite") as raw:
        names = [row[1] for row in raw.execute("PRAGMA table_info(jobs_jobs)")]
        kept = ", ".join(name for name in names if name not in ("id", "owner", "state"))
        raw.execute(
            f"""
            INSERT INTO jobs_jobs (id, owner, state, {kept})
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {JOBS})
            SELECT printf('job-%026d', i), CASE WHEN i % {OWNED} THEN ? ELSE 'user-other' END,
                   CASE WHEN i % {FAILED} THEN 'succeeded' ELSE 'failed' END, {kept}
            FROM n, (SELECT * FROM jobs_jobs LIMIT 1)
            """,
            (owner,),
        )
        raw.execute("ANALYZE")


def _owner(folder: Path) -> str:
    with sqlite3.connect(folder / "hubkin.sqlite") as raw:
        return str(raw.execute("SELECT owner FROM jobs_jobs").fetchone()[0])
