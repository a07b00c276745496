"""Where a platform answers that was started as a process of its own."""

import json
import subprocess
import time
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
