"""A platform that was started as a process of its own: where it answers, and the end of its agents."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path


def started_at(log: Path, process: subprocess.Popen[bytes]) -> str:
    """The address that the platform logs when it is up."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        for line in log.read_text().splitlines():
            if line.endswith("}") and (event := json.loads(line)).get("event") == "platform_started":
                return f"http://127.0.0.1:{event['port']}"
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def end_agents(runs: Path) -> None:
    """Tell the agents that are left to stop: they outlive the platform."""
    for file in runs.glob("*/*/agent.pid"):
        if not (file.parent / "exit.json").exists():
            with suppress(OSError, ValueError, KeyError):
                os.kill(json.loads(file.read_text())["pid"], signal.SIGTERM)
