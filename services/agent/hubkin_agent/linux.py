"""The three Linux calls that Python's library lacks, by ctypes; elsewhere each says that it could not.

Called by the agent's processes, spool and shipping.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import List, Optional

BLOCK_BYTES = 4096

_PR_SET_CHILD_SUBREAPER = 36
_KEEP_SIZE_AND_PUNCH_HOLE = 0x01 | 0x02
_IN_MODIFY = 0x02


def _libc() -> Optional[ctypes.CDLL]:
    if not sys.platform.startswith("linux"):
        return None
    return ctypes.CDLL(None, use_errno=True)


_LIBC = _libc()


def become_subreaper() -> bool:
    """Become the parent of every orphan below this process, so that a daemon cannot slip away."""
    return _LIBC is not None and _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def punch_hole(fd: int, start: int, end: int) -> bool:
    """Give the whole blocks between two offsets back to the file system; the length stays."""
    if _LIBC is None or not hasattr(_LIBC, "fallocate64"):
        return False
    first = -(-start // BLOCK_BYTES) * BLOCK_BYTES
    length = end // BLOCK_BYTES * BLOCK_BYTES - first
    if length <= 0:
        return True
    offset64 = ctypes.c_int64
    return bool(_LIBC.fallocate64(fd, _KEEP_SIZE_AND_PUNCH_HOLE, offset64(first), offset64(length)) == 0)


class Watch:
    """Tells by a readable file descriptor that one file was written to; polling is the fallback."""

    def __init__(self, path: str) -> None:
        self.fd: Optional[int] = None
        if _LIBC is None or not hasattr(_LIBC, "inotify_init1"):
            return
        fd = _LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if fd < 0:
            return
        if _LIBC.inotify_add_watch(fd, os.fsencode(path), _IN_MODIFY) < 0:
            os.close(fd)
            return
        self.fd = fd

    def fds(self) -> List[int]:
        """Return what to `select` on: one descriptor, or none where inotify is missing."""
        return [] if self.fd is None else [self.fd]

    def close(self) -> None:
        """Watch no more."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def drain(self) -> None:
        """Forget what was told so far."""
        if self.fd is None:
            return
        try:
            while os.read(self.fd, 4096 * struct.calcsize("iIII")):
                pass
        except BlockingIOError:
            return
