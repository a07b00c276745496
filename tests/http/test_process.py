"""The platform as a process: how it starts, refuses to start, and ends."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.http.client import Answer, fetch
from tests.http.small_hub import SmallHub
from tests.support.process import Process, command, write_secrets
from tests.support.started import end_agents

METRICS = "custom:hubkin:metrics:read"


@pytest.fixture
def data(tmp_path: Path, hub: SmallHub) -> Path:
    write_secrets(tmp_path, hub)
    return tmp_path


@pytest.fixture
def start(data: Path, hub: SmallHub) -> Iterator[Callable[..., Process]]:
    """Start a platform; whatever becomes of the test, none is left behind."""
    running: list[Process] = []

    def one(*flags: str) -> Process:
        running.append(Process(data, hub, *flags))
        return running[-1]

    yield one
    for process in running:
        process.process.kill()
        process.process.wait()
    end_agents(data / "runs")


@pytest.fixture
def started(start: Callable[..., Process]) -> Process:
    return start()


async def answered(process: Process, status: int) -> Answer:
    """Ask for readiness until the answer is the wanted one."""
    deadline = time.monotonic() + 10
    while (answer := await fetch(f"{process.origin}/services/hubkin/healthz")).status != status:
        assert time.monotonic() < deadline, answer.body
        await asyncio.sleep(0.05)
    return answer


def refused(data: Path, hub: SmallHub, *flags: str) -> str:
    done = subprocess.run(command(data, hub, *flags), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


async def test_it_is_ready_when_the_hub_knows_it(started: Process, hub: SmallHub) -> None:
    answer = await answered(started, 200)

    assert answer.json == {"status": "ok"}


async def test_it_is_alive_but_not_ready_without_the_hub(started: Process, hub: SmallHub) -> None:
    await answered(started, 200)
    hub.away = True

    ready = await answered(started, 503)
    alive = await fetch(f"{started.origin}/services/hubkin/livez")

    assert alive.status == 200
    assert ready.json["params"]["missing"] == ["hub"]


async def test_operators_get_figures(started: Process) -> None:
    answer = await fetch(f"{started.origin}/services/hubkin/metrics")

    assert b"hubkin_event_loop_lag_seconds_bucket" in answer.body


@pytest.mark.parametrize("path", ["/services/hubkin/metrics", "/services/hubkin/api/v1/metrics"])
async def test_figures_are_not_for_everybody_who_comes_through_the_proxy(
    started: Process, hub: SmallHub, path: str
) -> None:
    await answered(started, 200)
    tokens = {
        "none": None,
        "ada": hub.add("ada"),
        "watcher": hub.add("watcher", kind="service", scopes=(METRICS,), access=False),
        "root": hub.add("root", scopes=(METRICS,)),
        "gate": hub.add("gate", kind="service", scopes=("custom:hubkin:servers:gate",)),
    }
    statuses = {}
    for who, token in tokens.items():
        for forwarded in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
            headers = {forwarded: "127.0.0.1"} | ({"Authorization": f"Bearer {token}"} if token else {})
            statuses[who] = (await fetch(started.origin + path, headers=headers)).status

    assert statuses == {"none": 401, "ada": 403, "watcher": 200, "root": 200, "gate": 403}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_when_told_to(started: Process, number: int) -> None:
    os.kill(started.process.pid, number)

    assert started.process.wait(timeout=10) == 0
    assert started.events()[-1]["event"] == "platform_stopped"


SITE = """\
unit: CNY
pools:
  sim: {kind: gpu, units: 1, simulated: true}
profiles:
  sim-gpu: {pool: sim, label: Simulated GPU, accelerator: sim-gpu, cpu: 1, memory: 2GiB}
prices: {sim-gpu: 0}
"""
JOBS = "/services/hubkin/api/v1/jobs"


class Submitter:
    """One client on one connection, as a proxy in front keeps them."""

    def __init__(self, process: Process, token: str) -> None:
        self._connection = http.client.HTTPConnection(process.origin.removeprefix("http://"), timeout=30)
        self._token = token

    def close(self) -> None:
        self._connection.close()

    def submit(self, key: str, run: str = "true") -> tuple[int, Any]:
        spec = {"run": run, "name": key, "resources": {"gpu": "sim-gpu:1"}}
        headers = {"Authorization": f"token {self._token}", "Content-Type": "application/json"}
        self._connection.request("POST", JOBS, json.dumps({"spec": spec}), headers | {"Idempotency-Key": key})
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def submit_until_refused(self, prefix: str) -> dict[str, tuple[int, Any]]:
        """Submit one job after the other until there is a refusal, or no answer (0)."""
        answers: dict[str, tuple[int, Any]] = {}
        status = 201
        with closing(self):
            while status == 201:
                key = f"{prefix}-{len(answers)}"
                try:
                    status, body = self.submit(key)
                except (OSError, http.client.HTTPException):
                    status, body = 0, None
                answers[key] = status, body
        return answers


def jobs_of(data: Path) -> dict[str, str]:
    """The names of the jobs, each of them whole: with one attempt, a key and a row in the journal."""
    with closing(sqlite3.connect(data / "hubkin.sqlite", isolation_level=None)) as raw:
        raw.execute("BEGIN")  # one moment for all questions
        assert raw.execute("SELECT count(*) FROM jobs_jobs").fetchone() == (
            raw.execute("SELECT count(*) FROM kit_idempotency").fetchone()
        )
        rows = raw.execute(
            "SELECT id, name FROM jobs_jobs AS job WHERE 1 = "
            "(SELECT count(*) FROM jobs_attempts WHERE job_id = job.id) AND EXISTS "
            "(SELECT 1 FROM kit_journal WHERE topic = 'job' AND subject = job.id)"
        ).fetchall()
        assert raw.execute("SELECT count(*) FROM jobs_jobs").fetchone() == (len(rows),)
    return dict(rows)


async def test_told_to_stop_while_64_submit_it_keeps_what_it_acknowledged_and_refuses_the_rest_cleanly(
    data: Path, hub: SmallHub, start: Callable[..., Process]
) -> None:
    (data / "site.yaml").write_text(SITE)
    site = f"--HubkinPlatform.site={data / 'site.yaml'}"
    process, token = start(site), hub.add("ada")
    await answered(process, 200)
    loop, threads = asyncio.get_running_loop(), ThreadPoolExecutor(65)

    def ask(call: Callable[..., Any], *words: Any) -> asyncio.Future[Any]:
        return loop.run_in_executor(threads, call, *words)

    # It takes the one unit, so that all others wait.
    with closing(Submitter(process, token)) as client:
        await ask(client.submit, "first", "sleep 600")
    submitting = [ask(Submitter(process, token).submit_until_refused, f"job-{n}") for n in range(64)]
    while len(await ask(jobs_of, data)) < 100:
        assert not any(one.done() for one in submitting)

    process.process.terminate()
    answers = {key: answer for one in submitting for key, answer in (await one).items()}
    code = await ask(process.process.wait, 20)

    kept = jobs_of(data)
    unheard = [key for key, (status, _) in answers.items() if status != 201]
    again = start(site)
    await answered(again, 200)
    with closing(Submitter(again, token)) as client:
        asked_again = [(await ask(client.submit, key))[0] for key in unheard]
    again.process.terminate()
    await ask(again.process.wait, 20)
    threads.shutdown()
    assert code == 0
    assert {status for status, _ in answers.values()} <= {201, 503, 0}
    assert {body["id"] for status, body in answers.values() if status == 201} <= kept.keys()
    assert not [event for event in process.events() if event["event"] == "request_failed"]
    assert set(asked_again) <= {200, 201}
    assert sorted(jobs_of(data).values()) == sorted(["first", *answers])


async def test_open_streams_end_properly_when_it_ends(started: Process, hub: SmallHub) -> None:
    await answered(started, 200)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(started.origin.rpartition(":")[2]))
    asked = "GET /services/hubkin/api/v1/events HTTP/1.1\r\nHost: localhost"
    writer.write(f"{asked}\r\nAuthorization: token {hub.add('ada')}\r\n\r\n".encode())
    await reader.readuntil(b": hubkin\n")

    started.process.terminate()
    rest = await asyncio.wait_for(reader.read(), 10)

    writer.close()
    assert rest.endswith(b"0\r\n\r\n")
    assert await asyncio.to_thread(started.process.wait, 10) == 0


async def test_a_second_one_on_the_same_data_does_not_start(
    started: Process, data: Path, hub: SmallHub
) -> None:
    assert "Another platform process works on" in refused(data, hub)


async def test_after_a_kill_the_next_one_is_ready_at_once(
    started: Process, start: Callable[..., Process]
) -> None:
    await answered(started, 200)
    started.process.kill()
    started.process.wait()

    again = start()

    await answered(again, 200)
    again.process.terminate()
    assert again.process.wait(timeout=10) == 0


async def test_a_taken_port_is_named(data: Path, hub: SmallHub) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert f"Port {port} on 127.0.0.1 cannot be used" in refused(data, hub, f"--port={port}")


async def test_a_schema_of_a_newer_version_is_left_alone(data: Path, hub: SmallHub) -> None:
    engine = sa.create_engine(f"sqlite:///{data}/hubkin.sqlite")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table alembic_version (version_num varchar(32) primary key)")
        connection.exec_driver_sql("insert into alembic_version values ('9999')")
    engine.dispose()

    assert "made by a newer version: it has schema 9999" in refused(data, hub)


async def test_a_schema_that_is_not_what_its_version_says_is_named_at_the_start(
    data: Path, hub: SmallHub, start: Callable[..., Process]
) -> None:
    made = start()
    made.process.terminate()
    made.process.wait(timeout=10)
    with closing(sqlite3.connect(data / "hubkin.sqlite")) as connection:
        connection.execute("ALTER TABLE jobs_jobs DROP COLUMN progress")

    said = refused(data, hub)

    assert "cannot be upgraded: it lacks jobs_jobs.progress. Install that version" in said


async def test_secrets_that_others_may_read_are_refused(data: Path, hub: SmallHub) -> None:
    (data / "secrets.json").chmod(0o644)

    assert "chmod 600" in refused(data, hub)


async def test_missing_secrets_are_named(data: Path, hub: SmallHub) -> None:
    (data / "secrets.json").unlink()

    assert "cannot be read" in refused(data, hub)


async def test_a_database_that_cannot_be_opened_is_named(data: Path, hub: SmallHub) -> None:
    (data / "hubkin.sqlite").mkdir()

    assert "cannot write its database" in refused(data, hub)


async def test_a_setting_that_does_not_fit_is_named(data: Path, hub: SmallHub) -> None:
    assert "port" in refused(data, hub, "--port=70000")


async def test_nothing_secret_is_in_the_log(started: Process, data: Path, hub: SmallHub) -> None:
    token = hub.add("ada")
    await fetch(f"{started.origin}/services/hubkin/api/v1/nothing?token={token}", token=token)

    log = started.log.read_text()

    kept = json.loads((data / "secrets.json").read_text())
    assert not [value for value in (token, *kept.values()) if value in log]
