"""The whole platform as its own process, with real agents, and a small hub that knows ada's token."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubkin_resources import DEMO

from tests.http.client import API
from tests.http.small_hub import HubOnAThread
from tests.support.started import end_agents, started_at


@dataclass
class WholePlatform:
    """Where it answers, and with which token."""

    url: str
    token: str


@contextmanager
def running(folder: Path) -> Iterator[WholePlatform]:
    """Start hub and platform on free ports; stop the platform, and every replica that is left, at the end."""
    with HubOnAThread() as hub:
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
            yield WholePlatform(started_at(folder / "log", process) + API, token)
        finally:
            process.terminate()
            process.wait(20)
            end_agents(folder / "runs")
