"""A small platform for the client's tests: real tornado, the wire structs, jobs that a test moves by hand."""

import asyncio
import hashlib
import json
import threading

import msgspec
from hubkin import wire
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from tests.unit.client import small_catalog
from tests.unit.client.small_base import API, FINAL, NOW, Handler, World, a_job, yuan

__all__ = ["API", "NOW", "Running", "World", "a_job", "yuan"]


class Me(Handler):
    def get(self) -> None:
        space = wire.Space(owner="ada", label="ada", role="self")
        self.answer(
            wire.Me(
                name="ada",
                user_id="usr-1",
                language="en",
                spaces=[space],
                scopes=["custom:hubkin:jobs:read"],
                admin=False,
                unit="CNY",
            )
        )


class Profiles(Handler):
    def get(self) -> None:
        self.page(
            [
                wire.Profile(
                    name="sim-gpu",
                    label="Simulated GPU",
                    pool="sim",
                    accelerator="sim",
                    simulated=True,
                    cpu=2,
                    memory_bytes=4_000_000_000,
                    per_hour=yuan("2.00"),
                    free_units=1,
                    total_units=2,
                    notebook=True,
                )
            ]
        )


class Plans(Handler):
    def post(self) -> None:
        self.answer(self.plan(self.body(wire.PlanRequest).spec), 201)

    def plan(self, spec: wire.JobSpec) -> wire.Plan:
        quote = wire.Quote(per_hour=yuan("2.00"), hold=yuan("2.00"), lasts_seconds=7200)
        waits = [wire.Reason(code="no_free_gpu", text="1 unit needed, 0 free")]
        return wire.Plan(
            id="plan-1",
            name=spec.name or "job",
            owner="ada",
            spec=spec,
            profile="sim-gpu",
            profile_label="Simulated GPU",
            simulated=True,
            units=1,
            replicas=spec.replicas,
            processes=1,
            quote=quote,
            waits_for=waits,
            warnings=[],
            confirm=self.world.plan_confirm,
            expires_at=NOW,
        )


class Jobs(Plans):
    def get(self) -> None:
        states = self.get_query_arguments("state")
        text = self.get_query_argument("q", "")
        rows = [
            job
            for job in self.world.jobs.values()
            if (not states or job.state in states) and text in job.name
        ]
        self.page(rows[::-1])

    def post(self) -> None:
        request = self.body(wire.JobRequest)
        if self.get_query_argument("dry_run", "") == "true":
            self.answer(self.plan(request.spec))
            return
        key = self.request.headers["Idempotency-Key"]
        if key in self.world.keys:
            self.answer(self.world.jobs[self.world.keys[key]])
            return
        job = self.world.put(
            a_job(request.spec.name or "job", number=len(self.world.jobs) + 1, spec=request.spec)
        )
        self.world.keys[key] = job.id
        self.answer(job, 201)


class OneJob(Handler):
    def get(self, name: str) -> None:
        job = self.job(name)
        if job:
            self.answer(job)

    def post(self, name: str, verb: str) -> None:
        job = self.job(name)
        if not job:
            return
        if verb == "stop":
            self.body(wire.StopRequest)
            self.answer(self.world.move(job.id, state="stopping"))
        elif verb == "extend":
            self.body(wire.ExtendRequest)
            self.answer(self.world.move(job.id, deadline_at="2026-11-24T10:00:00.000Z"))
        else:
            self.answer(self.world.put(a_job(job.name + "-2", number=len(self.world.jobs) + 1)), 201)


class Explanation(Handler):
    def get(self, name: str) -> None:
        job = self.job(name)
        if job:
            self.answer(
                wire.Explanation(
                    job_id=job.id,
                    state=job.state,
                    reasons=[job.reason],
                    summary=job.reason.text,
                    position=1,
                    ahead=["vit-3"],
                    alternatives=[wire.Alternative(text="Run without a GPU", patch={})],
                )
            )


class Logs(Handler):
    def get(self, name: str) -> None:
        known = {"replica", "cursor", "tail_bytes", "limit_bytes"}
        job = self.job(name)
        if not job:
            return
        if set(self.request.query_arguments) - known:
            self.refuse(422, "unknown_key", "There is no such parameter.")
            return
        lines = self.world.lines.get(job.id, [])
        start = int(self.get_query_argument("cursor", "0"))
        tail = self.get_query_argument("tail_bytes", None)
        if tail is not None:
            sizes = [sum(len(line.text) for line in lines[at:]) for at in range(len(lines) + 1)]
            start = next(at for at, size in enumerate(sizes) if size <= int(tail))
        complete = job.state in FINAL
        gaps = [wire.Reason(code="gap", text="10 bytes are missing")] if job.name == "gappy" else []
        self.answer(wire.LogPage(lines=lines[start:], cursor=str(len(lines)), complete=complete, gaps=gaps))


class Metrics(Handler):
    def get(self, name: str) -> None:
        one = wire.Series(
            name="loss",
            replica=0,
            steps=[1, 2],
            values=[2.31, 0.42],
            at=[NOW, NOW],
            total_points=2,
            first=2.31,
            last=0.42,
        )
        wanted = self.get_query_argument("name", one.name)
        self.answer(wire.Metrics(series=[one] if wanted == one.name else []))


class Result(Handler):
    def get(self, name: str) -> None:
        job = self.job(name)
        if not job:
            return
        if job.id in self.world.results:
            self.answer(self.world.results[job.id])
        else:
            self.refuse(404, "no_result", "The job has left no result.")


class Files(Handler):
    def get(self, name: str) -> None:
        job = self.job(name)
        if job:
            kept = self.world.files.get(job.id, {})
            self.page(
                [
                    wire.FileEntry(path=path, size_bytes=len(data), digest=hashlib.sha256(data).hexdigest())
                    for path, data in kept.items()
                ]
            )


class OneFile(Handler):
    def get(self, name: str, path: str) -> None:
        data = self.world.files[name][path]
        digest = hashlib.sha256(data).hexdigest()
        self.world.objects[digest] = data
        self.redirect(f"{API}/objects/{digest}", status=307)


class Usage(Handler):
    def get(self) -> None:
        entry = wire.Entry(
            id="ent-1",
            at=NOW,
            amount=yuan("100.00"),
            balance_after=yuan("100.00"),
            kind="topup",
            note="opening",
            by="admin",
        )
        self.answer(
            wire.Usage(
                account="acc-1",
                owner="ada",
                balance=yuan("100.00"),
                held=yuan("4.00"),
                available=yuan("96.00"),
                spent_this_month=yuan("0.00"),
                per_hour=yuan("4.00"),
                lasts_seconds=90000,
                entries=[entry],
            )
        )


class Hooks(Handler):
    def get(self) -> None:
        self.answer(wire.Page(items=[]))

    def post(self) -> None:
        hook = self.body(wire.Hook)
        self.answer(msgspec.structs.replace(hook, id="hook-1", secret="s3cret"), 201)

    def delete(self) -> None:
        self.set_status(204)


class Events(Handler):
    async def get(self) -> None:
        topics = self.get_query_arguments("topics")
        since = int(
            self.get_query_argument(
                "since", self.request.headers.get("Last-Event-ID", str(len(self.world.events)))
            )
        )
        if "text/event-stream" in self.request.headers.get("Accept", ""):
            await self.stream(since, topics)
            return
        wait = float(self.get_query_argument("wait", "0"))
        for _ in range(int(wait / 0.01) + 1):
            found = [event for event in self.world.events[since:] if event.topic in topics]
            if found:
                break
            await asyncio.sleep(0.01)
        self.answer({"items": found, "cursor": str(len(self.world.events))})

    async def stream(self, since: int, topics: list[str]) -> None:
        self.set_header("Content-Type", "text/event-stream")
        epoch = self.world.epoch
        self.world.streaming += 1
        try:
            self.write(f"id: {since}\n: hello\n\n")
            await self.flush()
            while epoch == self.world.epoch:
                for event in self.world.events[since:]:
                    since = event.seq
                    if not topics or event.topic in topics:
                        self.write(f"id: {event.seq}\ndata: {json.dumps(msgspec.to_builtins(event))}\n\n")
                        await self.flush()
                await asyncio.sleep(0.01)
                if self.request.connection.stream.closed():  # type: ignore[union-attr]
                    return
        finally:
            self.world.streaming -= 1


def make_app(world: World) -> Application:
    routes = [
        ("/me", Me),
        ("/profiles", Profiles),
        ("/plans", Plans),
        ("/jobs", Jobs),
        ("/jobs/([^/]+)", OneJob),
        ("/jobs/([^/]+)/(stop|extend|restart)", OneJob),
        ("/jobs/([^/]+)/explanation", Explanation),
        ("/jobs/([^/]+)/logs", Logs),
        ("/jobs/([^/]+)/metrics", Metrics),
        ("/jobs/([^/]+)/result", Result),
        ("/jobs/([^/]+)/files", Files),
        ("/jobs/([^/]+)/files/(.+)", OneFile),
        ("/usage", Usage),
        ("/hooks", Hooks),
        ("/hooks/.+", Hooks),
        ("/events", Events),
        *small_catalog.ROUTES,
    ]
    return Application(
        [(API + path + "$", handler, {"world": world}) for path, handler in routes],
        log_function=lambda _: None,
    )


class Running:
    """The platform on a thread of its own, on a port that the machine chose."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> World:
        self._thread.start()
        assert self._ready.wait(10)
        return self.world

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        sockets = bind_sockets(0, "127.0.0.1")
        self.world.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        server = HTTPServer(make_app(self.world))
        server.add_sockets(sockets)
        self._ready.set()
        await self._stop.wait()
        server.stop()
        await server.close_all_connections()
