"""What is written about answered requests."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys

from hubkin_kit.telemetry import AccessLog


async def test_answered_requests_are_written_a_moment_later_in_order() -> None:
    stream = io.StringIO()
    log = AccessLog(stream)

    log.add(path="/a", status=200)
    log.add(path="/b", status=404)
    at_once = stream.getvalue()
    await asyncio.sleep(0.2)

    assert at_once == ""
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["path"], line["status"], line["event"]) for line in lines] == [
        ("/a", 200, "request_answered"),
        ("/b", 404, "request_answered"),
    ]


def test_what_is_left_is_written_at_the_end_of_the_process() -> None:
    program = """
import asyncio, sys
from hubkin_kit.telemetry import AccessLog

async def main():
    AccessLog(sys.stdout).add(path="/a", status=200)

asyncio.run(main())
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)

    assert json.loads(done.stdout)["path"] == "/a"
