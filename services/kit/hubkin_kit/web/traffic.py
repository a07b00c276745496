"""The requests that are under way, so that a process can end between them and not in the middle of one."""

from __future__ import annotations

import asyncio

from hubkin_kit.errors import Unavailable

RETRY_AFTER_SECONDS = 2


class Ending(Unavailable):
    """Told to stop: what was begun is finished, nothing new is begun."""

    code = "ending"
    title = "The platform is just being stopped"


class Traffic:
    """Counts the requests of one application in and out."""

    def __init__(self) -> None:
        self._under_way: set[object] = set()
        self._is_ending = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    def enter(self, request: object) -> None:
        """Take note of a request."""
        self._under_way.add(request)
        self._quiet.clear()

    def leave(self, request: object) -> None:
        """Take note that it was answered, or that nobody waits for the answer; again is fine."""
        self._under_way.discard(request)
        if not self._under_way:
            self._quiet.set()

    def admit(self) -> None:
        """Let a request begin.

        Raises:
            Ending: Nothing new begins here.
        """
        if self._is_ending:
            raise Ending(
                "The platform is just being stopped or restarted. Nothing was changed. Try again.",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )

    def end(self) -> None:
        """Admit nothing from now on."""
        self._is_ending = True

    async def drained(self, timeout_seconds: float) -> bool:
        """Wait until nothing is under way; False when that takes longer."""
        try:
            await asyncio.wait_for(self._quiet.wait(), timeout_seconds)
        except TimeoutError:
            return False
        return True
