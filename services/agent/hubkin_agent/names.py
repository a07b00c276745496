"""Which path names may leave a replica: the rules of the catalog, so that no name is refused there later."""

from __future__ import annotations

import re
import unicodedata
from typing import Iterable, Pattern

MOST_PARTS = 64
_PART_BYTES = 255
_PATH_BYTES = 1024
_DRIVE = re.compile(r"^[A-Za-z]:")
#: Marks that turn text around or hide in it: a name must read as what it is.
_HIDDEN = frozenset(
    chr(one)
    for one in (0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
)


class BadName(ValueError):
    """A path that nobody should have to meet again; the message says why."""


def clean(path: str) -> str:
    """Return a relative path in its one spelling (NFC, no ``.`` parts), or raise `BadName`.

    Cleaning twice changes nothing.
    """
    path = unicodedata.normalize("NFC", path)
    if path.startswith("/") or "\\" in path:
        raise BadName("absolute")
    if any(unicodedata.category(one) in ("Cc", "Cs") or one in _HIDDEN for one in path):
        raise BadName("unprintable")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    cleaned = "/".join(parts)
    # After cleaning, for `./a:` has a drive letter too.
    if not parts or ".." in parts or _DRIVE.match(cleaned):
        raise BadName("not inside")
    if len(parts) > MOST_PARTS or len(cleaned.encode()) > _PATH_BYTES:
        raise BadName("too long")
    if any(len(part.encode()) > _PART_BYTES for part in parts):
        raise BadName("too long")
    return cleaned


class Kept:
    """Whether a path is among those to keep: patterns with ``*`` in a name and ``**`` over folders."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [_translate(pattern) for pattern in patterns]

    def __contains__(self, path: str) -> bool:
        return any(pattern.match(path) for pattern in self._patterns)


def _translate(pattern: str) -> Pattern[str]:
    pattern = pattern.strip("/")
    out = ""
    for piece in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern):
        if piece == "**/":
            out += r"(?:.*/)?"
        elif piece == "**":
            out += r".*"
        elif piece == "*":
            out += r"[^/]*"
        elif piece == "?":
            out += r"[^/]"
        elif piece.startswith("[") and len(piece) > 2:
            out += piece.replace("\\", r"\\").replace("[!", "[^")
        else:
            out += re.escape(piece)
    # A folder's name keeps all that is in it.
    return re.compile("(?s:" + out + r")(?:/.*)?\Z")
