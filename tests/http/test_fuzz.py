"""Thousands of bad requests to every route: each gets a refusal, never a defect."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hubkin_kit.web import Route
from hubkin_platform.parts import described

from tests.http.small_hub import SmallHub
from tests.http.test_rights import ABSENT, BODIES, PARTS, things
from tests.http.whole import Whole

SEED = 20261124
REQUESTS = 150

NASTY: list[Any] = [
    None, True, 0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.1, 1e308, -0.0, "", " ", "\x00", "a\x00b",
    "\u202egpj.exe", "\ud7ff", "😀" * 50, "x" * 5000, "../../etc/passwd", "/etc/passwd", "a/../b", "..", ".",
    "NaN", "Infinity", "-1", "1e999", "1_000", "１２", "٣", "8h", "-8h", "99999999d", "0s", "1GB", "-1GB",
    "sim-gpu:0", "sim-gpu:-1", "sim-gpu:99999999999", "sim-gpu:1:1", ":", "gpu", "'; drop table jobs; --",
    "${{ params.x }}", "{name}", "%s%n", "job-01jd", "user-", "group:", "user:ada", [], {}, [[]], [None],
    {"": 1}, {"a": {"b": {"c": []}}}, ["x"] * 2000, "\r\nSet-Cookie: a=b", "now", "checkpoint",
    "sha256:" + "0" * 64,
]  # fmt: skip

#: Bodies of agents, and richer ones of people than the rights matrix needs.
FULL: dict[tuple[str, str], Any] = {
    ("POST", "/jobs"): {
        "spec": {
            "run": "true", "name": "n", "owner": "ada", "code": "v", "env": {"A": "b"}, "params": {"x": 1},
            "resources": {"gpu": "sim-gpu:1", "cpu": 1, "memory": "1GB", "shm": "1GB"}, "replicas": 1,
            "launcher": "none",
            "outputs": {"keep": ["**"], "model": {"name": "m", "path": ".", "best": "loss"}},
            "limits": {"duration": "1h", "cost": "1", "idle": "1h"}, "notify": {"when": ["end"], "to": "me"},
            "on_stop": {"signal": "SIGTERM", "grace": "30s"}, "after": [], "labels": {"a": "b"},
        },
        "capture": {"names": [{"name": "a", "kind": "b", "source": "c"}], "modules": ["m"]},
        "origin": {"kind": "cell", "kernel_id": "k", "execution_count": 1, "cell_digest": "d"},
    },
    ("POST", "/uploads"): {"kind": "algorithm", "declared_bytes": 1, "declared_files": 1},
    ("POST", "/uploads/{upload_id}/claims"): {"objects": [{"digest": "sha256:" + "0" * 64, "size": 1}]},
    ("POST", "/uploads/{upload_id}/commit"): {
        "files": [{"path": "a.py", "size": 1, "digest": "sha256:" + "0" * 64, "mode": "0644"}], "note": "n"
    },
    ("PUT", "/preferences"): {"language": "zh", "last_profile": "cpu"},
    ("POST", "/gate"): {
        "user": "ada", "server_name": "s", "spawn_id": "x", "profile": "cpu", "units": 1, "groups": ["lab"]
    },
    ("POST", "/hooks"): {"target": "https://ci.example/", "kind": "webhook", "when": ["end"]},
}  # fmt: skip
REPORT = {
    "seq": 1,
    "points": [{"name": "loss", "step": 1, "value": 0.3, "at": 1}],
    "progress": {"done": 1, "total": 2, "unit": "it"},
    "usage": {"rss_bytes": 1, "cpu_percent": 1.0},
}
FILES = {"files": [{"path": "a", "size": 1, "digest": "sha256:" + "0" * 64, "mode": "0644"}], "skipped": []}
AGENT_BODIES = {"reports": REPORT, "outputs": FILES, "commit": FILES, "facts": {"fact": "ready"}}


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


class Vandal:
    """Breaks requests, the same ones in every run."""

    def __init__(self, seed: object) -> None:
        self._random = random.Random(str(seed))

    def broken(self, body: Any) -> bytes:
        """Return a body with one to three things wrong in it."""
        if self._random.random() < 0.1:
            return bytes(self._random.randbytes(self._random.randrange(60)))
        body = copy.deepcopy(body)
        for _ in range(self._random.randrange(1, 4)):
            body = self._hit(body)
        text = json.dumps(body, ensure_ascii=self._random.random() < 0.5)
        if self._random.random() < 0.1:
            cut = self._random.randrange(len(text) + 1)
            text = text[:cut] + self._random.choice(["", "}", ",", "\ufeff", "NaN"]) + text[cut + 1 :]
        return text.encode("utf-8", "surrogatepass")

    def _hit(self, body: Any) -> Any:
        if isinstance(body, dict) and body and self._random.random() < 0.85:
            key = self._random.choice(list(body))
            match self._random.randrange(8):
                case 0:
                    del body[key]
                case 1:
                    body[self._random.choice(["unknown", "", key + "s", "\x00"])] = copy.deepcopy(body[key])
                case _:
                    body[key] = self._hit(body[key])
            return body
        if isinstance(body, list) and body and self._random.random() < 0.7:
            place = self._random.randrange(len(body))
            body[place] = self._hit(body[place])
            return body
        return copy.deepcopy(self._random.choice(NASTY))

    def query(self, names: list[str]) -> str:
        """Return a query string of known and unknown parameters with odd values."""
        pairs = []
        for _ in range(self._random.randrange(4)):
            name = self._random.choice([*names, "unknown", ""])
            value = self.cursor() if name == "cursor" and self._random.random() < 0.7 else self.text()
            pairs.append(f"{quote(name)}={value}")
        return "?" + "&".join(pairs) if pairs else ""

    def cursor(self) -> str:
        """Return a cursor that we could have written, of odd values."""
        key = [self._random.choice([*NASTY, 0, 1, "a"]) for _ in range(self._random.randrange(1, 4))]
        text = json.dumps(key, ensure_ascii=True)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")[:511]

    def text(self) -> str:
        """Return an odd piece of an address."""
        value = self._random.choice(NASTY)
        text = quote(value if isinstance(value, str) else json.dumps(value), safe="", errors="replace")
        return self._random.choice([text[:3000], "%ff%fe", "%00", "%E2%80%AE"])


def caller_of(route: Route) -> str:
    """Return somebody who may call a route, so that it is the rest of the request that is refused."""
    if "attempt_id" in route.path:
        return "agent"
    if getattr(route.handler, "for_services", False):
        return "gate"
    return "root" if route.path.startswith(("/admin", "/accounts", "/topups")) else "ada"


ROUTES = [(route, method) for route in described() for method in route.handler.scopes]


@pytest.mark.parametrize(("route", "method"), ROUTES, ids=lambda x: getattr(x, "path", x))
async def test_bad_requests_are_refused_and_nothing_breaks(whole: Whole, route: Route, method: str) -> None:
    vandal = Vandal((SEED, method, route.path))
    operation = route.handler.operations[method]
    ids = [await things(whole), ABSENT]
    web = whole.platform.application.settings["hubkin"]
    attempt = "attempt-01jd0000000000000000000000"
    whole.tokens["agent"] = web.attempts.sign(attempt, seconds=600)
    who = caller_of(route)
    body = FULL.get((method, route.path), BODIES.get((method, route.path)))
    if body is None and operation.request is not None:
        body = AGENT_BODIES.get(route.path.rpartition("/")[2])
    names = [f.name for f in msgspec.structs.fields(operation.query)] if operation.query else []

    async def one(n: int) -> tuple[int, bytes, str]:
        values = {**PARTS, **ids[n % 2], "attempt_id": attempt, "ticket": "a.b.c"}
        if n % 5 == 0:
            values = {**values, **{name: vandal.text() for name in PARTS}}
        if n % 7 == 0:
            values = {name: vandal.text() for name in values} | {"attempt_id": attempt}
        path = route.path
        for name, value in values.items():
            path = path.replace("{" + name + "}", value).replace("{" + name + "...}", value)
        query = vandal.query(names)
        if route.path == "/events":
            query = (query + "&wait=0") if query else "?wait=0"
        sent = vandal.broken(body) if body is not None else None
        answer = await whole.ask(who, method, path + query, raw=sent)
        return answer.status, answer.body[:300], f"{path}{query} {sent!r:.300}"

    outcomes = []
    for start in range(0, REQUESTS, 10):
        outcomes += await asyncio.gather(*(one(n) for n in range(start, start + 10)))

    assert [outcome for outcome in outcomes if outcome[0] >= 500] == []
