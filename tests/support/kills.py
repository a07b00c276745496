"""Kills the platform at random moments, again and again, and counts what became of every job.

``python -m tests.support.kills FOLDER --kills 200`` prints one JSON object.  Each round forks a platform that
submits, releases, starts, meters and settles, and kills it with SIGKILL after a random time; agents live on.
A client that heard no answer asks again with the same key, as clients do.  At the end one round runs
undisturbed until everything is over.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import hubkin_billing as billing
from hubkin_jobs.store import jobs as jobs_store
from hubkin_kit import idempotency, journal
from hubkin_kit.database import Connection
from hubkin_kit.dialect import make_engine, read_url
from hubkin_kit.money import MICROS
from sqlalchemy import text
from tornado.netutil import bind_sockets

from tests.support.rig import Rig

LONGEST_SECONDS = 0.6
OPEN_JOBS = 4
#: How many answers the client never hears; it asks again.
LOST_ANSWERS = 0.3


def main() -> None:
    """Run the whole and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", default="", help="Its address; a file in the folder unless given.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=["no-look", "no-look-no-constraint"], default=None)
    options = parser.parse_args()
    (options.folder / "runs-seen").mkdir(parents=True)
    (options.folder / "database").write_text(options.database)
    if options.database:  # its driver is imported once, not anew in each short life
        make_engine(read_url(options.database), write=True).dispose()
    if options.plant:
        idempotency.find_all = lambda connection, keys: {}
    in_child(lambda: prepare(options.folder, drop=options.plant == "no-look-no-constraint"))
    chance, longest = random.Random(options.seed), longest_seconds(options.folder)
    for _ in range(options.kills):
        in_child(lambda: asyncio.run(live(options.folder)), kill_after=chance.uniform(0.0, longest))
    in_child(lambda: asyncio.run(live(options.folder, to_the_end=True)))
    in_child(lambda: report(options.folder))


def longest_seconds(folder: Path) -> float:
    """How long a platform may live: enough to get something done also where much else goes on."""
    began = time.monotonic()
    in_child(lambda: asyncio.run(live(folder, to_the_end=True)))
    return max(LONGEST_SECONDS, 2 * (time.monotonic() - began))


def in_child(work, *, kill_after: float | None = None) -> None:
    """Do work in a child; kill it after a time, or expect it to end well."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            ended = sys.exc_info()[1]
            if ended is not None:
                traceback.print_exception(ended)
            sys.stdout.flush()
            os._exit(ended is not None)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if kill_after is None and status:
        sys.exit(f"a round that nobody killed ended with {status}")


def prepare(folder: Path, *, drop: bool) -> None:
    """Make the platform's folder, with one rich person."""
    asyncio.run(_prepare(folder))
    if drop:
        import sqlite3

        with sqlite3.connect(folder / "hubkin.sqlite") as raw:
            raw.execute("ALTER TABLE kit_idempotency RENAME TO was")
            raw.execute("CREATE TABLE kit_idempotency AS SELECT * FROM was")


async def _prepare(folder: Path) -> None:
    rig = Rig(folder, database_url=_database(folder))
    rig.top_up(rig.person("ada").user_id, 1_000_000 * MICROS)
    await rig.close()


async def live(folder: Path, *, to_the_end: bool = False) -> None:
    """Be the platform and its client until killed, or until nothing is left to do."""
    rig = Rig(folder, port=_port(folder), database_url=_database(folder))
    ada = rig.person("ada")
    while True:
        if not to_the_end or _waiting_client(folder):
            await client_step(rig, ada, folder, start_new=not to_the_end)
        await rig.step()
        await rig.meter()
        await rig.database.write(journal.sequence)
        if to_the_end and rig.database.read_sync(_live) == 0:
            await rig.close()
            return
        await asyncio.sleep(0.005)


async def client_step(rig: Rig, ada, folder: Path, *, start_new: bool) -> None:
    """Ask again for what was not answered; ask for something new when little is under way."""
    asked, acked = _lines(folder / "asked"), _acked(folder)
    open_keys = [key for key in asked if key not in acked]
    if not open_keys and start_new and rig.database.read_sync(_live) < OPEN_JOBS:
        open_keys = [f"k{len(asked)}"]
        _append(folder / "asked", open_keys[0])
    for key in open_keys:
        spec = {
            "run": f"echo ran >> {folder}/runs-seen/{key}",
            "name": key,
            "resources": {"gpu": "sim-gpu:1"},
        }
        job_id = await rig.submit(ada, spec, key=key)
        if random.random() > LOST_ANSWERS:
            _append(folder / "acked", f"{key} {job_id}")


def report(folder: Path) -> None:
    """Print what is true at the end."""
    asyncio.run(_report(folder))


async def _report(folder: Path) -> None:
    rig = Rig(folder, database_url=_database(folder))
    rows = rig.database.read_sync(_all_jobs)
    acked = _acked(folder)
    names = Counter(row["name"] for row in rows)
    ran = {path.name: len(_lines(path)) for path in (folder / "runs-seen").iterdir()}
    charged = rig.database.read_sync(lambda c: billing.charged(c, [row["id"] for row in rows]))
    print(
        json.dumps(
            {
                "asked": len(_lines(folder / "asked")),
                "acked": len(acked),
                "jobs": len(rows),
                "lost": [key for key, job_id in acked.items() if job_id not in {row["id"] for row in rows}],
                "doubled": [name for name, count in names.items() if count > 1],
                "not_once": {key: ran.get(key, 0) for key in names if ran.get(key, 0) != 1},
                "states": Counter(row["state"] for row in rows),
                "unhappy": [(row["name"], row["reason"], row["reason_params"]) for row in rows
                            if row["state"] != "succeeded" or row["started_at"] is None],
                "wrongly_charged": [
                    row["name"] for row in rows if charged.get(row["id"], 0) != row["charged_micros"]
                ],
                "unpaid": [row["name"] for row in rows if is_unpaid(row)],
                "books": rig.audit(),
                "held_micros": rig.balance(rig.person("ada").user_id).held_micros,
            }
        )
    )  # fmt: skip
    await rig.close()


def is_unpaid(row) -> bool:
    """Whether a job was seen to run long enough to cost something, and was not charged."""
    return (
        row["started_at"] is not None
        and not row["charged_micros"]
        and row["finished_at"] - row["started_at"] > 10_000
    )


def _all_jobs(connection: Connection):
    wanted = jobs_store.Filter(owners=None, limit=1_000_000)
    return jobs_store.page(connection, wanted)


def _live(connection: Connection) -> int:
    live = "SELECT count(*) FROM jobs_jobs WHERE state IN ('queued', 'starting', 'running', 'stopping')"
    return connection.execute(text(live)).scalar() or 0


def _waiting_client(folder: Path) -> bool:
    return len(_acked(folder)) < len(_lines(folder / "asked"))


def _database(folder: Path) -> str:
    return (folder / "database").read_text()


def _port(folder: Path) -> int:
    """Return the platform's port, the same in every round: agents of earlier rounds must find it."""
    file = folder / "port"
    if not file.exists():
        sockets = bind_sockets(0, "127.0.0.1")
        file.write_text(str(sockets[0].getsockname()[1]))
        sockets[0].close()
    return int(file.read_text())


def _acked(folder: Path) -> dict[str, str]:
    return dict(line.split() for line in _lines(folder / "acked"))


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line + "\n")


if __name__ == "__main__":
    main()
