"""How far a long upload or download is, on one line that is drawn anew; standard library only."""

from __future__ import annotations

import time
from typing import TextIO

from hubkin.fmt import duration, size
from hubkin.i18n import N_, _
from hubkin.moving import Progress

STAGES = {"reading": N_("Reading"), "sending": N_("Sending"), "fetching": N_("Fetching")}
#: A stage that is over at once is not drawn.
_QUIET_SECONDS = 0.3


class Meter:
    """Shows `Progress` on a terminal; elsewhere it says one line, and that only when it `speaks`."""

    def __init__(self, stream: TextIO, what: str = "", *, speaks: bool = False) -> None:
        self._stream, self._what, self._speaks = stream, what, speaks
        self._is_terminal = stream.isatty()
        self._stage = ""
        self._began = 0.0
        self._drawn = False

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._wipe()

    def __call__(self, progress: Progress) -> None:
        """Show it; any thread may call, one at a time is no matter: the last line wins."""
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._began = progress.stage, now
            if not self._is_terminal and self._speaks and progress.stage == "fetching" and progress.of_files:
                text = _("Fetching {what} (files: {files}, {bytes}).")
                self._write(
                    text.format(what=self._what, files=progress.of_files, bytes=size(progress.of_bytes))
                    + "\n"
                )
        if self._is_terminal and now - self._began >= _QUIET_SECONDS:
            self._write(f"\r\x1b[2K{progress_text(progress, now - self._began)}")
            self._drawn = True

    def _wipe(self) -> None:
        if self._drawn:
            self._write("\r\x1b[2K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def progress_text(progress: Progress, seconds: float) -> str:
    """One line: what is done of what, how fast, and for how long it will go on.

    >>> progress_text(Progress("sending", 20, 4_000_000, files=5, bytes=1_000_000), 2.0)
    'Sending 25 % · 5 of 20 files · 1.0 MB of 4.0 MB · 500 kB/s · 6 s left'
    """
    done, whole = progress.bytes, progress.of_bytes
    parts = [
        f"{_(STAGES[progress.stage])} {100 * done // whole if whole else 100} %",
        _("{n} of {all} files").format(n=progress.files, all=progress.of_files),
        _("{done} of {all}").format(done=size(done), all=size(whole)),
    ]
    if done and seconds > 0:
        speed = done / seconds
        parts.append(f"{size(round(speed))}/s")
        if done < whole:
            parts.append(_("{duration} left").format(duration=duration((whole - done) / speed)))
    return " · ".join(parts)
