"""Sends numbers, progress and use to the platform: at most one batch a second, each exactly once.

The next batch is written down before it is sent.  After a kill of the agent the same batch is sent under the
same number, which the platform takes only once, and reading goes on behind it.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Set

from .client import Away, Backoff, Client
from .clock import now_micros
from .curves import Curves, Progress
from .rundir import write_whole
from .shipping import Wake
from .sources import Reported, ReportFile, TrackerFiles, finite
from .spool import Spool

log = logging.getLogger("hubkin_agent")

_PERIOD_SECONDS = 1.0
_USAGE_SECONDS = 5.0
#: The platform takes as many in one batch.
_MOST_POINTS = 1_000
_READ_BYTES = 65_536
#: The command's own work comes first: the share of a processor that reading may take, and how far it may lag.
_CPU_SHARE = 0.15
_BEHIND_BYTES = 4 << 20
_NAME_CHARACTERS = 128


class Reporter(threading.Thread):
    """Reads every source of numbers and posts what is new, until `finish` and all is said."""

    def __init__(
        self, *, spool: Spool, client: Client, state: Path, report: Path, folders: List[Path]
    ) -> None:
        super().__init__(name="reporter", daemon=True)
        self.acknowledged = 0  #: answers so far
        self.is_done = False
        self._spool = spool
        self._client = client
        self._state_file = state
        self._report = ReportFile(report)
        self._trackers = TrackerFiles(folders)
        self._curves = Curves()
        self._pending: Optional[Dict[str, Any]] = None
        self._waiting: List[Dict[str, Any]] = []
        self._usage: Optional[Dict[str, int]] = None
        self._usage_due = 0.0
        self._sent_progress: Optional[Progress] = None
        self._structured: Set[str] = set()
        self._wake = Wake()
        self._ending = False
        self._saved = ""
        self._backoff = Backoff()
        self._load()

    def use(self, *, rss_bytes: int, cpu_percent: int) -> None:
        """Say what the command uses now."""
        self._usage = {"rss_bytes": rss_bytes, "cpu_percent": cpu_percent}

    def skip_existing(self) -> None:
        """Pass over the tracker files that were there before the command; call it once, before it starts."""
        if not self._state_file.exists():
            self._cursors.update(self._trackers.existing())
            self._save()

    def flush(self) -> None:
        """Try now, even after a failure."""
        self._backoff.succeeded()
        self._wake.set()

    def finish(self) -> None:
        """Nothing more will be written: say the rest and end."""
        self._ending = True
        self.flush()

    def run(self) -> None:
        """Report until done."""
        while not self.is_done:
            ending = self._ending
            began = time.thread_time()
            try:
                sent = self.step(ending=ending)
            except Away as away:
                log.info("report_delayed seq=%d why=%s", self._seq + 1, away)
                self._wake.wait(self._backoff.failed())
                continue
            except Exception:
                # The outermost loop of the thread: one strange number must not end all curves.
                log.exception("reporting_failed")
                self._wake.wait(self._backoff.failed())
                continue
            self._backoff.succeeded()
            self.is_done = ending and not sent and self._has_read_all()
            if not ending:
                self._wake.wait(max(_PERIOD_SECONDS, (time.thread_time() - began) / _CPU_SHARE))
        self._spool.free(all_of_it=True)
        self._client.close()

    def step(self, *, ending: bool) -> bool:
        """Send one batch, if there is anything to say; return whether there was."""
        if self._pending is None:
            self._gather(ending=ending)
            self._save()
        if self._pending is None:
            self._spool.parsed(self._cursors["spool"])
            return False
        answer = self._client.post("/reports", self._pending)
        if not answer.is_ok:
            # The same batch would be refused for ever, and those behind it would never be heard.
            log.warning(
                "report_refused seq=%d status=%d body=%r", self._seq + 1, answer.status, answer.body[:200]
            )
        self.acknowledged += 1
        self._seq += 1
        self._pending = None
        self._save()
        self._spool.parsed(self._cursors["spool"])
        return True

    def _gather(self, *, ending: bool) -> None:
        """Make the next batch: of what is left from the last reading, or else of what is new."""
        progress = usage = None
        if not self._waiting:
            self._waiting = [
                one.to_wire() for one in self._read(ending) if 0 < len(one.name) <= _NAME_CHARACTERS
            ]
            progress = self._new_progress()
            usage = self._due_usage(is_needed=bool(self._waiting or progress))
        points, self._waiting = self._waiting[:_MOST_POINTS], self._waiting[_MOST_POINTS:]
        if points or progress or usage:
            self._pending = {"seq": self._seq + 1, "points": points, "progress": progress, "usage": usage}

    def _read(self, ending: bool) -> List[Reported]:
        """Read every source; a name that has a better one is not read out of the text as well."""
        structured = self._report.read(self._cursors) + self._trackers.read(self._cursors, rescan=ending)
        self._structured.update(one.name for one in structured)
        return finite(structured) + [
            one for one in self._read_spool(ending) if one.name not in self._structured
        ]

    def _new_progress(self) -> Optional[Dict[str, Any]]:
        progress = self._report.progress or self._curves.progress
        if progress is None or progress == self._sent_progress:
            return None
        self._sent_progress = progress
        return {"done": progress.done, "total": progress.total, "unit": progress.unit}

    def _due_usage(self, *, is_needed: bool) -> Optional[Dict[str, int]]:
        """Return the use with whatever is sent anyway, and else every few seconds."""
        if self._usage is None or not (is_needed or time.monotonic() >= self._usage_due):
            return None
        usage, self._usage = self._usage, None
        self._usage_due = time.monotonic() + _USAGE_SECONDS
        return usage

    def _read_spool(self, ending: bool) -> List[Reported]:
        """Read on in the output, until a batch is full or this second's share of a processor is used."""
        began = time.thread_time()
        points: List[Reported] = []
        while len(points) < _MOST_POINTS and (ending or time.thread_time() - began < _CPU_SHARE):
            place = self._next_place()
            data = self._spool.read(place, _READ_BYTES)
            self._curves.feed(data)
            if ending and place + len(data) >= self._spool.size():
                self._curves.end()
            self._cursors["spool"] = place + len(data) - self._curves.unread
            at = self._spool.written_at(place, now_micros())
            points.extend(Reported(one.name, one.step, one.value, at) for one in self._curves.take())
            if not data:
                break
        if self._curves.not_finite:
            log.info("numbers_not_finite count=%d", self._curves.not_finite)
            self._curves.not_finite = 0
        return points

    def _next_place(self) -> int:
        place = self._cursors["spool"] + self._curves.unread
        start = max(place, self._spool.position.freed, self._spool.size() - _BEHIND_BYTES)
        if start > place:
            # Freed unread, or more output than anyone could look at: curves miss numbers, the log does not.
            log.info("curves_skipped from=%d to=%d", place, start)
            self._curves.skip()
        return start

    def _has_read_all(self) -> bool:
        return self._cursors["spool"] >= self._spool.size()

    def _load(self) -> None:
        try:
            state = json.loads(self._state_file.read_bytes())
        except (OSError, ValueError):
            state = {}
        self._seq: int = state.get("seq", 0)
        self._cursors: Dict[str, int] = {"spool": 0, **state.get("cursors", {})}
        self._pending = state.get("pending")
        self._waiting = state.get("waiting", [])
        self._curves.steps.update({name: tuple(where) for name, where in state.get("steps", {}).items()})
        self._structured.update(state.get("structured", []))
        self._spool.parsed(self._cursors["spool"])

    def _save(self) -> None:
        state = json.dumps(
            {
                "seq": self._seq,
                "cursors": self._cursors,
                "pending": self._pending,
                "waiting": self._waiting,
                "steps": self._curves.steps,
                "structured": sorted(self._structured),
            }
        )
        if state == self._saved:
            return
        try:
            write_whole(self._state_file, state)
            self._saved = state
        except OSError as error:
            # A full disk: numbers may be sent twice after a kill, which is better than none.
            log.info("report_state_unwritten why=%s", error.strerror)
