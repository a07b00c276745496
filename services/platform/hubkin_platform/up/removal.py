"""What an installation has on disk, and its removal: our files and people's data are asked about apart."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from hubkin_hub.i18n import speaker

from hubkin_platform.up import jobs
from hubkin_platform.up.paths import Places

#: Made again by the next `hubkin up`; everything else in the folder is somebody's data.
MADE = ("client.json", "hub", "logs", "secrets.json", "up.lock", "up.json")


def size_bytes(path: Path) -> int:
    """Return how much a file or folder takes; what cannot be read counts nothing."""
    if not path.is_dir() or path.is_symlink():
        return path.lstat().st_size if path.exists() else 0
    total = 0
    for parent, _folders, files in os.walk(path):
        for name in files:
            try:
                total += Path(parent, name).lstat().st_size
            except OSError:
                continue
    return total


def in_words(size: int) -> str:
    """Return a size in decimal units."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"


def remove(places: Places, *, language: str, sure: bool, with_data: bool) -> int:
    """List, ask, remove; return the exit code."""
    _ = speaker(language)
    if not places.data.exists():
        said = _(
            "There is nothing at %(path)s. For another data folder: hubkin uninstall --data FOLDER",
            path=str(places.data),
        )
        print(said)
        return 0
    if jobs.running(places.data / "runs"):
        print(_("Jobs still run. Stop them first, or let them finish."), file=sys.stderr)
        return 5
    made = [path for path in sorted(places.data.iterdir()) if path.name in MADE]
    data = [path for path in sorted(places.data.iterdir()) if path.name not in MADE]
    _list(_("Made by Hubkin, made again when needed:"), made)
    _list(_("Data: jobs, results, accounts, homes:"), data)
    if not made and not data:
        places.data.rmdir()
        return 0
    if sure or _yes(_("Remove what Hubkin made? [y/N] ")):
        _delete(made)
    if data and (
        (sure and with_data) or (not sure and _yes(_("Remove the data too? It cannot be had back. [y/N] ")))
    ):
        _delete(data)
    left = list(places.data.iterdir())
    if not left:
        places.data.rmdir()
        print(_("Everything is removed. The programs: pip uninstall hubkin-platform hubkin"))
    else:
        print(_("Kept: %(path)s (%(size)s)", path=str(places.data), size=in_words(size_bytes(places.data))))
    return 0


def _list(title: str, paths: list[Path]) -> None:
    if paths:
        print(title)
    for path in paths:
        print(f"  {in_words(size_bytes(path)):>10}  {path}")


def _yes(question: str) -> bool:
    """Ask; nobody there means no."""
    if not sys.stdin.isatty():
        return False
    return input(question).strip().lower() in {"y", "yes", "是"}


def _delete(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
