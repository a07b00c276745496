"""The requests that are under way, and what their senders have us keep in memory meanwhile.

So a process can end between them and not in the middle of one, and nobody can fill its memory.
"""

from __future__ import annotations

import asyncio

from hubkin_kit.errors import Unavailable

RETRY_AFTER_SECONDS = 2
#: So much of the bodies of one sender's requests is kept at a time.
ROOM_BYTES = 48 << 20


class Ending(Unavailable):
    """Told to stop: what was begun is finished, nothing new is begun."""

    code = "ending"
    title = "The platform is just being stopped"


class Crowded(Unavailable):
    """One sender sends more at once than we keep in memory for anybody."""

    code = "crowded"
    title = "Too much is being sent at once"


class Traffic:
    """Counts the requests of one application in and out."""

    def __init__(self) -> None:
        #: Request → its sender, and how much of its body is kept.
        self._under_way: dict[object, tuple[str, int]] = {}
        self._kept: dict[str, int] = {}
        self._is_ending = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    def enter(self, request: object) -> None:
        """Take note of a request."""
        self._under_way[request] = ("", 0)
        self._quiet.clear()

    def leave(self, request: object) -> None:
        """Take note that it was answered, or that nobody waits for the answer; again is fine."""
        sender, kept = self._under_way.pop(request, ("", 0))
        if kept:
            self._kept[sender] -= kept
            if not self._kept[sender]:
                del self._kept[sender]
        if not self._under_way:
            self._quiet.set()

    def has_room(self, request: object, sender: str, size_bytes: int) -> bool:
        """Whether there is room for so much more of a request's body; taken until the request leaves."""
        if request not in self._under_way or self._kept.get(sender, 0) + size_bytes > ROOM_BYTES:
            return False
        self._under_way[request] = (sender, self._under_way[request][1] + size_bytes)
        self._kept[sender] = self._kept.get(sender, 0) + size_bytes
        return True

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
