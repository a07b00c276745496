"""Reads the journal once for all who listen, renders each row once a language, and remembers the recent ones.

Every listener keeps its own place.  Whoever is slow takes larger, coalesced steps; whoever fell out of memory
is served from the journal: nobody is buffered for.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from hubkin.wire import Event
from hubkin_kit import journal, telemetry
from hubkin_kit.controllers import Bell
from hubkin_kit.database import Database
from hubkin_kit.errors import Unavailable
from hubkin_kit.journal import Happening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

log = structlog.get_logger()

#: How many rows are remembered.
REMEMBERED = 5_000
#: How many rows one look at the journal takes.
STEP = 500
#: How long the pump waits for a ring that may have been lost.
LOOK_SECONDS = 1.0
#: The topics of which admins see everyone's rows.
ADMIN_TOPICS = frozenset({"job", "files", "progress", "log", "server"})

Render = Callable[["Connection", Happening, str], "dict[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who listens: which owners' rows, and in which language."""

    owners: frozenset[str]
    is_admin: bool
    language: str
    topics: frozenset[str] | None = None

    def sees(self, row: Happening) -> bool:
        """Whether a row is this viewer's business."""
        if self.topics is not None and row.topic not in self.topics:
            return False
        return row.owner in self.owners or (self.is_admin and row.topic in ADMIN_TOPICS)


class Listener:
    """One open stream or long poll: woken only by what its viewer may see."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.count = 0
        """How often it was rung; pass it to `wait`, so that no ring is missed in between."""
        self._future: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake it."""
        self.count += 1
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    async def wait(self, timeout_seconds: float, *, since: int) -> None:
        """Wait for the next ring, or return at once when it was rung after ``since``."""
        if since == self.count:
            self._future = asyncio.get_running_loop().create_future()
            await asyncio.wait({self._future}, timeout=timeout_seconds)
            self._future = None


@dataclass(slots=True)
class _Remembered:
    row: Happening
    rendered: dict[str, dict[str, Any] | None] = field(default_factory=dict)


class Fanout:
    """One for each process; `run` keeps it going."""

    def __init__(
        self,
        database: Database,
        renderers: Mapping[str, Render],
        numbered: Bell,
        *,
        remembered: int = REMEMBERED,
    ) -> None:
        self._database = database
        self._renderers = renderers
        self._numbered = numbered
        self._recent: deque[_Remembered] = deque(maxlen=remembered)
        self._forgotten = 0
        self._listeners: set[Listener] = set()
        self._by_owner: dict[str, set[Listener]] = {}
        self._admins: set[Listener] = set()
        self._languages: Counter[str] = Counter()
        self.last = 0
        """The newest number that may have been taken."""
        self.is_closing = False

    async def open(self) -> None:
        """Begin at the journal's end."""
        self.last = self._forgotten = await self._database.read(journal.last_seq)

    async def run(self) -> None:
        """Take in what is numbered, for ever."""
        while True:
            rang = self._numbered.count
            try:
                while await self._take_in() == STEP:
                    pass
            except Unavailable as error:
                log.warning("events_wait", code=error.code)
            except Exception as error:
                log.error("events_failed", exc_info=error)
                await asyncio.sleep(LOOK_SECONDS)
            await self._numbered.wait(LOOK_SECONDS, since=rang)

    def close(self) -> None:
        """Have every listener end, so that it resumes elsewhere."""
        self.is_closing = True
        for listener in self._listeners:
            listener.ring()

    @contextmanager
    def listening(self, viewer: Viewer) -> Iterator[Listener]:
        """Have rows rendered in the viewer's language as they come, and the viewer woken by their own."""
        listener = Listener(viewer)
        self._enter(listener)
        telemetry.streams_open.inc()
        try:
            yield listener
        finally:
            self._leave(listener)
            telemetry.streams_open.dec()

    def look_as(self, listener: Listener, viewer: Viewer) -> None:
        """Go on listening as somebody whose groups or rights have changed."""
        if viewer != listener.viewer:
            self._leave(listener)
            listener.viewer = viewer
            self._enter(listener)

    async def knows(self, seq: int) -> bool:
        """Whether a place is in this journal; another process may be a little ahead of us."""
        return seq <= self.last or seq <= await self._database.read(journal.last_seq)

    async def after(self, seq: int, viewer: Viewer) -> tuple[list[Event], int]:
        """Return what a viewer may see after ``seq``, the latest of each subject, and the place to go on."""
        upto = self.last
        if seq >= upto:
            return [], seq
        if seq >= self._forgotten:
            recent = [r for r in self._newer_than(seq) if viewer.sees(r.row)]
            latest = {(r.row.topic, r.row.subject): r for r in recent}
            if all(viewer.language in r.rendered for r in latest.values()):
                chosen = sorted(latest.values(), key=lambda r: r.row.seq)
                pairs = ((r.row, r.rendered[viewer.language]) for r in chosen)
                return [_event(row, data) for row, data in pairs if data is not None], upto
        return await self._database.read(lambda connection: self._replay(connection, seq, upto, viewer))

    def _enter(self, listener: Listener) -> None:
        viewer = listener.viewer
        self._listeners.add(listener)
        self._languages[viewer.language] += 1
        for owner in viewer.owners:
            self._by_owner.setdefault(owner, set()).add(listener)
        if viewer.is_admin:
            self._admins.add(listener)

    def _leave(self, listener: Listener) -> None:
        viewer = listener.viewer
        self._listeners.discard(listener)
        self._admins.discard(listener)
        self._languages[viewer.language] -= 1
        for owner in viewer.owners:
            self._by_owner[owner].discard(listener)
            if not self._by_owner[owner]:
                del self._by_owner[owner]

    def _wake(self, rows: Sequence[_Remembered]) -> None:
        """Ring whoever may see one of these rows, and nobody else: thousands may be listening."""
        woken: set[Listener] = set()
        for remembered in rows:
            woken |= self._by_owner.get(remembered.row.owner, set())
            if remembered.row.topic in ADMIN_TOPICS:
                woken |= self._admins
        for listener in woken:
            listener.ring()

    def _newer_than(self, seq: int) -> list[_Remembered]:
        """Return what is remembered after ``seq``; looked for from the end, as most listeners are there."""
        newer = []
        for remembered in reversed(self._recent):
            if remembered.row.seq <= seq:
                break
            newer.append(remembered)
        newer.reverse()
        return newer

    async def _take_in(self) -> int:
        languages = [language for language, count in self._languages.items() if count > 0]
        rows, taken = await self._database.read(lambda connection: self._look(connection, languages))
        for remembered in rows:
            if len(self._recent) == self._recent.maxlen:
                self._forgotten = self._recent[0].row.seq
            self._recent.append(remembered)
        if rows:
            self.last = rows[-1].row.seq
            telemetry.journal_seq.set(self.last)
            self._wake(rows)
        return taken

    def _look(self, connection: Connection, languages: Sequence[str]) -> tuple[list[_Remembered], int]:
        rows = journal.read_after(connection, self.last, limit=STEP)
        latest = {(row.topic, row.subject): row.seq for row in rows}
        found = []
        for row in rows:
            if latest[row.topic, row.subject] == row.seq:
                rendered = {language: self._render(connection, row, language) for language in languages}
            else:  # a later row of this step says the same, and more
                rendered = dict.fromkeys(languages)
            found.append(_Remembered(row, rendered))
        return found, len(rows)

    def _replay(self, connection: Connection, seq: int, upto: int, viewer: Viewer) -> tuple[list[Event], int]:
        owners = None if viewer.is_admin else sorted(viewer.owners)
        rows = journal.read_between(connection, seq, upto, owners=owners, limit=STEP)
        place = upto if len(rows) < STEP else rows[-1].seq
        latest = {(row.topic, row.subject): row for row in rows if viewer.sees(row)}
        events = []
        for row in sorted(latest.values(), key=lambda row: row.seq):
            data = self._render(connection, row, viewer.language)
            if data is not None:
                events.append(_event(row, data))
        return events, place

    def _render(self, connection: Connection, row: Happening, language: str) -> dict[str, Any] | None:
        render = self._renderers.get(row.topic)
        return render(connection, row, language) if render else None


def merge(renderers: Iterable[Mapping[str, Render]]) -> dict[str, Render]:
    """Put the packages' renderers together; a topic belongs to one package.

    Raises:
        ValueError: Two packages render one topic.
    """
    merged: dict[str, Render] = {}
    for some in renderers:
        if both := merged.keys() & some.keys():
            raise ValueError(f"two packages render {sorted(both)}")
        merged.update(some)
    return merged


def _event(row: Happening, data: dict[str, Any]) -> Event:
    return Event(seq=row.seq, topic=row.topic, subject=row.subject, data=data)
