"""A notebook cell as plain Python: lines that are IPython's become comments, and are kept aside.

Line numbers never change, so a line of the result is the same line of the cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import List, Optional, Tuple

#: Cell magics whose body runs in the kernel's namespace like any other cell.
TRANSPARENT = frozenset({"time", "capture", "prun"})

_ESCAPE = re.compile(r"^(?P<indent>\s*)(?P<text>[%!].*|[?].*)$")
_ASSIGN = re.compile(r"^(?P<indent>\s*)(?P<text>(?P<target>[A-Za-z_][\w.,\s*]*?)\s*=\s*[!%](?!=).*)$")
_HELP = re.compile(r"^(?P<indent>\s*)(?P<text>[A-Za-z_%*][\w.*]*\?{1,2}\s*)$")
_AUTO_PIP = re.compile(r"^(?P<indent>)(?P<text>(?:pip|conda)\s+(?:install|uninstall)\b.*)$")


@dataclass(frozen=True)
class Escape:
    """A line that only IPython understands."""

    line: int
    text: str
    indent: str = ""
    assigns: bool = False


@dataclass(frozen=True)
class Plain:
    """A cell with its escapes turned into comments."""

    text: str
    escapes: Tuple[Escape, ...] = ()
    magic: Optional[str] = None

    @property
    def is_python(self) -> bool:
        """Whether the kernel ran this as Python in its own namespace."""
        return self.magic is None or self.magic in TRANSPARENT


@lru_cache(maxsize=4096)
def plain(cell: str) -> Plain:
    """Split a cell into Python and what is IPython's."""
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    magic = None
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%"):
        magic = lines[first][2:].split(None, 1)[0] if lines[first][2:].split() else ""
        lines[first] = "# " + lines[first]
    if magic is not None and magic not in TRANSPARENT:
        return Plain(text="\n".join(lines), magic=magic)
    kept, escapes = _masked(lines)
    return Plain(text="\n".join(kept), escapes=tuple(escapes), magic=magic)


def _masked(lines: List[str]) -> Tuple[List[str], List[Escape]]:
    scanner = _Scanner()
    kept: List[str] = []
    escapes: List[Escape] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        found = _escape(line) if scanner.is_fresh else None
        if found is None:
            scanner.feed(line)
            kept.append(line)
            number += 1
            continue
        start, text = number, found.group("text").rstrip()
        while text.endswith("\\") and number + 1 < len(lines):
            number += 1
            text = text[:-1].rstrip() + " " + lines[number].strip()
        indent = found.group("indent")
        assigns = "target" in found.re.groupindex
        escapes.append(Escape(line=start + 1, text=text, indent=indent, assigns=assigns))
        kept.append((indent + "pass  # " if indent else "# ") + text)
        kept.extend(indent + "#" for _ in range(number - start))
        number += 1
    return kept, escapes


def _escape(line: str) -> Optional["re.Match[str]"]:
    for pattern in (_ESCAPE, _ASSIGN, _HELP, _AUTO_PIP):
        found = pattern.match(line)
        if found:
            return found
    return None


class _Scanner:
    """Knows whether the next line starts a statement or goes on in a string, a bracket, after a backslash."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._continued = False

    @property
    def is_fresh(self) -> bool:
        return not self._quote and not self._depth and not self._continued

    def feed(self, line: str) -> None:
        self._continued = False
        at = 0
        while at < len(line):
            at = self._in_string(line, at) if self._quote else self._in_code(line, at)
        if len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = ""

    def _in_string(self, line: str, at: int) -> int:
        if line[at] == "\\":
            return at + 2
        if line.startswith(self._quote, at):
            at += len(self._quote)
            self._quote = ""
            return at
        return at + 1

    def _in_code(self, line: str, at: int) -> int:
        character = line[at]
        if character == "#":
            return len(line)
        if character in "\"'":
            self._quote = character * 3 if line.startswith(character * 3, at) else character
            return at + len(self._quote)
        if character in "([{":
            self._depth += 1
        elif character in ")]}":
            self._depth = max(0, self._depth - 1)
        elif character == "\\" and at == len(line) - 1:
            self._continued = True
        return at + 1
