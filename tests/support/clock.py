"""Clocks that a test moves: time may pass, or only the clock may, as when the machine slept."""

from __future__ import annotations

from hubkin_kit.clock import SystemClock


class MovableClock(SystemClock):
    """The machine's clock, with what a test added."""

    ahead = 0
    """Time that has passed, in microseconds."""
    slept = 0
    """Time that has passed while the machine did not run."""

    def now(self) -> int:
        return super().now() + self.ahead + self.slept

    def ran(self) -> int:
        return super().ran() + self.ahead


class HandClock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.at = 1_795_000_000_000_000
        self.slept = 0

    def now(self) -> int:
        return self.at + self.slept

    def ran(self) -> int:
        return self.at
