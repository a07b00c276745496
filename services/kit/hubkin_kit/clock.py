"""Time: integers of microseconds UTC inside, RFC 3339 on the wire.

The clock is passed in, never looked up.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from hubkin_kit.errors import Field, Invalid

SECOND = 1_000_000
HOUR = 3600 * SECOND
LONGEST_SECONDS = 366 * 86400

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_DURATION = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m(?:in)?)?\s*(?:(\d+)s)?", re.ASCII)


class Clock(Protocol):
    """Where "now" comes from."""

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        ...

    def ran(self) -> int:
        """Microseconds for which the machine has run since some moment: not what it slept."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        return time.time_ns() // 1000

    def ran(self) -> int:
        """Microseconds for which the machine has run: Linux' CLOCK_MONOTONIC stands still while it sleeps."""
        return time.monotonic_ns() // 1000


class SleepWatch:
    """Notices time that passed on the clock only: the machine slept, or its clock was put forward."""

    #: A clock that is put right in small steps is nothing to speak of.
    LEAST = 2 * SECOND

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now, self._ran = clock.now(), clock.ran()

    def slept(self) -> int:
        """Return how many microseconds since the last call were slept; 0 when the clock went back."""
        now, ran = self._clock.now(), self._clock.ran()
        slept = (now - self._now) - (ran - self._ran)
        if slept < 0 or slept >= self.LEAST:
            self._now, self._ran = now, ran
            return max(0, slept)
        return 0


def rfc3339(micros: int) -> str:
    """Write a moment for the wire, to the millisecond: ``2026-11-24T08:00:00.000Z``."""
    moment = _EPOCH + micros * _MICROSECOND
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> int:
    """Read a moment; naive ones are refused.

    Raises:
        ValueError: It is no moment, or has no offset.
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return (moment - _EPOCH) // _MICROSECOND


def parse_duration(text: str, *, pointer: str) -> int:
    """Read ``8h``, ``90m``, ``1d 12h``, ``30s`` as whole seconds, at least one.

    Raises:
        Invalid: No such duration; units are required.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    parts = [int(part or 0) for part in match.groups()] if match else []
    seconds = sum(n * size for n, size in zip(parts, (86400, 3600, 60, 1), strict=False))
    if seconds > LONGEST_SECONDS:
        raise Invalid(
            "'{text}' is too long. The most is {longest}.",
            params={"text": text[:40], "longest": "366d"},
            fields=(Field(pointer, "too_long"),),
        )
    if not seconds:
        raise Invalid(
            "'{text}' is not a duration. Write a number with a unit, such as 30m, 8h or 2d.",
            params={"text": text[:40]},
            fields=(Field(pointer, "not_a_duration"),),
        )
    return seconds
