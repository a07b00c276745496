"""What an admin sees of somebody else's job, and what is written down about it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hubkin_jobs.store import attempts, streams
from hubkin_kit.database import Connection, Transaction
from hubkin_kit.tables import journal
from sqlalchemy import select

from tests.http.small_hub import SmallHub
from tests.http.whole import Whole


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


async def a_job_of(whole: Whole, who: str) -> str:
    answer = await whole.ask(who, "POST", "/jobs", {"spec": {"run": "true", "name": "bert"}})
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


async def looks(whole: Whole) -> list[tuple[str, str, str, dict[str, Any]]]:
    def read(connection: Connection) -> list[tuple[str, str, str, dict[str, Any]]]:
        columns = (journal.c.owner, journal.c.subject, journal.c.actor, journal.c.body)
        rows = connection.execute(select(*columns).where(journal.c.topic == "audit").order_by(journal.c.id))
        found = [(row.owner, row.subject, row.actor, json.loads(row.body)) for row in rows]
        return [row for row in found if row[3].get("event") == "looked"]

    return await whole.database.read(read)


async def id_of(whole: Whole, who: str) -> str:
    return str((await whole.ask(who, "GET", "/me")).json["user_id"])


async def test_an_admin_opens_what_its_owner_opens(whole: Whole) -> None:
    job = await a_job_of(whole, "ada")
    parts = ("", "/explanation", "/logs", "/metrics", "/files")

    theirs = [(await whole.ask("ada", "GET", f"/jobs/{job}{part}")) for part in parts]
    admins = [(await whole.ask("root", "GET", f"/admin/jobs/{job}{part}")) for part in parts]

    assert [answer.status for answer in admins] == [200] * len(parts)
    assert [a.json.keys() for a in admins] == [a.json.keys() for a in theirs]
    assert admins[0].json | {"waited_seconds": 0} == theirs[0].json | {"waited_seconds": 0}


async def test_an_admins_look_at_a_log_or_a_file_is_one_line_of_the_audit(whole: Whole) -> None:
    job = await a_job_of(whole, "ada")

    for path in ("logs", "logs?tail_bytes=10", "files", "files/best.pt", "result"):
        await whole.ask("root", "GET", f"/admin/jobs/{job}/{path}")

    ada, root = await id_of(whole, "ada"), await id_of(whole, "root")
    assert await looks(whole) == [
        (ada, job, root, {"event": "looked", "what": "log", "name": "bert"}),
        (ada, job, root, {"event": "looked", "what": "files", "name": "bert"}),
        (ada, job, root, {"event": "looked", "what": "file", "name": "bert", "path": "best.pt"}),
        (ada, job, root, {"event": "looked", "what": "result", "name": "bert"}),
    ]


async def test_an_explanation_that_names_files_is_a_look_at_them(whole: Whole) -> None:
    job = await a_job_of(whole, "ada")
    await whole.ask("ada", "POST", f"/jobs/{job}/stop", {})

    def leave(tx: Transaction) -> None:
        (attempt,) = attempts.ids_of_job(tx.connection, job)
        one = {"attempt_id": attempt, "task": "main", "idx": 0, "log_bytes": 0, "report_seq": 0}
        streams.open_streams(tx, [one])
        told = json.dumps([{"path": "secret.pt", "reason": "too_large"}])
        streams.set_columns(tx, attempt, "main", 0, skipped=told)

    await whole.database.write(leave)

    explanation = await whole.ask("root", "GET", f"/admin/jobs/{job}/explanation")
    assert explanation.json["notes"][0]["params"]["paths"] == ["secret.pt"]
    assert [(subject, body["what"]) for _, subject, _, body in await looks(whole)] == [(job, "files")]


async def test_looking_at_how_a_job_stands_or_at_ones_own_is_no_look(whole: Whole) -> None:
    adas, own = await a_job_of(whole, "ada"), await a_job_of(whole, "root")

    for path in (f"{adas}", f"{adas}/explanation", f"{adas}/metrics", f"{own}/logs", f"{own}/files"):
        assert (await whole.ask("root", "GET", f"/admin/jobs/{path}")).status == 200

    assert await looks(whole) == []
