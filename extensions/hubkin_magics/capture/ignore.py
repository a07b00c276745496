"""The rules of ``.gitignore``: which files of a folder are the user's own work."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Iterator, List, Sequence, Tuple

#: Never somebody's work, whatever a ``.gitignore`` says.
ALWAYS = frozenset({".git", "__pycache__", ".ipynb_checkpoints", ".hubkin"})


@dataclass(frozen=True)
class Rule:
    """One line of a ``.gitignore``."""

    pattern: "re.Pattern[str]"
    keeps: bool
    folders_only: bool


def walk(root: str) -> Iterator[str]:
    """Yield the files under a folder that git would not ignore, relative to it, in a steady order.

    Links are yielded too; the caller decides whether they may travel.
    """
    yield from _walk(root, "", _rules_above(os.path.realpath(root)))


#: A rule with the folder it counts from: what to cut from a path below the root, or to put before it.
Placed = Tuple[str, str, Rule]


def _rules_above(root: str) -> List[Placed]:
    """Return the rules of the repository that the folder is a part of."""
    folders = []
    folder = root
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return []
        folder = above
        folders.append(folder)
    return [
        ("", os.path.relpath(root, folder).replace(os.sep, "/") + "/", rule)
        for folder in reversed(folders)
        for rule in read_rules(os.path.join(folder, ".gitignore"))
    ]


def _walk(root: str, folder: str, rules: List[Placed]) -> Iterator[str]:
    here = os.path.join(root, folder) if folder else root
    rules = rules + [(folder, "", rule) for rule in read_rules(os.path.join(here, ".gitignore"))]
    for entry in sorted(os.scandir(here), key=lambda entry: entry.name):
        path = f"{folder}/{entry.name}" if folder else entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if entry.name in ALWAYS or is_ignored(path, is_folder, rules):
            continue
        if is_folder:
            yield from _walk(root, path, rules)
        elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
            yield path


def is_ignored(path: str, is_folder: bool, rules: Sequence[Placed]) -> bool:
    """Whether the last rule that matches says so; each rule counts from the folder of its file."""
    for folder, before, rule in reversed(rules):
        inner = path[len(folder) + 1 :] if folder else before + path
        if rule.folders_only and not is_folder:
            continue
        if rule.pattern.match(inner):
            return not rule.keeps
    return False


def read_rules(path: str) -> List[Rule]:
    """Read a ``.gitignore``; a missing one has no rules."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    return [rule for rule in map(_rule, lines) if rule is not None]


def _rule(line: str) -> "Rule | None":
    line = re.sub(r"(?<!\\)\s+$", "", line)
    if not line or line.startswith("#"):
        return None
    keeps = line.startswith("!")
    line = line[1:] if keeps else line
    if line.startswith("\\"):
        line = line[1:]
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    anchored = "/" in line
    body = _regex(line.lstrip("/"))
    return Rule(re.compile(("" if anchored else "(?:.*/)?") + body + r"\Z", re.DOTALL), keeps, folders_only)


def _regex(pattern: str) -> str:
    out, at = "", 0
    while at < len(pattern):
        rest = pattern[at:]
        if rest.startswith("**/"):
            out, at = out + "(?:.*/)?", at + 3
        elif rest == "**":
            out, at = out + ".+", at + 2
        elif rest[0] == "*":
            out, at = out + "[^/]*", at + 1
        elif rest[0] == "?":
            out, at = out + "[^/]", at + 1
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            inner = rest[1:end]
            out += "[" + ("^" + inner[1:] if inner[0] in "!^" else inner).replace("\\", "\\\\") + "]"
            at += end + 1
        elif rest[0] == "\\" and len(rest) > 1:
            out, at = out + re.escape(rest[1]), at + 2
        else:
            out, at = out + re.escape(rest[0]), at + 1
    return out
