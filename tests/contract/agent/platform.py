"""A small platform over real HTTP that keeps the agent's half of the API, and fails on cue.

It takes logs, reports and outputs as the real one does, and remembers them for the tests.
"""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Platform:
    """The server and what it was told."""

    def __init__(self) -> None:
        self.log: dict[str, bytearray] = {}
        self.gaps: dict[str, list[tuple[int, int]]] = {}
        self.reports: dict[str, dict[int, dict[str, Any]]] = {}
        self.facts: list[tuple[str, str]] = []
        self.committed: dict[str, dict[str, Any]] = {}
        self.blobs: dict[str, bytes] = {}
        self.tokens: set[str] = set()
        self.calls: Counter[str] = Counter()
        #: Asked before every call, with its method and path: a status is the whole answer, "cut" closes the
        #: connection after the work was done, and sleeping here is being slow.
        self.cue: Callable[[str, str], int | str | None] = lambda _method, _path: None
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.split_characters = 0
        self.lock = threading.Lock()

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/hubkin/api/v1"

    def start(self) -> None:
        """Listen, again on the same port after a stop."""
        platform = self

        class Handler(_Handler):
            pass

        Handler.platform = platform
        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Be away: connections are refused, open ones cut."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut()
            self._server = None

    def points(self, replica: str = "main/0") -> list[tuple[str, int | None, float]]:
        """All points in the order of their batches."""
        batches = self.reports.get(replica, {})
        return [
            (one["name"], one["step"], one["value"])
            for seq in sorted(batches)
            for one in batches[seq]["points"]
        ]

    def text(self, replica: str = "main/0") -> str:
        return bytes(self.log.get(replica, b"")).decode()

    def files(self, replica: str = "main/0") -> dict[str, bytes]:
        """What was committed, with its content."""
        found = self.committed.get(replica, {"files": []})["files"]
        return {one["path"]: self.blobs[one["digest"]] for one in found}

    def skipped(self, replica: str = "main/0") -> dict[str, str]:
        return {one["path"]: one["reason"] for one in self.committed[replica]["skipped"]}


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *args: Any) -> None:
        self._open: set[Any] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def cut(self) -> None:
        for request in self._open:
            try:
                request.shutdown(2)
            except OSError:
                pass

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is not news."""


class _Handler(BaseHTTPRequestHandler):
    platform: Platform
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        cue = self.platform.cue(method, parts.path)
        if isinstance(cue, int):
            self._answer(cue, {})
            return
        with self.platform.lock:
            status, value = self._handle(method, parts.path, parse_qs(parts.query), body)
        if cue == "cut":
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self._answer(status, value)

    def _handle(
        self, method: str, path: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        platform = self.platform
        if path.startswith("/blobs/"):
            return self._blob(path.rsplit("/", 1)[1], body)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in platform.tokens:
            return 401, {}
        _, _, rest = path.partition("/api/v1/attempts/att-1/replicas/")
        task, index, what = rest.split("/", 2)
        replica = f"{task}/{index}"
        platform.calls[f"{method} {what}"] += 1
        if what == "log":
            return self._log(replica, query, body)
        value = json.loads(body)
        if what == "reports":
            assert len(value["points"]) <= 1000
            platform.reports.setdefault(replica, {}).setdefault(value["seq"], value)
            return 204, {}
        if what == "facts":
            platform.facts.append((replica, value["fact"]))
            return 204, {}
        if what == "outputs":
            missing = {one["digest"] for one in value["files"]} - set(platform.blobs)
            return 200, {"put": [{"digest": one, "url": f"/blobs/{one}"} for one in sorted(missing)]}
        assert what == "outputs/commit", path
        assert {one["digest"] for one in value["files"]} <= set(platform.blobs)
        platform.committed[replica] = value
        return 204, {}

    def _log(self, replica: str, query: dict[str, list[str]], body: bytes) -> tuple[int, dict[str, Any]]:
        log = self.platform.log.setdefault(replica, bytearray())
        offset, gap = int(query["offset"][0]), int(query.get("gap", ["0"])[0])
        assert len(body) <= 262_144
        assert int(self.headers["X-Hubkin-At"]) > 1_600_000_000_000_000
        if offset != len(log):
            return 409, {"code": "misaligned", "status": 409, "params": {"expected": len(log)}}
        if body and body[-1] >= 0x80 and not _is_utf8(body):
            self.platform.split_characters += 1
        if gap:
            self.platform.gaps.setdefault(replica, []).append((offset, gap))
            body = b"?" * gap
        log.extend(body)
        return 204, {}

    def _blob(self, digest: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if len(body) <= 16 << 20 and hashlib.sha256(body).hexdigest() != digest:
            return 400, {}
        self.platform.blobs[digest] = body
        return 204, {}

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        body = b"" if status == 204 else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
