"""Files that travel because the user said so: ``--with FILE`` and ``--code DIR``."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from hubkin_magics.capture.ignore import walk
from hubkin_magics.capture.problems import Problem, size_text

FOLDER_LIMIT_BYTES = 500_000_000


@dataclass(frozen=True)
class TreeFile:
    """One file of the code folder: its place there, and its bytes or where they are here."""

    place: str
    size: int
    data: Optional[bytes] = None
    path: Optional[str] = None
    mode: str = "0644"

    def read(self) -> bytes:
        """Return the bytes."""
        if self.data is not None:
            return self.data
        assert self.path is not None
        with open(self.path, "rb") as file:
            return file.read()


def local_file(path: str, place: str) -> TreeFile:
    """Describe a file that lies on this machine."""
    facts = os.stat(path)
    mode = "0755" if facts.st_mode & 0o100 else "0644"
    return TreeFile(place=place, size=facts.st_size, path=path, mode=mode)


def code_folder(path: str) -> Tuple[List[TreeFile], List[Problem], List[Problem]]:
    """Return the files of a ``--code`` folder, problems, and warnings."""
    if not os.path.isdir(path):
        return [], [Problem("missing_folder", {"path": path})], []
    root = os.path.realpath(path)
    files: List[TreeFile] = []
    warnings: List[Problem] = []
    for place in walk(root):
        source = os.path.join(root, place)
        if os.path.islink(source) and not _stays(source, root):
            warnings.append(Problem("skipped_link", {"path": place}))
        elif os.path.isfile(source):
            files.append(local_file(source, place))
    return files, [], warnings


def extra_files(patterns: Sequence[str], *, cwd: str, root: str) -> Tuple[List[TreeFile], List[Problem]]:
    """Return what ``--with`` names: files, folders and glob patterns, from the working directory."""
    files: Dict[str, TreeFile] = {}
    problems: List[Problem] = []
    root = os.path.realpath(root)
    for pattern in patterns:
        start = os.path.join(cwd, os.path.expanduser(pattern))
        paths = [start] if os.path.exists(start) else sorted(glob.glob(start, recursive=True))
        if not paths:
            problems.append(Problem("missing_file", {"path": pattern}))
        for path in paths:
            for file in _below(os.path.realpath(path)):
                place = os.path.relpath(file, root).replace(os.sep, "/")
                if place.startswith("../"):
                    problems.append(Problem("outside_folder", {"path": pattern, "root": root}))
                    break
                files[place] = local_file(file, place)
    return list(files.values()), problems


def too_large(files: Sequence[TreeFile]) -> Optional[Problem]:
    """Return a problem when what the user named is more than may travel."""
    total = sum(file.size for file in files)
    if total <= FOLDER_LIMIT_BYTES:
        return None
    largest = sorted(files, key=lambda file: -file.size)[:3]
    names = [f"{file.place} ({size_text(file.size)})" for file in largest]
    told = {"size": size_text(total), "limit": size_text(FOLDER_LIMIT_BYTES), "largest": names}
    return Problem("files_too_large", told)


def _below(path: str) -> Iterator[str]:
    if os.path.isfile(path):
        yield path
    elif os.path.isdir(path):
        yield from (
            os.path.join(path, place) for place in walk(path) if os.path.isfile(os.path.join(path, place))
        )


def _stays(link: str, root: str) -> bool:
    target = os.path.realpath(link)
    return target.startswith(root + os.sep) and os.path.isfile(target)


def merged(groups: Sequence[Sequence[TreeFile]]) -> Tuple[List[TreeFile], List[Problem]]:
    """Put files of several sources into one tree; the same place twice must be the same file."""
    tree: Dict[str, TreeFile] = {}
    problems: List[Problem] = []
    for file in (file for group in groups for file in group):
        other = tree.setdefault(file.place, file)
        if other is not file and other.path != file.path and other.read() != file.read():
            params = {"one": other.path or other.place, "other": file.path or file.place, "path": file.place}
            problems.append(Problem("path_clash", params))
    return [tree[place] for place in sorted(tree)], problems
