"""The client's small platform, with plans that become jobs, and jobs that really run."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import hubkin_agent
import msgspec
from hubkin import wire
from hubkin_jobs.domain.tracebacks import LINES, LineMap
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from tests.unit.client import small_platform as small


@dataclass
class WorkingWorld(small.World):
    """A world whose submitted plans run in a folder of their own."""

    runs: Path = Path("runs")
    plans: dict[str, tuple[wire.PlanRequest, wire.Plan]] = field(default_factory=dict)
    submitted: dict[str, str] = field(default_factory=dict)  #: plan → job
    digests: dict[str, str] = field(default_factory=dict)  #: cell digest → job
    hold: bool = False  #: jobs stay queued
    lead: threading.Lock = field(default_factory=threading.Lock)

    def live_job(self, digest: str | None) -> str | None:
        job_id = self.digests.get(digest or "")
        live = {"queued", "starting", "running", "stopping"}
        return job_id if job_id and self.jobs[job_id].state in live else None

    def start(self, job: wire.Job) -> None:
        if not self.hold:
            threading.Thread(target=self._run, args=(job,), daemon=True).start()

    def _run(self, job: wire.Job) -> None:
        folder = self.runs / job.id
        code, outputs = folder / "code", folder / "outputs"
        outputs.mkdir(parents=True)
        for file in self.commits[-1].files:
            path = code / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.objects[file.digest])
            path.chmod(int(file.mode, 8))
        env = os.environ | job.spec.env | {"HUBKIN_CODE": str(code), "HUBKIN_OUTPUTS": str(outputs)}
        env |= {"PYTHONPATH": str(Path(hubkin_agent.__file__).parent / "injob"), "RANK": "0"}
        env |= {"HUBKIN_PARAMS": json.dumps(job.spec.params)}
        env.pop("JPY_SESSION_NAME", None)
        self.move(job.id, state="running")
        ran = subprocess.run(
            ["/bin/sh", "-c", job.spec.run], cwd=code, env=env, capture_output=True, text=True, check=False
        )
        self.lines[job.id] = [
            wire.LogLine(replica=0, at=small.NOW, text=text)
            for text in (ran.stdout + ran.stderr).splitlines()
        ]
        self.results[job.id] = _result(outputs, code, job.origin)
        self.move(
            job.id, state="succeeded" if ran.returncode == 0 else "failed", reason=_reason(ran.returncode)
        )


def _reason(code: int) -> wire.Reason:
    text = "Finished." if code == 0 else f"Replica 0 ended with exit code {code}."
    return wire.Reason(code="finished" if code == 0 else "exit_code", text=text)


def _result(outputs: Path, code: Path, origin: wire.Origin | None) -> wire.Result:
    error, result = outputs / ".hubkin" / "error.json", outputs / ".hubkin" / "result.json"
    if error.exists():
        said = json.loads(error.read_text())
        said.pop("v")
        lines = LineMap.read(
            (code / LINES).read_bytes(), execution_count=origin.execution_count if origin else None
        )
        return wire.Result(kind="error", error=lines.error(msgspec.convert(said, wire.RemoteError)))
    if result.exists():
        said = json.loads(result.read_text())
        return wire.Result(kind=said["kind"], value=said.get("value"), path=said.get("path"))
    return wire.Result(kind="none")


class Plans(small.Plans):
    world: WorkingWorld

    def post(self) -> None:
        request = self.body(wire.PlanRequest)
        number = len(self.world.plans) + 1
        plan = msgspec.structs.replace(
            self.plan(request.spec),
            id=f"plan-{number}",
            capture=request.capture,
            origin=request.origin,
            live_job_id=self.world.live_job(request.origin.cell_digest if request.origin else None),
        )
        self.world.plans[plan.id] = (request, plan)
        self.answer(plan, 201)


class OnePlan(small.Handler):
    world: WorkingWorld

    def get(self, plan_id: str) -> None:
        _, plan = self.world.plans[plan_id]
        self.answer(msgspec.structs.replace(plan, job_id=self.world.submitted.get(plan_id)))


class Jobs(small.Jobs):
    world: WorkingWorld

    def post(self) -> None:
        request = self.body(wire.JobRequest)
        key = self.request.headers["Idempotency-Key"]
        if key in self.world.keys:
            self.answer(self.world.jobs[self.world.keys[key]])
            return
        planned, _ = self.world.plans[request.plan_id or ""]
        number = len(self.world.jobs) + 1
        job = small.a_job(
            planned.spec.name or "job",
            number=number,
            spec=planned.spec,
            capture=planned.capture,
            origin=planned.origin,
        )
        self.world.put(job)
        self.world.keys[key] = self.world.submitted[request.plan_id or ""] = job.id
        if planned.origin and planned.origin.cell_digest:
            self.world.digests[planned.origin.cell_digest] = job.id
        self.answer(job, 201)
        self.world.start(job)


@contextmanager
def running(runs: Path) -> Iterator[WorkingWorld]:
    """Serve a working platform on a thread of its own, on a port that the machine chose."""
    world = WorkingWorld(runs=runs)
    ready, stops = threading.Event(), []

    async def serve() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        sockets = bind_sockets(0, "127.0.0.1")
        world.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        server = HTTPServer(_app(world))
        server.add_sockets(sockets)
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        ready.set()
        await stop.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield world
    stops[0]()
    thread.join(10)


def _app(world: WorkingWorld) -> Application:
    """The small platform's routes, with ours before them."""
    app = small.make_app(world)
    routes = [("/plans", Plans), ("/plans/([^/]+)", OnePlan), ("/jobs", Jobs)]
    ours = [(small.API + path + "$", handler, {"world": world}) for path, handler in routes]
    app.add_handlers(r"127\.0\.0\.1", ours)
    return app
