"""The time as the agent writes it down."""

from __future__ import annotations

import time


def now_micros() -> int:
    """Return the time as integer microseconds UTC."""
    return time.time_ns() // 1000
