"""What is written about answered requests."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from pathlib import Path

from hubkin_kit.logstream import LogStream
from hubkin_kit.telemetry import AccessLog


async def test_answered_requests_are_written_a_moment_later_in_order() -> None:
    stream = io.StringIO()
    log = AccessLog(LogStream(stream))

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
from hubkin_kit.logstream import LogStream
from hubkin_kit.telemetry import AccessLog

async def main():
    AccessLog(LogStream(sys.stdout)).add(path="/a", status=200)

asyncio.run(main())
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)

    assert json.loads(done.stdout)["path"] == "/a"


def test_a_full_disk_under_the_log_stops_nobody_who_logs() -> None:
    program = """
import sys
from pathlib import Path
from hubkin_kit.telemetry import configure_logging, log

configure_logging()
for place in range(3):
    log.warning("controller_waits", place=place)
print("still here")
"""

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=full, timeout=60, check=False
        )

    assert (done.returncode, done.stdout) == (0, b"still here\n")


class FullAtFirst(io.StringIO):
    """A disk that has room again after two lines."""

    refusals = 2

    def write(self, text: str) -> int:
        if self.refusals:
            self.refusals -= 1
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_a_log_says_how_many_lines_a_full_disk_has_cost() -> None:
    stream = FullAtFirst()
    log = LogStream(stream)

    for text in ("one\n", "two\n", "three\n", "four\n"):
        log.write(text)

    first, *others = stream.getvalue().splitlines()
    assert json.loads(first) == {"event": "log_lines_lost", "level": "warning", "lines": 2}
    assert others == ["three", "four"]
