"""A real platform process with a small hub behind it, for benchmarks:

no double of anything that is measured.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hubkin_agent import RunDir

VERBS = [
    f"custom:hubkin:{verb}"
    for verb in ("jobs:read", "jobs:submit", "catalog:read", "catalog:write", "billing:read")
]
SITE = """\
unit: CNY
pools:
  cpu: {kind: cpu}
  sim: {kind: gpu, units: 1, simulated: true}
profiles:
  cpu: {pool: cpu, label: CPU, cpu: 1, memory: 2GiB}
  sim-gpu: {pool: sim, label: GPU, accelerator: sim-gpu, cpu: 1, memory: 2GiB}
prices: {sim-gpu: 2.00}
opening_balances: {ada: 1000000}
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A platform that answers."""

    process: subprocess.Popen[bytes]
    api: str
    token: str
    folder: Path
    ready_seconds: float

    def get(self, path: str) -> bytes:
        """Get a route of the API as ada."""
        request = urllib.request.Request(self.api + path, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())

    def post(self, path: str, body: object) -> bytes:
        """Post to a route of the API as ada."""
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.api + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())


@contextmanager
def running(folder: Path) -> Iterator[Service]:
    """Run a platform in a folder; its database may be there already."""
    token = "t" * 32
    with _hub(token) as hub_port:
        (folder / "site.yaml").write_text(SITE)
        names = ("hub_token", "gate_token", "proxy_token", "cookie_secret", "attempt_key", "ticket_key")
        keys = folder / "secrets.json"
        if not keys.exists():
            keys.write_text(json.dumps({name: secrets.token_hex(32) for name in names}))
            keys.chmod(0o600)
        port = _free_port()
        environment = {
            **os.environ, "HUBKIN_DATA": str(folder), "HUBKIN_PORT": str(port),
            "HUBKIN_SITE": str(folder / "site.yaml"), "JUPYTERHUB_API_URL":
            f"http://127.0.0.1:{hub_port}/hub/api",
        }  # fmt: skip
        began = time.monotonic()
        with (folder / "platform.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "hubkin_platform", "service"], env=environment, stdout=log, stderr=log
            )
        base = f"http://127.0.0.1:{port}/services/hubkin"
        try:
            _await_ready(base, process, folder)
            yield Service(process, f"{base}/api/v1", token, folder, time.monotonic() - began)
        finally:
            _end_agents(folder / "runs")
            process.terminate()
            process.wait(20)


def _end_agents(runs: Path) -> None:
    """End what still runs: agents outlive the platform, and a benchmark leaves nothing behind."""
    for path in runs.glob("*/*"):
        RunDir(path).send("kill")


def memory_bytes(process: subprocess.Popen[bytes]) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


@contextmanager
def _hub(token: str) -> Iterator[int]:
    """Answer, as the hub does, whose token it is."""
    model = {"kind": "user", "name": "ada", "groups": [], "admin": False,
             "scopes": [*VERBS, "access:services!service=hubkin"]}  # fmt: skip

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_user = token in self.headers.get("Authorization", "")
            found = model if is_user else {"kind": "service", "name": "hubkin", "scopes": []}
            answers = self.path.startswith("/hub/api/user") and not self.path.startswith("/hub/api/users")
            body = json.dumps(found if answers else {}).encode()
            self.send_response(200 if answers else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def _await_ready(base: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/healthz") as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"the platform did not start:\n{(folder / 'platform.log').read_text()[-2000:]}")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
