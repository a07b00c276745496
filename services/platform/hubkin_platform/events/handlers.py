"""``/events``: server-sent events, or a long poll with the same places.

The browser reads the stream with ``fetch``: an ``EventSource`` cannot send the XSRF token.
"""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import msgspec
from hubkin.wire import Event
from hubkin_kit.errors import Field, Gone, Malformed, NotSignedIn, Unavailable
from hubkin_kit.web import JOBS_READ, HubkinHandler, Operation, Route
from tornado.iostream import StreamClosedError

from hubkin_platform.events.fanout import Fanout, Listener, Viewer

#: A comment keeps proxies from closing a quiet line, and tells the reader that it is alive.
COMMENT_SECONDS = 15.0
#: How soon a right that was taken away ends a stream, once the hub's answer is no longer fresh.
RECHECK_SECONDS = 2.0
#: Several changes within this long are one step for a listener.
BREATH_SECONDS = 0.02
#: Who does not read for this long is let go; it may resume where it was.
SLOW_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 60.0


class EventsQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where to begin, about what, and for a long poll how long to wait."""

    since: Annotated[str, msgspec.Meta(description="The last number that was seen.")] | None = None
    topics: list[str] = []
    wait: (
        Annotated[
            float, msgspec.Meta(ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds; makes it a long poll.")
        ]
        | None
    ) = None


class EventPage(msgspec.Struct, kw_only=True):
    """The answer of a long poll; ask again with ``since=cursor``."""

    items: list[Event]
    cursor: str


class TooLongAgo(Gone):
    """The place is not in this journal."""

    code = "too_long_ago"
    title = "The stream cannot be resumed there"


class EventsHandler(HubkinHandler):
    """``/events``: what happens to the caller's things, and to their groups'."""

    scopes = {"GET": JOBS_READ}
    operations = {
        "GET": Operation(
            summary="Live rows, as server-sent events or by long poll", query=EventsQuery, answer=EventPage
        )
    }

    def initialize(self, fanout: Fanout) -> None:
        """Receive the fan-out."""
        self.fanout = fanout
        self.is_gone = False
        self.listener: Listener | None = None

    def on_connection_close(self) -> None:
        """Note that nobody reads any more."""
        super().on_connection_close()
        self.is_gone = True
        if self.listener is not None:
            self.listener.ring()

    async def get(self) -> None:
        """Stream, or answer once there is something."""
        query = self.query(EventsQuery)
        place = await self._place(query)
        with self.fanout.listening(self._viewer()) as listener:
            self.listener = listener
            if query.wait is not None or self._wants_json():
                await self._poll(listener, place, query.wait or 0.0)
            else:
                await self._stream(listener, place)

    async def _poll(self, listener: Listener, place: int, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds
        while True:
            rang = listener.count
            events, place = await self.fanout.after(place, listener.viewer)
            left = deadline - time.monotonic()
            if events or left <= 0 or self.is_gone or self.fanout.is_closing:
                break
            await listener.wait(min(left, RECHECK_SECONDS), since=rang)
            if not await self._still_may():
                raise NotSignedIn("You are not signed in, or your token no longer counts. Sign in again.")
            self.fanout.look_as(listener, self._viewer())
        if not self.is_gone:
            self.reply(200, EventPage(items=events, cursor=str(place)))

    async def _stream(self, listener: Listener, place: int) -> None:
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("X-Accel-Buffering", "no")
        self.write(f"id: {place}\n: hubkin\n\n")
        is_reading = await self._flushed()
        checked = commented = time.monotonic()
        while is_reading and not self.is_gone and not self.fanout.is_closing:
            rang = listener.count
            now = time.monotonic()
            if now - checked >= RECHECK_SECONDS:
                if not await self._still_may():
                    break
                self.fanout.look_as(listener, self._viewer())
                checked = now
            events, place = await self.fanout.after(place, listener.viewer)
            if events:
                self.write(b"".join(map(_frame, events)))
                commented = now
                is_reading = await self._flushed()
                await asyncio.sleep(BREATH_SECONDS)
            elif now - commented > COMMENT_SECONDS:
                # With the place, so that a quiet reader resumes from now and not from long ago.
                self.write(f"id: {place}\n: still here\n\n")
                commented = now
                is_reading = await self._flushed()
            await listener.wait(max(0.0, checked + RECHECK_SECONDS - time.monotonic()), since=rang)
        if not self.is_gone:
            self.finish()

    async def _flushed(self) -> bool:
        """Send what was written; False when the reader is gone or does not read."""
        try:
            await asyncio.wait_for(self.flush(), SLOW_SECONDS)
        except (StreamClosedError, TimeoutError):
            return False
        return True

    async def _still_may(self) -> bool:
        """Look again whose token it is; a hub that is away changes nothing."""
        try:
            caller = await self.web.authenticator.caller(self.credential)
        except Unavailable:
            return True
        if caller is None or JOBS_READ not in caller.scopes:
            return False
        self.caller = caller
        return True

    def _viewer(self) -> Viewer:
        topics = self.query(EventsQuery).topics
        return Viewer(
            frozenset(self.caller.owners),
            self.caller.is_admin,
            self.language,
            frozenset(topics) if topics else None,
        )

    def _wants_json(self) -> bool:
        accept = self.request.headers.get("Accept", "")
        return "application/json" in accept and "text/event-stream" not in accept

    async def _place(self, query: EventsQuery) -> int:
        text = self.request.headers.get("Last-Event-ID") or query.since
        if text is None:
            return self.fanout.last
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise Malformed(
                "The place in the stream is not one of ours.", fields=(Field("/since", "bad_place"),)
            )
        if not await self.fanout.knows(int(text)):
            raise TooLongAgo("The stream cannot be resumed there. Read everything again and begin afresh.")
        return int(text)


def routes(fanout: Fanout) -> list[Route]:
    """List the route."""
    return [Route("/events", EventsHandler, {"fanout": fanout})]


def _frame(event: Event) -> bytes:
    return b"id: %d\ndata: %b\n\n" % (event.seq, msgspec.json.encode(event))
