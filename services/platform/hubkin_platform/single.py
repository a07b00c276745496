"""SQLite means one process: the second one on the same file does not start."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from hubkin_kit.settings import StartRefused


class SingleProcess:
    """Held from start to end; the kernel lets go of it when the process dies, however it dies."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._descriptor = -1

    def hold(self) -> None:
        """Take the lock.

        Raises:
            StartRefused: Another process has the database, or the folder cannot be written.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.let_go()
            raise StartRefused(
                "Another platform process works on {path}. SQLite takes one at a time: stop that one first, "
                "or choose another data folder.",
                params={"path": str(self._path.with_suffix(""))},
            ) from None
        except OSError as error:
            self.let_go()
            raise StartRefused(
                "The data folder {path} cannot be written: {why}.",
                params={"path": str(self._path.parent), "why": error.strerror or "unknown"},
            ) from None

    def let_go(self) -> None:
        """Give the lock back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
