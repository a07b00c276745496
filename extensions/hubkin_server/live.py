"""One line to the platform's event stream per server, open only while somebody here listens."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import aclosing
from logging import Logger
from typing import Any

from hubkin_server.events import CONNECTION, SCHEMA_ID
from hubkin_server.platform import Frame, Platform, PlatformDown, TooLongAgo

LOOK_SECONDS = 1.0  #: how soon a browser that begins to listen is noticed
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 30.0
KEPT_LANGUAGE_SECONDS = 30.0  #: how long the line keeps a language that another browser does not speak

Follower = Callable[[dict[str, Any]], None]


class Live:
    """Re-emits the platform's rows as Jupyter events, and tells followers in this process (open logs).

    It resumes by ``seq`` where it broke off, a restart of the platform included; where it cannot, it says so
    with an event of the topic ``connection``.
    """

    def __init__(self, platform: Platform, event_logger: Any, log: Logger) -> None:
        self._platform = platform
        self._events = event_logger
        self._log = log
        self._followers: set[Follower] = set()
        self._place: str | None = None
        self._heard: tuple[float, frozenset[object]] = (0.0, frozenset())
        self.language = ""
        """In which rows come, an ``Accept-Language``."""
        self._is_up: bool | None = None

    def speak(self, language: str) -> None:
        """Hear in which language somebody looks, and bring rows in it from now on.

        One server is one person's, and its browsers show what the line brings beside what they fetch.  Two
        that speak differently must not pull it to and fro: it changes when browsers came or went since its
        own language was heard, or when that has not been heard for a while.
        """
        heard_at, by = self._heard
        now, browsers = time.monotonic(), self.browsers()
        is_free = not self.language or browsers != by or now - heard_at > KEPT_LANGUAGE_SECONDS
        if language and (language == self.language or is_free):
            self.language, self._heard = language, (now, browsers)

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Call `follower` with every event until the returned function is called."""
        self._followers.add(follower)
        return lambda: self._followers.discard(follower)

    def browsers(self) -> frozenset[object]:
        """The events WebSockets that are open."""
        # jupyter-events has no public question for this; without the attribute the line stays open.
        found = getattr(self._events, "_modified_listeners", None)
        return frozenset([self._events] if found is None else found.get(SCHEMA_ID, ()))

    async def run(self) -> None:
        """Keep the line as it should be, until it is cancelled."""
        line: asyncio.Task[None] | None = None
        spoken = ""
        known: frozenset[object] = frozenset()
        try:
            while True:
                browsers = self.browsers()
                is_wanted = bool(browsers or self._followers)
                if line is not None and line.done():
                    self._log.error("The live line ended; it is opened again", exc_info=line.exception())
                    line = None
                if is_wanted and line is not None and spoken != self.language:
                    await _cancelled(line)  # and goes on at its place, in the other language
                    line = None
                if is_wanted and line is None:
                    spoken = self.language
                    line = asyncio.get_running_loop().create_task(self._keep_open())
                elif not is_wanted and line is not None:
                    await _cancelled(line)
                    line, self._is_up, self._place = None, None, None
                if browsers - known and self._is_up:
                    # Who comes to an open line may have fetched rows before it heard the first change.
                    self._emit(_news(up=True, fresh=True))
                known = browsers
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if line is not None:
                await _cancelled(line)

    async def _keep_open(self) -> None:
        retry = FIRST_RETRY_SECONDS
        while True:
            try:
                async with aclosing(self._platform.events(self._place, self.language)) as frames:
                    async for frame in frames:
                        retry = FIRST_RETRY_SECONDS
                        self._came(frame)
            except TooLongAgo:
                self._place, self._is_up = None, None
                continue
            except PlatformDown as error:
                self._log.info("The platform's event stream broke: %s", error)
            self._say(up=False, fresh=False)
            await asyncio.sleep(retry * random.uniform(0.5, 1.0))
            retry = min(LAST_RETRY_SECONDS, retry * 2)

    def _came(self, frame: Frame) -> None:
        self._say(up=True, fresh=self._place is None)
        self._place = frame.place or self._place
        if frame.row is not None:
            self._emit(frame.row)

    def _say(self, *, up: bool, fresh: bool) -> None:
        if self._is_up is up:
            return
        self._is_up = up
        self._emit(_news(up=up, fresh=fresh))

    def _emit(self, event: dict[str, Any]) -> None:
        row = {name: event[name] for name in ("seq", "topic", "subject", "data")}
        self._events.emit(schema_id=SCHEMA_ID, data=row)
        for follower in tuple(self._followers):
            follower(row)


def _news(*, up: bool, fresh: bool) -> dict[str, Any]:
    return {"seq": 0, "topic": CONNECTION, "subject": "", "data": {"up": up, "fresh": fresh}}


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
