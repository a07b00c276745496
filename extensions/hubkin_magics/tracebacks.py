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
        """Rewrite a printed traceback; frames that we wrote are left out with their source lines."""
        kept: List[str] = []
        is_ours = False
        for row in traceback.splitlines():
            frame = _FRAME.match(row)
            if frame is None:
                if is_ours and row.startswith("    "):
                    continue
                is_ours = False
                kept.append(row)
                continue
            found = self.find(int(frame["line"])) if frame["file"].endswith(CELL) else None
            is_ours = found is None and frame["file"].endswith(CELL)
            if found is not None:
                kept.append(f"{frame['indent']}{found[0]}, line {found[1]}{frame['rest']}")
            elif not is_ours:
                kept.append(row)
        return "\n".join(kept)

    def error(self, error: Mapping[str, Any]) -> Dict[str, Any]:
        """Return a remote error with its frames and its traceback in the notebook's lines."""
        frames = []
        for frame in error.get("frames") or ():
            found = self.find(int(frame["line"])) if str(frame["file"]).endswith(CELL) else None
            if found is not None:
                frames.append({**frame, "file": found[0], "line": found[1]})
            elif not str(frame["file"]).endswith(CELL):
                frames.append(dict(frame))
        return {**error, "frames": frames, "traceback": self.text(str(error.get("traceback") or ""))}
