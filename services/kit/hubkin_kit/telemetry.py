"""What operators see: one JSON object per line on standard error, and Prometheus figures.

Events are past tense with ids as fields.  Nothing secret is ever a field: no tokens, no headers, no bodies.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

from hubkin_kit.logstream import LogStream

log = structlog.get_logger("hubkin")

registry = CollectorRegistry(auto_describe=True)

request_seconds = Histogram(
    "hubkin_http_request_seconds",
    "How long requests took, by route.",
    ("route", "method", "status"),
    buckets=(0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
    registry=registry,
)
refusals = Counter(
    "hubkin_http_refusals", "Requests that were refused, by code.", ("code",), registry=registry
)
loop_lag_seconds = Histogram(
    "hubkin_event_loop_lag_seconds",
    "How late the event loop woke up.",
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 2),
    registry=registry,
)
loops_failed = Counter(
    "hubkin_controller_failures", "Rounds of a controller that failed.", ("controller",), registry=registry
)
findings = Counter(
    "hubkin_findings",
    "What the hourly checks found wrong; anything above 0 is an alarm.",
    ("where",),
    registry=registry,
)
streams_open = Gauge("hubkin_event_streams", "Open event streams.", registry=registry)
journal_seq = Gauge("hubkin_journal_seq", "The newest number of the journal.", registry=registry)

LAG_PERIOD_SECONDS = 1.0
#: How long the line of an answered request may lie before it is written.
ACCESS_SECONDS = 0.05


class AccessLog:
    """One line for each answered request, written a moment later with those of the others.

    A write for every request would give the interpreter's lock away each time; a process that is killed loses
    the last moment of this log, and of no other.
    """

    def __init__(self, stream: LogStream) -> None:
        self._stream = stream
        self._lines: list[bytes] = []
        atexit.register(self.flush)

    def add(self, **fields: Any) -> None:
        """Note an answered request; on the event loop only."""
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        if not self._lines:
            asyncio.get_running_loop().call_later(ACCESS_SECONDS, self.flush)
        line = {**fields, "event": "request_answered", "level": "info", "at": at}
        self._lines.append(msgspec.json.encode(line, enc_hook=repr))

    def flush(self) -> None:
        """Write what was noted."""
        lines, self._lines = self._lines, []
        if lines and not self._stream.closed:
            self._stream.write(b"\n".join([*lines, b""]).decode())


#: Where answered requests are noted; nowhere until `configure_logging` says where.
access: AccessLog | None = None


def figures() -> bytes:
    """Return all figures in Prometheus' text format."""
    return generate_latest(registry)


def configure_logging(*, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send our events and those of our libraries to ``stream`` as JSON lines."""
    global access
    lines = LogStream(stream or sys.stderr)
    access = AccessLog(lines) if level <= logging.INFO else None
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    render = structlog.processors.JSONRenderer(serializer=_as_json)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, lines)),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
    handler = logging.StreamHandler(cast(TextIO, lines))
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


async def watch_loop_lag() -> None:
    """Measure for ever how late the event loop wakes up."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(LAG_PERIOD_SECONDS)
        loop_lag_seconds.observe(max(0.0, time.perf_counter() - before - LAG_PERIOD_SECONDS))


def _as_json(event: object, **_: object) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
