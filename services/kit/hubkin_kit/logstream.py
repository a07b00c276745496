"""Where log lines go: what cannot be written is counted, never raised.

A log usually lies on the disk that fills up.  Whoever says so there must not die of saying it.
"""

from __future__ import annotations

import os
import threading
from io import UnsupportedOperation
from typing import TextIO


class LogStream:
    """Takes whole lines; past Python's buffers, which would keep half of a line for later."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lost = 0
        self._is_torn = False
        self._lock = threading.Lock()

    @property
    def closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self._stream.closed

    def write(self, lines: str) -> None:
        """Write lines, each with its end; first how many were lost before them."""
        with self._lock:
            told = (
                f'{{"event":"log_lines_lost","level":"warning","lines":{self._lost}}}\n' if self._lost else ""
            )
            start = "\n" if self._is_torn else ""
            try:
                self._put(f"{start}{told}{lines}")
            except OSError:
                self._lost += lines.count("\n")
            else:
                self._lost, self._is_torn = 0, False

    def flush(self) -> None:
        """Nothing is ever kept back."""

    def _put(self, text: str) -> None:
        try:
            descriptor = self._stream.fileno()
        except (UnsupportedOperation, AttributeError):
            self._stream.write(text)
            self._stream.flush()
            return
        left = text.encode("utf-8", "backslashreplace")
        while left:
            left = left[os.write(descriptor, left) :]
            self._is_torn = bool(left)
