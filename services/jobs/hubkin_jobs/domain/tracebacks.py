"""A remote error in the reader's own lines: ``.hubkin/cell.py`` is the job's file, nobody ever wrote it.

The raw text stays where it was printed: in the log, and in the outputs' ``.hubkin/error.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from hubkin import wire
from hubkin_kit.i18n import seemly

CELL = ".hubkin/cell.py"
LINES = ".hubkin/lines.json"

_FRAME = re.compile(r'^(?P<indent>[ |]*)File "(?P<file>[^"]*)", line (?P<line>\d{1,9})(?!\d)(?P<rest>.*)$')
#: How a syntax error, and nothing else, names its file: by the last part alone.
_IN_MESSAGE = re.compile(r"\(cell\.py, line (\d{1,9})\)")


class LineMap:
    """Knows where each line of the job's file came from."""

    def __init__(self, runs: Sequence[tuple[int, int, str, int]] = (), *, cell: str | None = None) -> None:
        """Take runs of ``[first line, how many, origin, first line there]``, and what the cell is called."""
        self._runs = runs
        self._cell = cell

    @classmethod
    def read(cls, text: bytes, *, execution_count: int | None) -> LineMap:
        """Read ``lines.json``; whatever else is in that file maps nothing."""
        try:
            said = msgspec.json.decode(text, type=_Lines)
        except (msgspec.DecodeError, RecursionError):
            return cls()
        return cls(said.lines, cell="the cell" if execution_count is None else f"In[{execution_count}]")

    def find(self, line: int) -> tuple[str, int] | None:
        """Return the origin of a line of the file and its line there; None when we wrote it."""
        for start, count, origin, first in self._runs:
            if start <= line < start + count:
                return (self._cell or CELL) if origin == "cell" else origin, first + line - start
        return None

    def error(self, error: wire.RemoteError) -> wire.RemoteError:
        """Return the error in the notebook's lines, with nothing in it that could disturb a screen."""
        return msgspec.structs.replace(
            error,
            type=seemly(error.type),
            message=seemly(self._message(error.message), lines=True),
            traceback=seemly(self.text(error.traceback), lines=True),
            frames=list(self._frames(error.frames)),
        )

    def text(self, traceback: str) -> str:
        """Rewrite a printed traceback; our own frames, and the event loop's below them, are left out."""
        code = _code_folder(traceback)
        kept: list[str] = []
        is_left_out = False
        for row in traceback.split("\n"):
            frame = _FRAME.match(row)
            if frame is None:
                if is_left_out and row.startswith("    "):
                    continue
                is_left_out = False
                kept.append(row)
                continue
            place, is_left_out = self._place(frame["file"], int(frame["line"]), was_left_out=is_left_out)
            if place is not None:
                rest = frame["rest"].replace("in _hubkin_step", "in <module>")
                kept.append(f"{frame['indent']}{place[0]}, line {place[1]}{rest}")
            elif not is_left_out:
                kept.append(row.replace(f'File "{code}', 'File "', 1) if code else row)
        return self._message("\n".join(kept))

    def _frames(self, frames: Iterable[wire.RemoteFrame]) -> Iterable[wire.RemoteFrame]:
        is_left_out = False
        for frame in frames:
            place, is_left_out = self._place(frame.file, frame.line, was_left_out=is_left_out)
            if is_left_out:
                continue
            file, line = place or (frame.file, frame.line)
            function = "<module>" if place and frame.function == "_hubkin_step" else frame.function
            yield msgspec.structs.replace(
                frame, file=seemly(file), line=line, function=seemly(function), text=seemly(frame.text)
            )

    def _place(self, file: str, line: int, *, was_left_out: bool) -> tuple[tuple[str, int] | None, bool]:
        """Return the line in the notebook, and whether the frame is ours, or the event loop's below ours."""
        if self._runs and file.endswith(CELL):
            place = self.find(line)
            return place, place is None
        return None, was_left_out and "/asyncio/" in file.replace("\\", "/")

    def _message(self, text: str) -> str:
        def place(found: re.Match[str]) -> str:
            there = self.find(int(found[1]))
            return f"({there[0]}, line {there[1]})" if there else found[0]

        return _IN_MESSAGE.sub(place, text)


def place_of(error: wire.RemoteError) -> tuple[str, int] | None:
    """Return where the submitter should look: the last line of an input, else of a file that travelled."""
    inputs = [frame for frame in error.frames if frame.file.startswith("In[")]
    own = [frame for frame in error.frames if not frame.file.startswith(("/", "<"))]
    frames = inputs or own
    return (frames[-1].file, frames[-1].line) if frames else None


class _Lines(msgspec.Struct):
    lines: list[tuple[int, int, str, int]]


def _code_folder(traceback: str) -> str:
    """The folder in which this replica ran, which says nothing to a reader; empty when no frame tells it."""
    for row in traceback.split("\n"):
        frame: Any = _FRAME.match(row)
        if frame and frame["file"].endswith("/" + CELL):
            return str(frame["file"]).removesuffix(CELL)
    return ""
