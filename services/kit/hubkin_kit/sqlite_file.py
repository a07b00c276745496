"""Whether a SQLite database still lies where it was opened: what is written to a removed file is lost.

An open file lives on after it was removed or renamed, so SQLite itself notices nothing, and whoever wrote
would be told that all is well.
"""

from __future__ import annotations

from pathlib import Path

from hubkin_kit.errors import Unavailable


class DataGone(Unavailable):
    """The database's file is not where it was; nothing was changed."""

    code = "data_gone"
    title = "The platform's data folder is gone"


class SqliteFile:
    """One database's file and its log, as they were first seen."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._known: int | None = None
        self._known_log: int | None = None

    def check(self) -> None:
        """Look whether the file is the one that was opened.

        Raises:
            DataGone: It was removed, renamed or replaced; once it is back, all goes on.
        """
        found = _inode(self._path)
        if self._known is None:
            self._known = found
        elif found != self._known:
            raise DataGone(
                "The platform's data folder was moved, removed or replaced while it runs. "
                "Nothing was changed. Tell an admin: once the folder is back, all goes on.",
                retry_after_seconds=30,
            )

    @property
    def has_lost_its_log(self) -> bool:
        """Whether the log that holds the newest transactions is not the one that was seen."""
        return self._known_log is not None and _inode(self._log) != self._known_log

    def note_log(self) -> None:
        """Remember the log, which is there once something was written."""
        self._known_log = _inode(self._log)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None
