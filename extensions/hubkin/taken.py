"""Files on their way to the platform: of a folder, or made in memory; standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TakenFile:
    """One file that travels: ``path`` is where it goes, with forward slashes; its bytes are in ``source``.

    A file that lies nowhere has its bytes in ``data``.
    """

    path: str
    source: Path
    size_bytes: int
    mode: str
    data: bytes | None = None


@dataclass(frozen=True)
class Taken:
    """What was found: the files in order, and what was left out although nothing said so."""

    folder: Path
    files: tuple[TakenFile, ...]
    notes: tuple[str, ...] = ()

    @property
    def total_bytes(self) -> int:
        """The bytes of all files."""
        return sum(file.size_bytes for file in self.files)
