"""A platform of recorded answers, so that every screen can be seen in every state, theme and language.

Only the pages are real here: nothing computes, nothing is stored.  What the real platform does is
tested on the real one, in other files of tests/e2e.
"""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "services" / "platform" / "hubkin_platform" / "static"
BASE = "/services/hubkin/"
API = f"{BASE}api/v1"
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:"
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".txt": "text/plain"}

Row = dict[str, Any]


def money(amount: str) -> Row:
    return {"amount": amount, "unit": "CNY"}


def ago(**delta: float) -> str:
    return (datetime.now(UTC) - timedelta(**delta)).isoformat(timespec="seconds").replace("+00:00", "Z")


def a_reason(code: str, text: str = "") -> Row:
    return {"code": code, "params": {}, "text": text}


def a_job(number: int, name: str, state: str, **part: Any) -> Row:
    """A row as the platform sends it; `part` replaces fields."""
    started = None if state in {"queued"} else ago(minutes=42)
    return {
        "id": f"job-{number:02}",
        "name": name,
        "owner": "ada",
        "submitted_by": "ada",
        "state": state,
        "reason": a_reason("running"),
        "spec": {
            "run": "python -m hubkin.cell .hubkin/cell.py",
            "replicas": 1,
            "params": {"lr": 0.0003},
            "on_stop": {"signal": "SIGTERM", "grace": "30s"},
        },
        "profile": "sim-gpu",
        "profile_label": "Simulated GPU",
        "simulated": True,
        "units": 1,
        "backend": "local",
        "attempt": 1,
        "submitted_at": ago(minutes=43 + number),
        "started_at": started,
        "finished_at": ago(minutes=3) if state in {"succeeded", "failed", "stopped"} else None,
        "deadline_at": None,
        "waited_seconds": 12.0,
        "ran_seconds": 2340.0 if state in {"succeeded", "failed", "stopped"} else None,
        "queue_position": None,
        "per_hour": money("4.00"),
        "held": money("4.00"),
        "charged": money("2.80"),
        "charged_at": None,
        "replicas": [],
        "progress": None,
        "latest": {},
        "capture": None,
        "origin": None,
        "model": None,
        "can_stop": True,
        "can_extend": True,
        "revision": 1,
        "href": "",
        **part,
    }


def jobs() -> list[Row]:
    """One job in each state, with the texts that make rows long."""
    replicas = [
        {
            "task": "main",
            "index": index,
            "state": "running",
            "node": "this-machine",
            "exit_code": None,
            "reason": None,
            "rss_bytes": 412_000_000,
            "log_bytes": 90_000,
        }
        for index in range(2)
    ]
    capture = {
        "names": [
            {"name": "Net", "kind": "class", "source": "In[3]", "size_bytes": None},
            {"name": "load", "kind": "function", "source": "In[7]", "size_bytes": None},
            {"name": "cfg", "kind": "value", "source": "In[8]", "size_bytes": 1_240},
        ],
        "modules": ["models/bert.py"],
        "files": [],
        "packages": ["einops==0.8.1"],
        "notes": ["%matplotlib was left out"],
        "digest": None,
    }
    running = a_job(
        1,
        "bert-7",
        "running",
        units=2,
        progress={"done": 4200, "total": 10000, "unit": "it"},
        latest={"loss": 0.4213, "val/acc": 0.714, "lr": 0.00021},
        replicas=replicas,
        capture=capture,
        deadline_at=(datetime.now(UTC) + timedelta(hours=3)).isoformat(timespec="seconds"),
    )
    running["spec"]["replicas"] = 2
    return [
        running,
        a_job(
            2,
            "vit-3",
            "queued",
            queue_position=2,
            reason=a_reason("no_free_gpu", "2 units of Simulated GPU are needed, 0 are free."),
        ),
        a_job(3, "a-name-that-is-far-too-long-for-any-side-bar-of-two-hundred-and-fifty-pixels", "starting"),
        a_job(4, "分类实验", "succeeded", latest={"loss": 0.31}, model="ada/resnet-cifar v7"),
        a_job(
            5,
            "gpt-9",
            "failed",
            reason=a_reason(
                "out_of_memory", "Replica 1 ran out of memory: it asked for 2.1 GB, 0.7 GB were free."
            ),
        ),
        a_job(
            6, "old", "stopped", reason=a_reason("stopped_by_admin", "Stopped by admin: GPUs idle for 3 h.")
        ),
        a_job(7, "sleepy", "suspended", reason=a_reason("suspended", "Its time limit was reached.")),
        a_job(8, "ending", "stopping"),
    ]


def an_account(owner: str, balance: str, running: int) -> Row:
    return {
        "id": f"account-{owner}",
        "owner": owner,
        "kind": "user",
        "balance": money(balance),
        "held": money("4.00"),
        "spent_this_month": money("37.20"),
        "running": running,
    }


def an_entry(number: int, amount: str, note: str, by: str, job_id: str | None = None) -> Row:
    return {
        "id": f"entry-{number}",
        "at": ago(hours=number),
        "amount": money(amount),
        "balance_before": money("115.20"),
        "balance_after": money("112.40"),
        "kind": "usage",
        "note": note,
        "by": by,
        "job_id": job_id,
        "job_name": note if job_id else None,
        "server_id": None,
        "quantity": "1.40 h Simulated GPU" if job_id else None,
    }


def a_log() -> list[Row]:
    lines = [f"step {step} loss={2.31 / (1 + step / 40):.4f}" for step in range(0, 400, 10)]
    lines += [
        "\r 10%|#    |\r 50%|###  |\r100%|#####|",
        "\x1b[32mcheckpoint saved\x1b[0m \x1b[33mslow disk\x1b[0m",
    ]
    lines += ["\x1b[31mRuntimeError: CUDA out of memory\x1b[0m", "<script>alert('no')</script>"]
    return [{"replica": index % 2, "at": ago(minutes=40), "text": text} for index, text in enumerate(lines)]


def a_curve(name: str, start: float, end: float, replica: int = 0) -> Row:
    steps = list(range(0, 4200, 42))
    values = [end + (start - end) / (1 + step / 300) for step in steps]
    return {
        "name": name,
        "replica": replica,
        "steps": steps,
        "values": values,
        "at": [ago(minutes=1)] * len(steps),
        "total_points": len(steps),
        "first": values[0],
        "last": values[-1],
    }


def answers() -> dict[str, Any]:
    """What is answered to `METHOD path`, whole."""
    rows = jobs()
    usage = {
        "account": "account-ada",
        "owner": "ada",
        "balance": money("112.40"),
        "held": money("4.00"),
        "available": money("108.40"),
        "spent_this_month": money("37.20"),
        "per_hour": money("4.00"),
        "lasts_seconds": 97_560,
        "entries": [
            an_entry(1, "-2.80", "bert-7", "hubkin", "job-01"),
            an_entry(30, "150.00", "Transfer 2026-117", "admin"),
        ],
    }
    error = {
        "rank": 1,
        "type": "RuntimeError",
        "message": "CUDA out of memory",
        "traceback": 'Traceback:\n  File "cell.py", line 12, in main\nRuntimeError: CUDA out of memory\n',
        "frames": [{"file": "In[9]", "line": 12, "function": "main", "text": "loss = model(batch).loss"}],
    }
    found: dict[str, Any] = {
        "GET /me": {
            "name": "ada",
            "user_id": "user-01",
            "language": "en",
            "spaces": [{"owner": "ada", "label": "ada", "role": "lead"}],
            "scopes": [],
            "admin": True,
            "unit": "CNY",
            "trust_note": None,
        },
        "GET /jobs": page(rows),
        "GET /admin/jobs": page(rows),
        "GET /usage": usage,
        "GET /usage/entries": page(usage["entries"]),
        "GET /accounts": page([an_account("ada", "112.40", 2), an_account("bob", "-0.30", 0)]),
        "POST /topups": usage["entries"][1],
        "PUT /preferences": {"language": "zh-CN", "last_profile": None},
        "GET /jobs/job-02/explanation": {
            "job_id": "job-02",
            "state": "queued",
            "reasons": [rows[1]["reason"], a_reason("queue_position", "1 job is ahead of it.")],
            "summary": "vit-3 is waiting for 2 units of Simulated GPU.",
            "position": 2,
            "ahead": ["job-01"],
            "waits_for_jobs": [],
            "eta": None,
            "eta_earliest_at": ago(minutes=-20),
            "eta_latest_at": ago(minutes=-70),
            "alternatives": [
                {"text": "With 1 unit it could start now.", "patch": {"resources": {"gpu": "sim-gpu:1"}}}
            ],
            "notes": [],
            "as_of": ago(seconds=9),
        },
        "GET /jobs/job-05/result": {
            "kind": "error",
            "value": None,
            "path": None,
            "type": None,
            "error": error,
        },
        "GET /jobs/job-04/result": {
            "kind": "json",
            "value": {"acc": 0.941},
            "path": None,
            "type": None,
            "error": None,
        },
        "GET /jobs/job-04/files": page(
            [
                {
                    "path": "best.pt",
                    "size_bytes": 98_123_456,
                    "digest": "sha256:0",
                    "mode": "0644",
                    "replica": 0,
                }
            ]
        ),
    }
    for row in rows:
        found[f"GET /jobs/{row['id']}"] = row
        found[f"GET /jobs/{row['id']}/logs"] = {
            "lines": a_log(),
            "cursor": "end",
            "complete": True,
            "gaps": [],
        }
        found[f"GET /jobs/{row['id']}/metrics"] = {
            "series": [
                a_curve("loss", 2.31, 0.42),
                a_curve("loss", 2.4, 0.5, 1),
                a_curve("val/acc", 0.1, 0.71),
            ]
        }
    return found


def page(items: list[Row]) -> Row:
    return {"items": items, "next_cursor": None, "count": None}


@dataclass
class Recorded:
    """The running server, what it answers (changed at will) and what it was asked."""

    url: str = ""
    language: str = "en"
    answers: dict[str, Any] = field(default_factory=answers)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    streams: list["queue.Queue[Row | None]"] = field(default_factory=list)
    is_away: bool = False

    def send(self, topic: str, data: Row) -> None:
        """Send a row down every open stream."""
        for stream in self.streams:
            stream.put({"seq": len(self.asked) + 1, "topic": topic, "subject": "", "data": data})

    def count(self, method: str, path: str) -> int:
        """How often something was asked for."""
        return sum(1 for asked in self.asked if asked[0] == method and asked[1].startswith(path))


@contextmanager
def recorded() -> Iterator[Recorded]:
    """Serve the pages on a free port of this machine."""
    state = Recorded()

    class Handler(_Handler):
        platform = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}{BASE}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        for stream in state.streams:
            stream.put(None)
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    """Pages, their files, the API, the event stream."""

    platform: Recorded
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith(f"{BASE}static/"):
            file = STATIC / Path(path).name
            self.answer(200, TYPES[file.suffix], file.read_bytes())
        elif path == f"{API}/events":
            self.stream()
        elif path.startswith(API):
            self.api()
        else:
            self.answer(200, "text/html; charset=utf-8", self.html().encode())

    def do_POST(self) -> None:
        self.api()

    def do_PUT(self) -> None:
        self.api()

    def api(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        path = urlsplit(self.path).path.removeprefix(API)
        self.platform.asked.append((self.command, path, body))
        found = self.platform.answers.get(f"{self.command} {path}")
        if self.platform.is_away:
            self.answer(502, "text/plain", b"")
        elif found is None:
            problem = {
                "type": "about:blank",
                "title": "Not found",
                "status": 404,
                "detail": "",
                "code": "not_found",
            }
            self.answer(404, "application/problem+json", json.dumps(problem).encode())
        elif found.get("status", "").__class__ is int:
            self.answer(found["status"], "application/problem+json", json.dumps(found).encode())
        else:
            self.answer(200, "application/json", json.dumps(self.filtered(found)).encode())

    def filtered(self, found: Row) -> Row:
        """Lists honour `?state=` and `?q=`, as the platform does."""
        query = parse_qs(urlsplit(self.path).query)
        if "items" not in found or not query.keys() & {"state", "q"}:
            return found
        states, text = query.get("state", []), query.get("q", [""])[0].lower()
        items = [
            row
            for row in found["items"]
            if (not states or row["state"] in states) and text in row["name"].lower()
        ]
        return {**found, "items": items}

    def stream(self) -> None:
        if self.platform.is_away:
            self.answer(502, "text/plain", b"")
            return
        news: queue.Queue[Row | None] = queue.Queue()
        self.platform.asked.append(("GET", "/events", self.headers.get("Last-Event-ID")))
        self.platform.streams.append(news)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self.wfile.write(b": hello\n\n")
            while (event := news.get()) is not None:
                self.wfile.write(f"id: {event['seq']}\ndata: {json.dumps(event)}\n\n".encode())
        except OSError:
            pass  # The page went away.
        finally:
            self.platform.streams.remove(news)

    def html(self) -> str:
        manifest = json.loads((STATIC / "manifest.json").read_text())
        rest = urlsplit(self.path).path.removeprefix(BASE)
        config = {
            "api": API,
            "xsrf": "x",
            "language": self.platform.language,
            "user": "ada",
            "admin": True,
            "page": "job" if rest.startswith("jobs/") else "admin" if rest.startswith("admin") else "jobs",
        }
        return (
            f'<!doctype html><html lang="{self.platform.language}"><head><meta charset="utf-8">'
            "<title>Hubkin</title>"
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="stylesheet" href="{BASE}static/{manifest["style"]}">'
            f'<script id="hubkin-config" type="application/json">{json.dumps(config)}</script>'
            f'<script type="module" src="{BASE}static/{manifest["script"]}"></script>'
            '</head><body><div id="hubkin-root"></div></body></html>'
        )

    def answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)
