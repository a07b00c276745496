"""Writes ``.hubkin/cell.py``, one real file, and the map from its lines to the notebook's."""

from __future__ import annotations

import json
from typing import List, Optional, Sequence, Tuple

from hubkin_magics.capture.pieces import Piece
from hubkin_magics.capture.rows import AWAIT_HEAD, Row, rows_of

CELL = ".hubkin/cell.py"
PARAMS = ".hubkin/params.json"
SETUP = ".hubkin/setup.sh"
SENT_FILE = ".hubkin/send.pkl"

_TITLE = "# Made from a notebook cell.  .hubkin/lines.json says where each line came from."
_SEARCH = (
    "import os as _hubkin_os, sys as _hubkin_sys\n"
    "_hubkin_code = _hubkin_os.path.dirname(_hubkin_os.path.dirname(_hubkin_os.path.abspath(__file__)))\n"
    "_hubkin_sys.path[:0] = [_hubkin_os.path.normpath(_hubkin_os.path.join(_hubkin_code, _hubkin_path))"
    " for _hubkin_path in {search!r}]"
)
_SENT = (
    'with open(_hubkin_os.path.join(_hubkin_code, ".hubkin", "send.pkl"), "rb") as _hubkin_file:\n'
    "    globals().update(__import__('pickle').load(_hubkin_file))"
)


class CellFile:
    """The file being written: each line with its origin."""

    LINES = ".hubkin/lines.json"

    def __init__(self, futures: Sequence[str]) -> None:
        self._futures = futures
        self._rows: List[Tuple[str, str, int]] = []

    def build(
        self,
        pieces: Sequence[Piece],
        cell: Sequence[Row],
        *,
        search: Sequence[str],
        sent_before: Optional[int],
    ) -> None:
        """Write everything: what Python needs first, captured code, sent values, then the cell."""
        self._ours(_TITLE)
        if self._futures:
            self._ours(f"from __future__ import {', '.join(self._futures)}")
        self._ours(_SEARCH.format(search=("", *search)))
        if any("_hubkin_loop" in row for row, _ in cell) or any(piece.rows for piece in pieces):
            self._ours(AWAIT_HEAD)
        for index, piece in enumerate(pieces):
            self._ours("")
            if index == sent_before:
                self._ours(_SENT)
                continue
            self._ours(f"# {piece.origin}")
            self._add(piece.rows or rows_of(piece.text, piece.line), piece.origin)
        self._ours("")
        self._ours("# the cell")
        self._add(cell, "cell")

    def _ours(self, text: str) -> None:
        self._rows.extend((row, "hubkin", 0) for row in text.split("\n"))

    def _add(self, rows: Sequence[Row], origin: str) -> None:
        self._rows.extend((row, origin if line else "hubkin", line) for row, line in rows)

    def text(self) -> str:
        """Return the file."""
        return "\n".join(row for row, _, _ in self._rows) + "\n"

    def lines_json(self) -> str:
        """Return the map: runs of ``[first line here, how many, origin, first line there]``, without ours."""
        runs: List[List[object]] = []
        last: Tuple[str, int] = ("", 0)
        for number, (_, origin, line) in enumerate(self._rows, 1):
            if origin != "hubkin":
                if runs and last == (origin, line - 1) and runs[-1][0] + runs[-1][1] == number:  # type: ignore[operator]
                    runs[-1][1] += 1  # type: ignore[operator]
                else:
                    runs.append([number, 1, origin, line])
            last = (origin, line)
        return json.dumps({"v": 1, "lines": runs})
