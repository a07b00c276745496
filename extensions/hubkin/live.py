"""Follows one job: its row through the event stream, its output through the merged log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubkin.card import FINAL
from hubkin.errors import TimedOut
from hubkin.i18n import _
from hubkin.transport import ProblemError, Unavailable, Unreachable

if TYPE_CHECKING:
    from hubkin.transport import Transport

LONGEST_WAIT_SECONDS = 25.0
LONGEST_ABSENCE_SECONDS = 900.0
PAUSE_SECONDS = 2.0
LOG_WAIT_SECONDS = 5.0  #: hints about logs may be thinned out: look again after this long at the latest
TAIL_BYTES = 1 << 16
LONGEST_TAIL_BYTES = 1 << 20


@dataclass(frozen=True)
class Line:
    """One line of a replica's output."""

    replica: int
    at: str
    text: str

    def __str__(self) -> str:
        return self.text


class Ear:
    """Hears the journal from now on, by long polling: a wait has an end, and bad proxies let it through."""

    def __init__(self, transport: Transport, topics: Sequence[str]) -> None:
        self._transport = transport
        self._query: dict[str, Any] = {"topics": list(topics)}
        self._ask(0)

    def events(self, seconds: float) -> list[dict[str, Any]]:
        """What came since the last time, at once if something did, else after at most so many seconds."""
        return self._ask(min(seconds, LONGEST_WAIT_SECONDS))

    def _ask(self, seconds: float) -> list[dict[str, Any]]:
        query = {**self._query, "wait": round(seconds, 3)}
        try:
            answer = self._transport.request("GET", "/events", query=query, timeout_seconds=seconds + 30)
        except ProblemError as error:
            if error.status != 410 or "since" not in self._query:
                raise
            del self._query["since"]  # the journal is another one: begin at its end
            return []
        self._query["since"] = answer["cursor"]
        items: list[dict[str, Any]] = answer["items"]
        return items


def rows(
    transport: Transport,
    row: dict[str, Any],
    *,
    deadline: float | None = None,
    on_trouble: Callable[[Exception], None] = lambda _: None,
) -> Iterator[dict[str, Any]]:
    """The job's row each time it changes, until it is final or the deadline (monotonic) is over.

    The place in the journal is taken before the row is read, so that no change is missed.  A platform that
    is away does not end this for a quarter of an hour: the job goes on without it, and so does the wait.
    `on_trouble` hears of it once.

    Raises:
        Unreachable, Unavailable: It stayed away.
    """
    away_since: float | None = None
    while True:
        try:
            for seen in _rows(transport, row["id"], deadline):
                away_since = None
                yield seen
            return
        except (Unreachable, Unavailable) as error:
            now = time.monotonic()
            if away_since is None:
                away_since = now
                on_trouble(error)
            if now - away_since > LONGEST_ABSENCE_SECONDS:
                raise
            if deadline is not None and now >= deadline:
                return
            time.sleep(PAUSE_SECONDS)


def _rows(transport: Transport, job_id: str, deadline: float | None) -> Iterator[dict[str, Any]]:
    ear = Ear(transport, ("job", "progress"))
    row = transport.request("GET", f"/jobs/{job_id}")
    yield row
    while row["state"] not in FINAL:
        left = LONGEST_WAIT_SECONDS if deadline is None else deadline - time.monotonic()
        if left <= 0:
            return
        events = ear.events(left)
        if not events:  # rare, and it mends whatever a stream could lose
            row = transport.request("GET", f"/jobs/{job_id}")
            yield row
        for event in events:
            changed = merged(row, event)
            if changed is not None:
                row = changed
                yield row


def merged(row: dict[str, Any], event: dict[str, Any]) -> dict[str, Any] | None:
    """The row after an event, or `None` when the event is about something else."""
    data = event["data"]
    if event["topic"] == "job" and data.get("id") == row["id"]:
        return dict(data)
    if event["topic"] == "progress" and data.get("job_id") == row["id"]:
        latest = {**row["latest"], **(data.get("latest") or {})}
        return {**row, "progress": data.get("progress") or row.get("progress"), "latest": latest}
    return None


def lines(
    transport: Transport,
    job_id: str,
    *,
    follow: bool = False,
    replica: int | None = None,
    tail: int | None = None,
    deadline: float | None = None,
    on_gap: Callable[[str], None] = lambda _: None,
) -> Iterator[Line]:
    """The merged output; with `follow` until it is complete.  `on_gap` hears what was lost.

    Raises:
        TimedOut: The deadline (monotonic) came first.
    """
    ear = Ear(transport, ("log", "job")) if follow else None
    page = _tail(transport, job_id, replica, tail) if tail is not None else None
    cursor = None
    while True:
        page = page or _page(transport, job_id, replica=replica, cursor=cursor)
        for gap in page.get("gaps", []):
            on_gap(gap["text"])
        for line in page["lines"]:
            yield Line(line["replica"], line["at"], line["text"])
        if page["complete"] or (ear is None and not page["lines"]):
            return
        left = LOG_WAIT_SECONDS if deadline is None else deadline - time.monotonic()
        if ear is not None and left <= 0:
            raise TimedOut(_("It still runs; it goes on."))
        if ear is not None and not page["lines"]:
            ear.events(min(left, LOG_WAIT_SECONDS))
        cursor, page = page["cursor"], None


def _page(transport: Transport, job_id: str, **query: Any) -> dict[str, Any]:
    page: dict[str, Any] = transport.request("GET", f"/jobs/{job_id}/logs", query=query)
    return page


def _tail(transport: Transport, job_id: str, replica: int | None, count: int) -> dict[str, Any]:
    """The last lines: the log is asked for by bytes, so ask for more until there are enough lines."""
    reach = TAIL_BYTES
    while True:
        page = _page(transport, job_id, replica=replica, tail_bytes=reach, limit_bytes=LONGEST_TAIL_BYTES)
        if len(page["lines"]) > count or reach >= LONGEST_TAIL_BYTES:
            return {**page, "lines": page["lines"][-count:] if count else []}
        reach *= 4
