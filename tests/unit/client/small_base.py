"""What the handlers of the small platform share: the world that a test changes, a handler that reads it."""

import threading
from dataclasses import dataclass, field
from typing import Any

import msgspec
from hubkin import wire
from tornado.web import RequestHandler

API = "/services/hubkin/api/v1"
NOW = "2026-11-24T08:00:00.000Z"
FREE = wire.Money(amount="0.00", unit="CNY")
FINAL = {"succeeded", "failed", "stopped", "suspended"}


def yuan(amount: str) -> wire.Money:
    return wire.Money(amount=amount, unit="CNY")


def a_job(name: str = "bert-7", *, state: str = "queued", number: int = 1, **changes: Any) -> wire.Job:
    """A job of ada's as the platform sends it."""
    values: dict[str, Any] = {
        "id": f"job-{number:05d}",
        "name": name,
        "owner": "ada",
        "submitted_by": "ada",
        "state": state,
        "reason": wire.Reason(code="no_free_gpu", text="1 unit needed, 0 free"),
        "spec": wire.JobSpec(run="true"),
        "profile": "sim-gpu",
        "profile_label": "Simulated GPU",
        "simulated": True,
        "units": 1,
        "backend": "local",
        "attempt": 1,
        "submitted_at": NOW,
        "per_hour": yuan("2.00"),
        "held": yuan("2.00"),
        "charged": yuan("0.00"),
    }
    return wire.Job(**{**values, **changes})


@dataclass
class World:
    """What the platform knows; a test changes it, the handlers read it."""

    jobs: dict[str, wire.Job] = field(default_factory=dict)
    events: list[wire.Event] = field(default_factory=list)
    lines: dict[str, list[wire.LogLine]] = field(default_factory=dict)
    results: dict[str, wire.Result] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    commits: list[wire.CommitRequest] = field(default_factory=list)
    uploads: list[wire.UploadRequest] = field(default_factory=list)
    versions: list[wire.Version] = field(default_factory=list)
    trees: dict[str, list[wire.CommitFile]] = field(default_factory=dict)
    tickets: int = 0
    ended_tickets: int = 0  #: tickets up to this one have run out
    broken_off: set[str] = field(default_factory=set)  #: digests whose next answer stops half-way
    requests: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    refusal: wire.Problem | None = None
    plan_confirm: bool = False
    tokens: set[str] = field(default_factory=lambda: {"secret"})
    url: str = ""
    epoch: int = 0
    away: int = 0
    streaming: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, job: wire.Job) -> wire.Job:
        """Store a job and tell everybody who listens."""
        with self.changed:
            self.jobs[job.id] = job
            self.emit("job", job.id, msgspec.to_builtins(job))
        return job

    def move(self, job_id: str, **changes: Any) -> wire.Job:
        """Change a job."""
        return self.put(msgspec.structs.replace(self.jobs[job_id], **changes))

    def emit(self, topic: str, subject: str, data: dict[str, Any]) -> None:
        with self.changed:
            self.events.append(wire.Event(seq=len(self.events) + 1, topic=topic, subject=subject, data=data))
            self.changed.notify_all()

    def break_streams(self) -> None:
        """End every event stream, as a restart would."""
        self.epoch += 1

    def find(self, name: str) -> wire.Job | None:
        return self.jobs.get(name) or next((job for job in self.jobs.values() if job.name == name), None)


class Handler(RequestHandler):
    def initialize(self, world: World) -> None:
        self.world = world

    def prepare(self) -> None:
        self.world.requests.append((self.request.method or "", self.request.path.removeprefix(API)))
        self.world.headers.append(dict(self.request.headers))
        if self.request.path.startswith(f"{API}/objects/"):
            return
        if self.world.away > 0 and self.request.path.endswith("/events"):
            self.world.away -= 1
            self.refuse(503, "unavailable", "Not now.")
            return
        if self.request.headers.get("Authorization", "").removeprefix("token ") not in self.world.tokens:
            self.refuse(401, "not_signed_in", "You are not signed in.")
        elif self.world.refusal is not None and self.request.method == "POST":
            self.answer(self.world.refusal, self.world.refusal.status)

    def answer(self, value: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.finish(msgspec.json.encode(value))

    def refuse(self, status: int, code: str, detail: str, **params: str) -> None:
        problem = wire.Problem(
            type="about:blank", title=code, status=status, detail=detail, code=code, params=params,
            request_id="req-1",
        )  # fmt: skip
        self.answer(problem, status)

    def body(self, kind: type[Any]) -> Any:
        return msgspec.json.decode(self.request.body, type=kind)

    def page(self, items: list[Any]) -> None:
        limit = int(self.get_query_argument("limit", "50"))
        start = int(self.get_query_argument("cursor", "0"))
        end = start + limit
        self.answer(wire.Page(items=items[start:end], next_cursor=str(end) if end < len(items) else None))

    def job(self, name: str) -> wire.Job | None:
        job = self.world.find(name)
        if job is None:
            self.refuse(404, "not_found", f"There is no job {name}.", name=name)
        return job
