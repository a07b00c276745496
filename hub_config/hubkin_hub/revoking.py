"""Hears of every right that the hub takes away or gives, at the moment at which it commits that.

The hub has no hook for a token that is revoked or a group that changes, but all of it passes through its one
database session.  Without this the platform asks the hub again about each token, which a busy site rations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from jupyterhub import orm

# The hub's own SQLAlchemy: this package has no database and needs none.
listen: Any = vars(orm)["event"].listen
inspect: Any = vars(orm)["inspect"]

#: What is committed together is told together: a stopped server takes its tokens back one by one.
GATHER_SECONDS = 0.1
#: More names than this are not kept for a platform that is away; it asks by itself, later.
MOST_NAMES = 10_000


class Revocations:
    """Has somebody told whose tokens, groups or roles have changed."""

    def __init__(self, tell: Callable[[str], Awaitable[None]]) -> None:
        self._tell = tell
        self._flushed: set[str] = set()
        self._committed: set[str] = set()
        self._telling: asyncio.Task[None] | None = None

    def watch(self, session: Any) -> None:
        """Listen to the hub's session."""
        listen(session, "after_flush", self._after_flush)
        listen(session, "after_commit", self._after_commit)
        listen(session, "after_rollback", lambda _: self._flushed.clear())

    def _after_flush(self, session: Any, _context: object) -> None:
        for row in session.deleted:
            if isinstance(row, orm.APIToken):
                self._flushed |= _names([row.user, row.service])
        for row in session.dirty:
            if isinstance(row, orm.User) and (_changes(row, "groups") or _changes(row, "roles")):
                self._flushed |= _names([row])
            elif isinstance(row, orm.Group):
                self._flushed |= _names(_changes(row, "users"))
                if _changes(row, "roles"):
                    self._flushed |= _names(row.users)

    def _after_commit(self, _session: object) -> None:
        if not self._flushed:
            return
        if len(self._committed) < MOST_NAMES:
            self._committed |= self._flushed
        self._flushed.clear()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # the hub is just starting: nobody remembers anything yet
            self._committed.clear()
            return
        if self._telling is None or self._telling.done():
            self._telling = loop.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        while self._committed:
            await asyncio.sleep(GATHER_SECONDS)
            names, self._committed = self._committed, set()
            for name in sorted(names):
                await self._tell(name)


def _changes(row: Any, attribute: str) -> list[Any]:
    history = inspect(row).attrs[attribute].history
    return [*(history.added or ()), *(history.deleted or ())]


def _names(owners: Iterable[Any]) -> set[str]:
    return {str(owner.name) for owner in owners if owner is not None}
