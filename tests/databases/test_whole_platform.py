"""The platform's own process on a database server, with jobs that really run, asked by curl."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hubkin_billing as billing
import hubkin_users as users
import pytest
from hubkin_kit import journal
from hubkin_kit.database import Database
from hubkin_kit.money import MICROS

from tests.databases.conftest import Start
from tests.http.client import API
from tests.http.small_hub import SmallHub
from tests.support.process import Process

PAID = {"resources": {"gpu": "sim-gpu:1"}}


async def curl(process: Process, token: str, method: str, path: str, body: Any = None, key: str = "") -> Any:
    """Ask as a person in a terminal does."""
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "-X", method]
    command += [f"{process.origin}{API}{path}", "-H", f"Authorization: Bearer {token}"]
    if body is not None:
        command += ["-H", "Content-Type: application/json", "--data", json.dumps(body)]
    if key:
        command += ["-H", f"Idempotency-Key: {key}"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


async def until(process: Process, token: str, job_id: str, *states: str) -> dict[str, Any]:
    """Ask for a job until it stands in one of these states."""
    deadline = time.monotonic() + 60
    while (job := await curl(process, token, "GET", f"/jobs/{job_id}"))["state"] not in states:
        assert time.monotonic() < deadline, job
        await asyncio.sleep(0.1)
    return dict(job)


async def is_ready(process: Process) -> None:
    """Wait until it says so."""
    deadline = time.monotonic() + 30
    while True:
        url = f"{process.origin}/services/hubkin/healthz"
        asked = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", url]
        done = await asyncio.to_thread(subprocess.run, asked, capture_output=True, text=True, check=True)
        if done.stdout == "200":
            return
        assert time.monotonic() < deadline, process.log.read_text()
        await asyncio.sleep(0.1)


async def test_a_job_outlives_the_platform_and_is_there_run_and_paid_once(
    start: Start, hub: SmallHub, tmp_path: Path, database_url: str
) -> None:
    ada, seen = hub.add("ada"), tmp_path / "seen"
    first = start()
    spec = {**PAID, "name": "twice", "run": f"echo ran >> {seen}; sleep 2; echo 好了🔑"}
    sent = await curl(first, ada, "POST", "/jobs", {"spec": spec}, key="k")
    await until(first, ada, sent["id"], "running")

    first.kill()
    second = start(port=int(first.origin.rpartition(":")[2]))
    again = await curl(second, ada, "POST", "/jobs", {"spec": spec}, key="k")
    done = await until(second, ada, sent["id"], "succeeded", "failed")

    log = await curl(second, ada, "GET", f"/jobs/{sent['id']}/logs")
    assert again["id"] == sent["id"]
    assert (done["state"], done["name"]) == ("succeeded", "twice")
    assert [line["text"] for line in log["lines"]] == ["好了🔑"]
    assert seen.read_text() == "ran\n"
    in_books(database_url, lambda database: is_paid_once(database, sent["id"]))


def in_books(url: str, look: Callable[[Database], None]) -> None:
    database = Database(url)
    try:
        look(database)
    finally:
        database.close()


def is_paid_once(database: Database, job_id: str) -> None:
    """Check what an auditor would."""
    ada = database.read_sync(lambda c: users.find_owner(c, "ada"))
    assert ada is not None
    charged = database.read_sync(lambda c: billing.charged(c, [job_id]))[job_id]
    account = database.read_sync(lambda c: billing.usage(c, ada.id, month_start=0)).balance
    numbers = [row.seq for row in database.read_sync(lambda c: journal.read_after(c, 0))]
    assert charged > 0
    assert (account.balance_micros, account.held_micros) == (50 * MICROS - charged, 0)
    assert database.read_sync(billing.audit).complaints == ()
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.only_on("postgresql", "mariadb")
async def test_a_process_without_controllers_serves_what_another_runs(start: Start, hub: SmallHub) -> None:
    ada = hub.add("ada")
    working, serving = start(), start("--HubkinPlatform.controllers=False")
    await is_ready(serving)

    sent = await curl(serving, ada, "POST", "/jobs", {"spec": {"run": "true"}}, key="k")
    again = await curl(working, ada, "POST", "/jobs", {"spec": {"run": "true"}}, key="k")

    assert again["id"] == sent["id"]
    assert (await until(serving, ada, sent["id"], "succeeded", "failed"))["state"] == "succeeded"
