"""The platform's name of a file's bytes, taken piece by piece; standard library only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from hubkin.errors import Sentence
from hubkin.i18n import _

PIECE_BYTES = 1 << 20
_MIB = 1 << 20


class ChangedWhileRead(Sentence, RuntimeError):
    """A file is not what it was a moment ago; trying again is safe."""

    code = "changed_while_read"


class Digest:
    """sha256 of the bytes; above one part, the sha256 of the parts' sha256, which a store can prove."""

    def __init__(self, size_bytes: int) -> None:
        self._part_bytes = part_size(size_bytes)
        self._is_single = size_bytes <= self._part_bytes
        self._parts: list[bytes] = []
        self._current = hashlib.sha256()
        self._filled = 0

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        view = memoryview(data)
        while view:
            room = self._part_bytes - self._filled
            self._current.update(view[:room])
            self._filled += len(view[:room])
            view = view[room:]
            if self._filled == self._part_bytes and not self._is_single:
                self._close_part()

    def hexdigest(self) -> str:
        """The digest of all bytes; nothing may come after it."""
        if self._is_single:
            return self._current.hexdigest()
        if self._filled:
            self._close_part()
        return hashlib.sha256(b"".join(self._parts)).hexdigest()

    def _close_part(self) -> None:
        self._parts.append(self._current.digest())
        self._current = hashlib.sha256()
        self._filled = 0


def digest_of(path: Path, size_bytes: int, count: Callable[[int], None] = lambda _: None) -> str:
    """The digest of a file of this size; `count` hears of every piece.

    Raises:
        ChangedWhileRead: It no longer has this size.
    """
    digest, read = Digest(size_bytes), 0
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE_BYTES):
            read += len(piece)
            digest.update(piece)
            count(len(piece))
    if read != size_bytes:
        raise changed(path)
    return digest.hexdigest()


def part_size(size_bytes: int) -> int:
    """How big one part of a file of this size is."""
    if size_bytes <= 128 * 1024 * _MIB:
        return 16 * _MIB
    return (64 if size_bytes <= 512 * 1024 * _MIB else 512) * _MIB


def changed(path: Path) -> ChangedWhileRead:
    """The error for a file that is not what it was."""
    return ChangedWhileRead(
        _("{path} changed while it was read. Nothing was made of it; try again when it rests.").format(
            path=path
        )
    )
