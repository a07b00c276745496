"""The whole platform as its own process, with real agents, and a small hub that knows ada's token."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hubkin_resources import DEMO

from tests.http.small_hub import SmallHub


@dataclass
class WholePlatform:
    """Where it answers, and with which token."""

    url: str
    token: str


@contextmanager
def running(folder: Path) -> Iterator[WholePlatform]:
    """Start hub and platform on free ports; stop the platform, and every replica that is left, at the end."""
    with _hub() as hub:
        token = hub.add("ada", groups=("vision-lab",))
        (folder / "site.yaml").write_text(DEMO)
        keys = {name: secrets.token_hex(32) for name in ("cookie_secret", "attempt_key", "ticket_key")}
        secret_file = folder / "secrets.json"
        secret_file.write_text(json.dumps({"hub_token": hub.own_token, **keys}))
        secret_file.chmod(0o600)
        command = [sys.executable, "-m", "hubkin_platform", "service", f"--data={folder}", "--port=0"]
        settings = [f"--HubkinPlatform.hub_api_url={hub.url}", f"--site={folder / 'site.yaml'}"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen([*command, *settings], stderr=log)
        try:
            yield WholePlatform(_address(process, folder / "log"), token)
        finally:
            process.terminate()
            process.wait(20)
            _end_agents(folder / "runs")


@contextmanager
def _hub() -> Iterator[SmallHub]:
    ready, ends, hubs = threading.Event(), [], []

    async def serve() -> None:
        stop = asyncio.Event()
        ends.append((asyncio.get_running_loop(), stop))
        hubs.append(SmallHub())
        ready.set()
        await stop.wait()
        hubs[0].close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield hubs[0]
    loop, stop = ends[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
        started = [line for line in lines if line["event"] == "platform_started"]
        if started:
            return f"http://127.0.0.1:{started[0]['port']}/services/hubkin/api/v1"
        time.sleep(0.05)
    raise AssertionError(f"the platform did not start: {log.read_text()}")


def _end_agents(runs: Path) -> None:
    import os
    import signal

    for file in runs.glob("*/*/agent.pid"):
        if not (file.parent / "exit.json").exists():
            with suppress(OSError, ValueError, KeyError):
                os.kill(json.loads(file.read_text())["pid"], signal.SIGTERM)
