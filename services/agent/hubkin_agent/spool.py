"""The spool: the file that the command's output goes to, read at our own offset and freed behind it.

The file's length never shrinks, so an offset in the file is the offset in the log for ever.
"""

from __future__ import annotations

import bisect
import os
import struct
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import List, Tuple

from . import linux

CHUNK_BYTES = 262_144

#: Freed in steps, for every step is a system call.
_FREE_STEP_BYTES = 262_144
_MARKS = 4096
_RECORD = struct.Struct("<8sQQQQ")
_MAGIC = b"hkspool1"


@dataclass(frozen=True)
class Position:
    """How far the spool is shipped.  All are bytes."""

    shipped: int = 0  #: acknowledged by the platform, or marked there as lost
    lost_to: int = 0  #: what lies between `shipped` and here was freed unsent
    gap: int = 0  #: lost so far, all gaps together
    freed: int = 0  #: given back to the file system up to here

    @property
    def next(self) -> int:
        """Where the next byte to ship lies."""
        return max(self.shipped, self.lost_to)


class Spool:
    """Reads the spool, frees it, and keeps its `Position` over a kill of the agent."""

    def __init__(self, path: Path, state: Path) -> None:
        """Open the spool, making it and its record where they are missing."""
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        # Written in place, never renamed: a full disk must not make us forget what was lost.
        self._state_fd = os.open(state, os.O_RDWR | os.O_CREAT, 0o600)
        self.position = self._load()
        self.can_free = True
        # The shipper moves and frees, the reporter frees: a position is changed by one at a time.
        self._lock = threading.RLock()
        self._parsed = self.size()
        self._marks: List[Tuple[int, int]] = []  #: (size, when it was first seen), both rising

    def size(self) -> int:
        """Return the bytes written so far."""
        return os.fstat(self._fd).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at an offset."""
        return os.pread(self._fd, length, offset)

    def mark(self, at: int) -> int:
        """Note that everything up to the present size was there at a time (micros); return the size."""
        size = self.size()
        if not self._marks or self._marks[-1][0] < size:
            if len(self._marks) >= _MARKS:
                # Far behind: older times become coarser.
                self._marks = self._marks[1::2]
            self._marks.append((size, at))
        return size

    def written_at(self, offset: int, default: int) -> int:
        """Return when the byte at an offset was first seen, in micros."""
        marks = self._marks
        index = bisect.bisect_right(marks, (offset, 1 << 63))
        return marks[index][1] if index < len(marks) else default

    def move(self, **changes: int) -> None:
        """Change the position and write it down."""
        with self._lock:
            self.position = place = replace(self.position, **changes)
            record = _RECORD.pack(_MAGIC, place.shipped, place.lost_to, place.gap, place.freed)
            try:
                os.pwrite(self._state_fd, record, 0)
            except OSError:
                # The platform still knows how much it has: its 409 corrects a stale offset.
                return

    def parsed(self, offset: int) -> None:
        """Say that the curves were read up to here, so it may be freed once it is shipped."""
        self._parsed = offset
        self.free()

    def free(self, *, all_of_it: bool = False) -> None:
        """Give back what was shipped and read for curves."""
        with self._lock:
            upto = min(self.position.shipped, self._parsed)
            if upto - self.position.freed >= (linux.BLOCK_BYTES if all_of_it else _FREE_STEP_BYTES):
                self._punch(upto)

    def give_up(self, upto: int) -> None:
        """Free the oldest bytes unsent: one gap, which grows until the platform heard of it."""
        with self._lock:
            place = self.position
            self.move(lost_to=upto, gap=place.gap + upto - place.next)
            self._punch(upto)

    def close(self) -> None:
        """Close the files."""
        os.close(self._fd)
        os.close(self._state_fd)

    def _punch(self, upto: int) -> None:
        upto = upto // linux.BLOCK_BYTES * linux.BLOCK_BYTES
        # Written down before: what may be a hole is never read as the command's bytes again.
        start = self.position.freed
        self.move(freed=max(upto, start))
        self.can_free = linux.punch_hole(self._fd, start, upto) and self.can_free

    def _load(self) -> Position:
        raw = os.pread(self._state_fd, _RECORD.size, 0)
        if len(raw) < _RECORD.size:
            os.pwrite(self._state_fd, _RECORD.pack(_MAGIC, 0, 0, 0, 0), 0)
            return Position()
        magic, shipped, lost_to, gap, freed = _RECORD.unpack(raw)
        return Position(shipped, lost_to, gap, freed) if magic == _MAGIC else Position()


def cut(data: bytes, *, is_last: bool) -> bytes:
    """Return a chunk without a UTF-8 character that has only begun at its end.

    The rest is left for the next chunk.  Nothing is cut from what is no UTF-8, nor when no more can follow.
    """
    if is_last:
        return data
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        if byte >= 0xC2 and back < _width(byte):
            return data[:-back]
        return data
    return data


def _width(lead: int) -> int:
    """Return the length of the character that a byte begins; 1 where it begins none."""
    if 0xC2 <= lead <= 0xDF:
        return 2
    if 0xE0 <= lead <= 0xEF:
        return 3
    return 4 if 0xF0 <= lead <= 0xF4 else 1
