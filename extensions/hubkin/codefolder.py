"""Which files of a folder travel: with a job its code, or as a dataset everything that is in it."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pathspec

from hubkin.errors import Sentence
from hubkin.fmt import size
from hubkin.i18n import _
from hubkin.taken import Taken, TakenFile

NEVER = frozenset(
    {".git", ".hg", ".svn", ".venv", "node_modules", "__pycache__", ".ipynb_checkpoints", ".mypy_cache",
     ".pytest_cache", ".ruff_cache", ".DS_Store"}
)  # fmt: skip
#: In a dataset these alone are nobody's data.
NEVER_DATA = frozenset({".git", ".ipynb_checkpoints", ".DS_Store"})
MAX_FILES = 20_000
MAX_BYTES = 500_000_000
MAX_DEPTH = 64
MAX_PATH_BYTES = 1024
MAX_PART_BYTES = 255
#: Marks that turn text around or hide it, which the platform takes in no file's name.
_HIDDEN = {chr(c) for c in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)}

_Rules = tuple[str, pathspec.GitIgnoreSpec]


class BadFolder(Sentence, ValueError):
    """A folder that cannot be taken along, with what to do about it."""

    code = "bad_folder"


def take(folder: str | Path) -> Taken:
    """Find what travels with a job: all that ``.gitignore`` and ``.hubkinignore`` do not leave out.

    Links inside the folder travel as what they point to; others are named.

    Raises:
        BadFolder: There is no such folder, it is a home or root folder, or it is too big.
    """
    root = _folder(folder, _("Say which folder the job needs: --code FOLDER or --no-code."))
    walk = _Walk(root, (".gitignore", ".hubkinignore"), NEVER)
    files: list[TakenFile] = []
    total = 0
    for file in walk.files():
        files.append(file)
        total += file.size_bytes
        if len(files) > MAX_FILES or total > MAX_BYTES:
            text = _(
                "{path} has more than {files} files or {bytes}. Take a smaller folder with --code, "
                "or list what the job does not need in .hubkinignore."
            )
            raise BadFolder(text.format(path=root, files=MAX_FILES, bytes=size(MAX_BYTES)))
    return Taken(root, _sorted(files), tuple(walk.notes))


def take_dataset(folder: str | Path) -> Taken:
    """Find the files of a dataset: all of them, whatever git ignores, but what ``.hubkinignore`` leaves out.

    A version is the whole folder or nothing: what cannot travel is refused, not left out.

    Raises:
        BadFolder: There is no such folder, it is empty, has too many files, or one of them cannot travel.
    """
    root = _folder(folder, _("Say which folder of it the dataset is."))
    walk = _Walk(root, (".hubkinignore",), NEVER_DATA)
    files: list[TakenFile] = []
    for file in walk.files():
        files.append(file)
        if len(files) > MAX_FILES:
            text = _(
                "{path} has more than {files} files. Pack small ones together, such as into archives, "
                "or make several datasets of it."
            )
            raise BadFolder(text.format(path=root, files=MAX_FILES))
    if walk.left_out:
        told = [_("{what} ({more})").format(what=path, more=reason) for path, reason in walk.left_out[:3]]
        rest = len(walk.left_out) - len(told)
        more = _(" and {n} more").format(n=rest) if rest else ""
        text = _("{path} cannot travel whole: {what}{more}. Put copies there, or list them in .hubkinignore.")
        raise BadFolder(text.format(path=root, what=", ".join(told), more=more))
    if not files:
        raise BadFolder(_("{path} has no files.").format(path=root))
    return Taken(root, _sorted(files))


def _folder(folder: str | Path, advice: str) -> Path:
    root = Path(folder).expanduser().resolve()
    if root.is_file():
        raise BadFolder(_("{path} is a file, not a folder.").format(path=root))
    if not root.is_dir():
        raise BadFolder(_("There is no folder {path}.").format(path=root))
    if root in (Path(root.anchor), Path.home().resolve()):
        raise BadFolder(_("{path} is a whole home or disk. {advice}").format(path=root, advice=advice))
    return root


def _sorted(files: list[TakenFile]) -> tuple[TakenFile, ...]:
    return tuple(sorted(files, key=lambda file: file.path))


class _Walk:
    """One walk through a folder, with what was left out on the way although nothing said so."""

    def __init__(self, root: Path, ignore_files: tuple[str, ...], never: frozenset[str]) -> None:
        self.root = root
        self.ignore_files = ignore_files
        self.never = never
        self.left_out: list[tuple[str, str]] = []

    @property
    def notes(self) -> list[str]:
        """A line for each thing that was left out."""
        text = _("left out {path}: {reason}")
        return [text.format(path=path, reason=reason) for path, reason in self.left_out]

    def files(self) -> Iterator[TakenFile]:
        """The files, folder by folder."""
        yield from self._below(self.root, ())

    def _below(self, folder: Path, rules: tuple[_Rules, ...]) -> Iterator[TakenFile]:
        rules = (*rules, *_rules_of(self.root, folder, self.ignore_files))
        if len(folder.relative_to(self.root).parts) >= MAX_DEPTH:
            self.left_out.append((_shown(folder.relative_to(self.root).as_posix()), _("too deep")))
            return
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if folder == self.root:
                raise
            self.left_out.append((_shown(folder.relative_to(self.root).as_posix()), str(error.strerror)))
            return
        for entry in found:
            path = Path(entry.path).relative_to(self.root).as_posix()
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name in self.never or _is_ignored(path + "/" * is_folder, rules):
                continue
            if is_folder:
                yield from self._below(Path(entry.path), rules)
                continue
            file = _file(self.root, Path(entry.path), path)
            if isinstance(file, str):
                self.left_out.append((_shown(path), file))
            else:
                yield file


def _rules_of(root: Path, folder: Path, names: tuple[str, ...]) -> Iterator[_Rules]:
    base = folder.relative_to(root).as_posix()
    for name in names:
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
    unfit = _unfit(path)
    if unfit:
        return unfit
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
    if not os.access(source, os.R_OK):
        return _("it cannot be read")
    return TakenFile(path, source, status.st_size, "0755" if status.st_mode & 0o100 else "0644")


def _unfit(path: str) -> str:
    """Why the platform would refuse a name; asked here, before anything is sent."""
    try:
        raw = path.encode()
    except UnicodeEncodeError:
        return _("its name is not UTF-8")
    if "\\" in path or any(unicodedata.category(c) == "Cc" or c in _HIDDEN for c in path):
        return _("its name has a backslash, control or hidden characters")
    if len(raw) > MAX_PATH_BYTES or any(len(part.encode()) > MAX_PART_BYTES for part in path.split("/")):
        return _("its name is too long")
    return ""


def _shown(path: str) -> str:
    """A path as it can be printed."""
    return path.encode(errors="surrogateescape").decode(errors="replace")
