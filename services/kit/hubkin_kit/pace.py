"""How loops keep a burst of news apart, so that one look takes in many."""

from __future__ import annotations

import asyncio
import time


class Pace:
    """Lets the first few of many hurried steps pass at once, and keeps the others apart.

    This is the generic cell rate algorithm of ITU-T I.371.
    """

    def __init__(self, seconds: float, *, at_once: int = 1) -> None:
        self._seconds = seconds
        self._tolerated = (at_once - 1) * seconds
        self._due = 0.0

    async def wait(self) -> None:
        """Return at once when there were few steps lately, else when the next one is due."""
        now = time.monotonic()
        self._due = max(self._due, now)
        left = self._due - self._tolerated - now
        self._due += self._seconds
        if left > 0:
            await asyncio.sleep(left)
