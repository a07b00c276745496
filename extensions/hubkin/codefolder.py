"""What of a folder travels with a job: all that ``.gitignore`` and ``.hubkinignore`` do not leave out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pathspec

from hubkin.fmt import size
from hubkin.i18n import _

IGNORE_FILES = (".gitignore", ".hubkinignore")
NEVER = frozenset(
    {".git", ".hg", ".svn", ".venv", "node_modules", "__pycache__", ".ipynb_checkpoints", ".mypy_cache",
     ".pytest_cache", ".ruff_cache", ".DS_Store"}
)  # fmt: skip
MAX_FILES = 20_000
MAX_BYTES = 500_000_000
MAX_DEPTH = 64

_Rules = tuple[str, pathspec.GitIgnoreSpec]


class BadFolder(ValueError):
    """A folder that cannot be taken along, with what to do about it."""

    code = "bad_folder"


@dataclass(frozen=True)
class TakenFile:
    """One file that travels: ``path`` is relative to the folder, with forward slashes."""

    path: str
    source: Path
    size_bytes: int
    mode: str


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


def take(folder: str | Path) -> Taken:
    """Find what travels.  Links inside the folder travel as what they point to; others are named.

    Raises:
        BadFolder: There is no such folder, it is a home or root folder, or it is too big.
    """
    root = Path(folder).resolve()
    if not root.is_dir():
        raise BadFolder(_("There is no folder {path}.").format(path=root))
    if root in (Path(root.anchor), Path.home().resolve()):
        text = _(
            "{path} is a whole home or disk. Say which folder the job needs: --code FOLDER or --no-code."
        )
        raise BadFolder(text.format(path=root))
    files: list[TakenFile] = []
    notes: list[str] = []
    total = 0
    for file in _walk(root, root, (), notes):
        files.append(file)
        total += file.size_bytes
        if len(files) > MAX_FILES or total > MAX_BYTES:
            text = _(
                "{path} has more than {files} files or {bytes}. Take a smaller folder with --code, "
                "or list what the job does not need in .hubkinignore."
            )
            raise BadFolder(text.format(path=root, files=MAX_FILES, bytes=size(MAX_BYTES)))
    return Taken(root, tuple(sorted(files, key=lambda file: file.path)), tuple(notes))


def _walk(root: Path, folder: Path, rules: tuple[_Rules, ...], notes: list[str]) -> Iterator[TakenFile]:
    rules = (*rules, *_rules_of(root, folder))
    if len(folder.relative_to(root).parts) > MAX_DEPTH:
        notes.append(_("left out {path}: too deep").format(path=folder.relative_to(root)))
        return
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = Path(entry.path).relative_to(root).as_posix()
        if entry.name in NEVER or _is_ignored(path + "/" * entry.is_dir(follow_symlinks=False), rules):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, Path(entry.path), rules, notes)
            continue
        file = _file(root, Path(entry.path), path)
        if isinstance(file, str):
            notes.append(_("left out {path}: {reason}").format(path=path, reason=file))
        else:
            yield file


def _rules_of(root: Path, folder: Path) -> Iterator[_Rules]:
    base = folder.relative_to(root).as_posix()
    for name in IGNORE_FILES:
        path = folder / name
        if path.is_file():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            yield ("" if base == "." else base + "/"), pathspec.GitIgnoreSpec.from_lines(lines)


def _is_ignored(path: str, rules: tuple[_Rules, ...]) -> bool:
    """The deepest file that says anything about a path decides, as in git."""
    for base, spec in reversed(rules):
        said = spec.check_file(path[len(base) :]).include
        if said is not None:
            return said
    return False


def _file(root: Path, source: Path, path: str) -> TakenFile | str:
    """One file, or why it is left out."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return _("its name is not UTF-8")
    if source.is_symlink() and not source.resolve().is_relative_to(root):
        return _("it is a link that leads out of the folder")
    try:
        status = source.stat()
    except OSError as error:
        return str(error.strerror)
    if stat.S_ISDIR(status.st_mode):
        return _("it is a link to a folder")
    if not stat.S_ISREG(status.st_mode):
        return _("it is not a file")
    return TakenFile(path, source, status.st_size, "0755" if status.st_mode & 0o100 else "0644")
