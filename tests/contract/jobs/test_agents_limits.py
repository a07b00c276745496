"""What an agent's token can send at most: a job holds it, and shares the platform with everybody."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import pytest
from hubkin import wire
from hubkin_jobs.controllers.dispatcher import dispatch_all
from hubkin_jobs.service import receiving
from hubkin_jobs.store import attempts, streams
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from tests.support.rig import Rig


class Agent:
    """Speaks as the agent of a job that was released; nothing runs."""

    def __init__(self, rig: Rig, job_id: str) -> None:
        self.rig, self.job_id = rig, job_id
        self.attempt = rig.database.read_sync(lambda c: attempts.ids_of_job(c, job_id))[-1]
        self._token = rig.web.attempts.sign(self.attempt, seconds=600)

    async def send(self, method: str, path: str, body: Any, **headers: str) -> HTTPResponse:
        """Send one request."""
        place = f"http://127.0.0.1:{self.rig.port}{self.rig.web.api}/attempts/{self.attempt}/replicas/main/0"
        return await AsyncHTTPClient().fetch(
            place + path,
            method=method,
            body=body if isinstance(body, bytes) else json.dumps(body),
            headers={"Authorization": f"Bearer {self._token}", **headers},
            raise_error=False,
            request_timeout=60,
        )

    async def put(self, data: bytes) -> str:
        """Upload an object; return its digest."""
        digest = hashlib.sha256(data).hexdigest()
        asked = await self.send("POST", "/outputs", {"files": [named("x", digest, len(data))]})
        for want in json.loads(asked.body)["put"]:
            url = f"http://127.0.0.1:{self.rig.port}{want['url']}"
            await AsyncHTTPClient().fetch(url, method="PUT", body=data)
        return digest

    def page(self) -> wire.LogPage:
        """Return the log as its owner reads it."""
        jobs = self.rig.jobs
        return self.rig.database.read_sync(
            lambda c: jobs.logs(
                c, jobs.get(c, None, self.job_id), self.rig.reader, replica=None, cursor=None, tail=None,
                limit_bytes=1000,
            )
        )  # fmt: skip

    @property
    def stream(self) -> Any:
        """How far it has come."""
        return self.rig.database.read_sync(lambda c: streams.get(c, self.attempt, "main", 0))


def named(path: str, digest: str, size: int, mode: str = "0644") -> dict[str, Any]:
    return {"path": path, "digest": digest, "size": size, "mode": mode}


@pytest.fixture
async def agent(rig: Rig) -> Agent:
    job_id = await rig.submit(rig.person("ada"), {"name": "one", "run": "true"})
    await rig.database.write(dispatch_all)
    return Agent(rig, job_id)


async def test_many_files_are_asked_for_part_by_part_and_quickly(agent: Agent) -> None:
    files = [named(f"f{n}", hashlib.sha256(b"%d" % n).hexdigest(), 1) for n in range(20_000)]

    began = time.process_time()
    answer = await agent.send("POST", "/outputs", {"files": files})
    used = time.process_time() - began

    assert len(json.loads(answer.body)["put"]) == receiving.MAX_TICKETS
    assert used < 5


async def test_more_files_than_a_replica_may_keep_are_refused(agent: Agent) -> None:
    files = [named(f"f{n}", "0" * 64, 1) for n in range(20_001)]

    answers = [await agent.send("POST", path, {"files": files}) for path in ("/outputs", "/outputs/commit")]

    assert [answer.code for answer in answers] == [413, 413]


async def test_the_same_bytes_under_two_sizes_are_refused(agent: Agent) -> None:
    digest = await agent.put(b"mine")

    lie = await agent.send(
        "POST", "/outputs/commit", {"files": [named("a", digest, 10**12), named("b", digest, 4)]}
    )
    truth = await agent.send("POST", "/outputs/commit", {"files": [named("b", digest, 4)]})

    assert (lie.code, truth.code) == (422, 204)


@pytest.mark.parametrize(
    "names", [["a", "a/b"], ["\u00e9", "e\u0301"], ["a", "a"]], ids=["folder", "unicode", "twice"]
)
async def test_names_that_meet_are_refused(agent: Agent, names: list[str]) -> None:
    digest = await agent.put(b"mine")

    answer = await agent.send(
        "POST", "/outputs/commit", {"files": [named(name, digest, 4) for name in names]}
    )

    assert answer.code == 422


async def test_a_mode_that_is_none_of_ours_is_refused(agent: Agent) -> None:
    digest = await agent.put(b"mine")

    answer = await agent.send("POST", "/outputs/commit", {"files": [named("a", digest, 4, "4755")]})

    assert answer.code == 422


async def test_no_more_curves_are_kept_than_a_screen_could_show(agent: Agent) -> None:
    for seq in range(1, 4):
        points = [{"name": f"c{seq}-{n}", "value": 1, "at": 1} for n in range(700)]
        await agent.send(
            "POST", "/reports", {"seq": seq, "points": [*points, {"name": "loss", "value": seq, "at": 1}]}
        )

    found = agent.rig.database.read_sync(lambda c: streams.points_of(c, [agent.attempt], None))

    assert len({row["name"] for row in found}) == receiving.MAX_CURVES
    assert [row["value"] for row in found if row["name"] == "loss"] == [1, 2, 3]


async def test_times_that_are_none_are_taken_as_now(agent: Agent) -> None:
    point = {"name": "loss", "value": 1}
    far = [{**point, "at": at} for at in (-(2**62), 2**62)]

    report = await agent.send("POST", "/reports", {"seq": 1, "points": far})
    log = await agent.send("PUT", "/log?offset=0", b"hello\n", **{"X-Hubkin-At": "\u00b2"})

    rows = agent.rig.database.read_sync(lambda c: streams.points_of(c, [agent.attempt], None))
    assert (report.code, log.code) == (204, 204)
    assert all(0 <= row["at"] <= agent.rig.clock.now() for row in rows)


async def test_a_place_that_no_log_reaches_is_refused(agent: Agent) -> None:
    answers = [
        await agent.send("PUT", f"/log?{query}", b"")
        for query in (f"offset=0&gap={2**62}", f"offset={2**62}", f"offset={2**80}")
    ]

    assert [answer.code for answer in answers] == [400, 400, 400]


async def test_a_log_past_its_bound_is_a_gap_and_fills_no_disk(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "KEPT_LOG_BYTES", 10)
    for n in range(3):
        await agent.send("PUT", f"/log?offset={n * 6}", b"hello\n")

    page = agent.page()

    assert agent.stream["log_bytes"] == 18
    assert [line.text for line in page.lines] == ["hello"]
    assert sum(gap.params["lost_bytes"] for gap in page.gaps) == 12


async def test_what_is_told_of_files_that_were_not_kept_is_bounded(agent: Agent) -> None:
    skipped = [{"path": "x" * 100_000, "reason": "y" * 100_000}] * 30

    answer = await agent.send("POST", "/outputs/commit", {"files": [], "skipped": skipped})

    assert answer.code == 204
    assert len(agent.stream["skipped"]) < 30 * (receiving.MAX_PATH + receiving.MAX_REASON + 100)
