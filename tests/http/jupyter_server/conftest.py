"""A real Jupyter server with our extension in a process of its own, and a small platform in this one."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jupyter_server
import pytest

from tests.unit.client.small_platform import API, Running, World


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Jupyter:
    """A server that is running."""

    port: int
    token: str
    process: subprocess.Popen[bytes]
    xsrf: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/user/ada"

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def fetch(
        self,
        path: str,
        *,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
        signed: bool = True,
    ) -> Answer:
        sent = {"Authorization": f"token {self.token}"} if signed else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {**sent, **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def last_activity(self) -> str:
        return str(self.fetch("/api/status").json()["last_activity"])


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def start_jupyter(
    tmp_path_factory: pytest.TempPathFactory, record_real_system: Callable[[str, str], None]
) -> Iterator[Callable[..., Jupyter]]:
    """Start a Jupyter server with these variables; all of them end with the tests."""
    record_real_system("Jupyter Server", jupyter_server.__version__)
    running: list[Jupyter] = []

    def start(**variables: str) -> Jupyter:
        folder = tmp_path_factory.mktemp("jupyter")
        server = Jupyter(free_port(), secrets.token_hex(8), subprocess.Popen(["true"]))
        server.process.wait()
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        with (folder / "log").open("wb") as log:
            server.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "jupyter_server",
                    "--allow-root",
                    "--no-browser",
                    f"--port={server.port}",
                    "--ServerApp.base_url=/user/ada/",
                    f"--IdentityProvider.token={server.token}",
                    "--ServerApp.port_retries=0",
                    f"--ServerApp.root_dir={folder}",
                    "--ServerApp.jpserver_extensions={'hubkin_server': True}",
                ],
                env={
                    **kept,
                    **variables,
                    "JUPYTER_CONFIG_DIR": str(folder / "config"),
                    "JUPYTER_DATA_DIR": str(folder / "data"),
                    "JUPYTER_RUNTIME_DIR": str(folder / "run"),
                    "JUPYTER_NO_CONFIG": "1",
                },
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        running.append(server)
        # A busy machine takes its time to start it, which is no matter of these tests.
        wait_until(lambda: is_up(server, folder / "log"), 100)
        return server

    yield start
    for server in running:
        server.process.terminate()
    for server in running:
        server.process.wait(10)


def is_up(server: Jupyter, log: Path) -> bool:
    assert server.process.poll() is None, log.read_text()
    try:
        return server.fetch("/api/status").status == 200
    except OSError:
        return False


def wait_until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that will be so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def platform_of_server() -> Iterator[World]:
    with Running(World()) as world:
        yield world


@pytest.fixture(scope="session")
def connected(start_jupyter: Callable[..., Jupyter], platform_of_server: World) -> Jupyter:
    """A server that a hub with Hubkin would have started."""
    return start_jupyter(HUBKIN_API_URL=platform_of_server.url + API, JUPYTERHUB_API_TOKEN="secret")


@pytest.fixture
def world(platform_of_server: World) -> World:
    """The platform, with nothing in it."""
    for thing in (
        platform_of_server.jobs,
        platform_of_server.lines,
        platform_of_server.files,
        platform_of_server.keys,
    ):
        thing.clear()
    platform_of_server.requests.clear()
    platform_of_server.headers.clear()
    platform_of_server.refusal = None
    return platform_of_server


@pytest.fixture
def jupyter(connected: Jupyter, world: World) -> Jupyter:
    return connected
