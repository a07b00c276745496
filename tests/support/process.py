"""The platform as a process of its own, before a small hub."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from tests.http.small_hub import SmallHub


def write_secrets(folder: Path, hub: SmallHub) -> None:
    """Write the file of keys that the platform wants."""
    path = folder / "secrets.json"
    keys = {name: secrets.token_hex(32) for name in ("cookie_secret", "attempt_key", "ticket_key")}
    path.write_text(json.dumps({"hub_token": hub.own_token, **keys}))
    path.chmod(0o600)


def command(data: Path, hub: SmallHub, *flags: str) -> list[str]:
    """Return how it is started."""
    return [
        sys.executable,
        "-m",
        "hubkin_platform",
        "service",
        f"--data={data}",
        f"--HubkinPlatform.hub_api_url={hub.url}",
        *flags,
    ]


class Process:
    """A platform that has started."""

    def __init__(self, data: Path, hub: SmallHub, *flags: str, port: int = 0) -> None:
        self.log = data / f"log-{os.urandom(4).hex()}"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command(data, hub, f"--port={port}", *flags), stderr=log)
        try:
            self.origin = f"http://127.0.0.1:{self._port()}"
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def kill(self) -> None:
        """End it as a machine that fails does."""
        self.process.kill()
        self.process.wait()

    def _port(self) -> int:
        """Wait for its port, as long as a busy machine takes to start it: the test's own limit ends that."""
        while not (started := [e for e in self.events() if e["event"] == "platform_started"]):
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)
        return started[0]["port"]

    def events(self) -> list[dict]:
        """Return what it has logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}")]
