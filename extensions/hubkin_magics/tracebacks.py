"""Remote tracebacks in the notebook's own lines: ``.hubkin/cell.py`` is the job's file, not the reader's."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

CELL = ".hubkin/cell.py"
_FRAME = re.compile(r'^(?P<indent>\s*)File "(?P<file>[^"]*)", line (?P<line>\d+)(?P<rest>.*)$')


class LineMap:
    """Knows where each line of the job's file came from."""

    def __init__(self, said: Mapping[str, Any], *, cell: str) -> None:
        """Take ``lines.json`` and what the cell itself is called, such as ``In[8]``."""
        self._runs: Sequence[Sequence[Any]] = said.get("lines") or ()
        self._cell = cell

    def find(self, line: int) -> Optional[Tuple[str, int]]:
        """Return the origin of a line of the file and its line there; None when we wrote it."""
        for start, count, origin, first in self._runs:
            if start <= line < start + count:
                return (self._cell if origin == "cell" else str(origin)), int(first) + line - int(start)
        return None

    def text(self, traceback: str) -> str:
        """Rewrite a printed traceback; our own frames, and the event loop's below them, are left out."""
        kept: List[str] = []
        is_left_out = False
        for row in traceback.splitlines():
            frame = _FRAME.match(row)
            if frame is None:
                if is_left_out and row.startswith("    "):
                    continue
                is_left_out = False
                kept.append(row)
                continue
            found, is_left_out = self._place(frame["file"], int(frame["line"]), is_left_out)
            if found is not None:
                rest = frame["rest"].replace("in _hubkin_step", "in <module>")
                kept.append(f"{frame['indent']}{found[0]}, line {found[1]}{rest}")
            elif not is_left_out:
                kept.append(row)
        return "\n".join(kept)

    def _place(self, file: str, line: int, was_left_out: bool) -> Tuple[Optional[Tuple[str, int]], bool]:
        """Return the line in the notebook, or whether the frame is ours, or the event loop's below one."""
        if file.endswith(CELL):
            found = self.find(line)
            return found, found is None
        return None, was_left_out and "/asyncio/" in file.replace("\\", "/")

    def error(self, error: Mapping[str, Any]) -> Dict[str, Any]:
        """Return a remote error with its frames and its traceback in the notebook's lines."""
        frames = []
        is_left_out = False
        for frame in error.get("frames") or ():
            found, is_left_out = self._place(str(frame["file"]), int(frame["line"]), is_left_out)
            if found is not None:
                frames.append({**frame, "file": found[0], "line": found[1]})
            elif not is_left_out:
                frames.append(dict(frame))
        return {**error, "frames": frames, "traceback": self.text(str(error.get("traceback") or ""))}
