"""Many bytes on their way: how far they are, several files at once, and how they are stopped.

Standard library only; `upload` and `pull` use it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from hubkin.digest import changed
from hubkin.errors import Sentence

Item = TypeVar("Item")

AT_ONCE = 4
_TOLD_EVERY_SECONDS = 0.1

READING, SENDING, FETCHING = "reading", "sending", "fetching"


@dataclass(frozen=True)
class Progress:
    """How far it is: ``stage`` is reading, sending or fetching."""

    stage: str
    of_files: int
    of_bytes: int
    files: int = 0
    bytes: int = 0


class Stopped(Exception):
    """Another thread failed or the user pressed Ctrl-C: this one gives up at its next piece."""


class Unreadable(Sentence, RuntimeError):
    """A file here cannot be read; without this it would pass for a fault of the network."""

    code = "unreadable"


class Tally:
    """Counts what several threads move, and tells `watch` ten times a second at most, in any of them."""

    def __init__(self, watch: Callable[[Progress], None] | None = None) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._told_at = 0.0
        self.progress = Progress(READING, 0, 0)

    def begin(self, stage: str, *, files: int, size_bytes: int) -> None:
        """A new stage, of so much."""
        with self._lock:
            self.progress = Progress(stage, files, size_bytes)
        self._tell()

    def add(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """Count.

        Raises:
            Stopped: Nothing more is wanted.
        """
        if self._stopped.is_set():
            raise Stopped
        with self._lock:
            done = self.progress
            self.progress = replace(done, files=done.files + files, bytes=done.bytes + size_bytes)
            is_due = time.monotonic() - self._told_at >= _TOLD_EVERY_SECONDS
        if is_due or self.progress.files == self.progress.of_files:
            self._tell()

    def add_bytes(self, size_bytes: int) -> None:
        """Count bytes alone."""
        self.add(size_bytes=size_bytes)

    def each(self, work: Callable[[Item], Any], items: Iterable[Item]) -> None:
        """Do the work for each, some at once; the first failure, or Ctrl-C, ends them all.

        The threads speak the caller's language.
        """
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
        from contextvars import copy_context

        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            futures = [pool.submit(copy_context().run, work, item) for item in items]
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done():
                    future.result()
        except BaseException:
            self._stopped.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _tell(self) -> None:
        if self._watch is not None:
            self._told_at = time.monotonic()
            self._watch(self.progress)


class Body:
    """A file as the body of a request: exactly as long as it was, counted as it passes.

    Other bytes of the same number are the platform's to refuse: it checks every digest.
    """

    def __init__(self, path: Path, size_bytes: int, tally: Tally) -> None:
        self._path, self._size, self._tally = path, size_bytes, tally
        self._file = path.open("rb", buffering=0)
        self._read = 0

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._file.close()

    def tell(self) -> int:
        """How much has been read."""
        return self._read

    def seek(self, place: int) -> None:
        """Begin again: a request that was lost is sent once more, from the start."""
        assert place == 0, "a body is sent whole"
        self._file.seek(0)
        self._tally.add(size_bytes=-self._read)
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            ChangedWhileRead: The file ended too early.
            Unreadable: The disk says no.
        """
        left = self._size - self._read
        try:
            piece = self._file.read(left if size < 0 else min(size, left)) if left else b""
        except OSError as error:
            raise Unreadable(f"{self._path}: {error.strerror or error}") from None
        if left and not piece:
            raise changed(self._path)
        self._read += len(piece)
        self._tally.add(size_bytes=len(piece))
        return piece
