"""How much memory and processor a command uses, from one look at its processes to the next."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from . import processes
from .processes import Process


@dataclass(frozen=True)
class Use:
    """What is used now; 100 percent are one processor."""

    rss_bytes: int
    cpu_percent: int


class Meter:
    """Measures one command again and again."""

    def __init__(self) -> None:
        self.max_rss_bytes = 0
        self._last: Optional[Tuple[float, Dict[int, float]]] = None

    def measure(self, members: List[Process]) -> Use:
        """Return what the members use; the processor time is that since the last call."""
        now = time.monotonic()
        rss_bytes = sum(one.rss_bytes for one in members)
        self.max_rss_bytes = max(self.max_rss_bytes, rss_bytes)
        seconds = {one.pid: one.cpu_seconds for one in members}
        percent = 0.0
        if self._last is not None and now > self._last[0]:
            before = self._last[1]
            used = sum(max(0.0, value - before.get(pid, 0.0)) for pid, value in seconds.items())
            percent = 100 * used / (now - self._last[0])
        self._last = (now, seconds)
        return Use(rss_bytes, round(percent))

    def exact_bytes(self, members: List[Process]) -> int:
        """Return the memory with shared pages counted once; `measure` may say too much for forked workers."""
        return processes.proportional_bytes(members)
