"""Ships the spool to the platform in numbered chunks, each until it was acknowledged."""

from __future__ import annotations

import logging
import os
import select
import threading
from typing import Iterable

from .client import Answer, Away, Backoff, Client, expected_offset
from .clock import now_micros
from .linux import Watch
from .spool import CHUNK_BYTES, Spool, cut

log = logging.getLogger("hubkin_agent")

BACKLOG_BYTES = 1 << 30

#: A chunk at most this often while the command dribbles; the first line of a quiet command goes at once.
_PAUSE_SECONDS = 0.1
_POLL_SECONDS = 0.2
#: With inotify the poll is only a safety net.
_WATCHED_POLL_SECONDS = 2.0


class Wake:
    """Wakes a thread that waits in `select`, from any other thread."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def set(self) -> None:
        """Wake it, now or at its next wait."""
        try:
            os.write(self._write, b"!")
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close both ends."""
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float, others: Iterable[int] = ()) -> None:
        """Wait until woken, until another descriptor is readable, or for some seconds."""
        ready, _, _ = select.select([self._read, *others], [], [], max(0.0, seconds))
        if self._read in ready:
            os.read(self._read, 4096)


class Shipper(threading.Thread):
    """Tails the spool until the command has ended and everything is shipped.

    `progress_at` moves with every acknowledgement, so that the agent can tell slow from away.
    """

    def __init__(self, spool: Spool, path: str, client: Client, backlog_bytes: int = BACKLOG_BYTES) -> None:
        super().__init__(name="shipper", daemon=True)
        self.acknowledged = 0  #: answers so far
        self.is_refused = False  #: the platform knows no such attempt
        self._spool = spool
        self._watch = Watch(path)
        self._client = client
        self._backlog_bytes = backlog_bytes
        self._wake = Wake()
        self._ending = False
        self._backoff = Backoff()

    def flush(self) -> None:
        """Try now, even after a failure."""
        self._backoff.succeeded()
        self._wake.set()

    def finish(self) -> None:
        """Nothing more will be written: ship the rest and end."""
        self._ending = True
        self.flush()

    @property
    def is_done(self) -> bool:
        """Whether the platform has every byte, or knows which are lost, or wants none."""
        return self._ending and (self.is_refused or self._spool.position.shipped >= self._spool.size())

    def run(self) -> None:
        """Ship until done; a platform that is away is asked again, for ever."""
        while not self.is_done:
            try:
                moved = self.step()
            except Away as away:
                log.info("shipping_delayed at=%d why=%s", self._spool.position.shipped, away)
                self._wake.wait(self._backoff.failed())
                continue
            except Exception:
                # The outermost loop of the thread: a log that stops for good is worse than any error.
                log.exception("shipping_failed at=%d", self._spool.position.shipped)
                self._wake.wait(self._backoff.failed())
                continue
            self._backoff.succeeded()
            self._rest(moved)
        self._spool.free(all_of_it=True)
        self._client.close()

    def close(self) -> None:
        """Close what it holds; it ships no more."""
        self._client.close()
        self._watch.close()
        self._wake.close()

    def step(self) -> bool:
        """Ship one chunk or one gap, if there is any; return whether something moved."""
        ending = self._ending
        size = self._spool.mark(now_micros())
        self._bound(size)
        place = self._spool.position
        if place.lost_to > place.shipped:
            return self._ship(b"", place.lost_to - place.shipped)
        data = self._spool.read(place.shipped, CHUNK_BYTES)
        whole = cut(data, is_last=ending and place.shipped + len(data) >= size)
        return bool(whole) and self._ship(whole, 0)

    def _ship(self, data: bytes, gap: int) -> bool:
        offset = self._spool.position.shipped
        query = "?offset=%d" % offset + ("&gap=%d" % gap if gap else "")
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Hubkin-At": str(self._spool.written_at(offset, now_micros())),
        }
        self._settle(self._client.put("/log" + query, data, headers), offset + len(data) + gap)
        self.acknowledged += 1
        self._spool.free()
        return True

    def _settle(self, answer: Answer, end: int) -> None:
        if answer.is_ok:
            self._spool.move(shipped=end)
            return
        expected = expected_offset(answer)
        self.is_refused = answer.is_final_refusal
        if expected is None:
            raise Away("The log was answered %d: %r" % (answer.status, answer.body[:200]))
        if expected > self._spool.size():
            raise Away("The platform has more of the log than was written: %d." % expected)
        self._resume_at(expected)

    def _resume_at(self, expected: int) -> None:
        """Continue where the platform says; what it lacks and we have freed is a gap."""
        place = self._spool.position
        lost_to, gap = place.lost_to, place.gap
        if expected < place.freed and expected < place.shipped:
            lost_to = max(lost_to, place.freed)
            gap += place.freed - expected
        elif lost_to > place.shipped:
            # Its beginning had arrived after all, only the answer was lost.
            gap -= max(0, min(expected, lost_to) - place.shipped)
        log.info("shipping_resumed was=%d now=%d", place.shipped, expected)
        self._spool.move(shipped=expected, lost_to=lost_to, gap=gap)

    def _bound(self, size: int) -> None:
        if size - self._spool.position.next > self._backlog_bytes and self._spool.can_free:
            # A tenth more than needed, so that this is seldom.
            upto = size - self._backlog_bytes * 9 // 10
            log.warning("spool_overflowed lost_to=%d", upto)
            self._spool.give_up(upto)

    def _rest(self, moved: bool) -> None:
        if self._ending:
            if not moved:
                self._wake.wait(_POLL_SECONDS)
            return
        if moved and self._spool.size() - self._spool.position.shipped >= CHUNK_BYTES:
            return
        if moved:
            self._wake.wait(_PAUSE_SECONDS)
            return
        if self._spool.size() <= self._spool.position.shipped:
            self._watch.drain()
            if self._spool.size() > self._spool.position.shipped:
                return
            self._wake.wait(_WATCHED_POLL_SECONDS if self._watch.fds() else _POLL_SECONDS, self._watch.fds())
        elif not moved:
            # Only the beginning of a character is there.
            self._wake.wait(_POLL_SECONDS)
