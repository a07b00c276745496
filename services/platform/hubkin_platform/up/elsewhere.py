"""Which data folders of this account something runs on: a note per folder, for those who forget `--data`.

A note is a hint.  The truth is the folder's own record, which is asked before anything is said; a note that
cannot be written or read is no error.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from hubkin_platform.up import record
from hubkin_platform.up.paths import Places


def noted(data: Path) -> None:
    """Note that something runs here."""
    with suppress(OSError):
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        _note(data).write_bytes(os.fsencode(data))


def forgotten(data: Path) -> None:
    """Take the note away, and the folder of notes with the last one."""
    with suppress(OSError):
        _note(data).unlink(missing_ok=True)
        _folder().rmdir()
        _folder().parent.rmdir()


def running(*, but: Path) -> list[Path]:
    """The other data folders on which a `hubkin up` of this account runs now."""
    found = []
    with suppress(OSError):
        for note in sorted(_folder().iterdir()):
            data = Path(os.fsdecode(note.read_bytes()))
            its = record.read(Places(data).state)
            if its is None or not its.supervisor.runs:
                # Killed before it could take its note away.
                note.unlink(missing_ok=True)
            elif data != but:
                found.append(data)
    return found


def _folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "hubkin" / "running"


def _note(data: Path) -> Path:
    return _folder() / hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
