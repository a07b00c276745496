"""Literal paths in the code that will not be what they were here."""

from __future__ import annotations

import ast
import os
import re
from typing import Dict, Iterator, List, Sequence, Set, Tuple

from hubkin_magics.capture.names import parse
from hubkin_magics.capture.problems import Fix, Problem

_DATA = re.compile(r"^/data/([A-Za-z0-9][\w.-]*)")
_LONGEST = 255


def path_warnings(texts: Sequence[Tuple[str, int]], cwd: str, places: Set[str]) -> List[Problem]:
    """Return a warning for each literal path that exists here and is not taken, and for each ``/data/…``."""
    found: Dict[str, Problem] = {}
    for text, first in texts:
        for value, line in _literals(text):
            problem = _warning(value, line + first - 1, cwd, places)
            if problem is not None:
                found.setdefault(value, problem)
    return list(found.values())


def _warning(value: str, line: int, cwd: str, places: Set[str]) -> "Problem | None":
    data = _DATA.match(value)
    if data:
        return Problem("absolute_data_path", {"path": value, "line": line, "name": data.group(1)}, line=line)
    place = os.path.normpath(value).replace(os.sep, "/")
    if os.path.isabs(value) or place in (".", "..") or not os.path.exists(os.path.join(cwd, value)):
        return None
    if place in places or any(other.startswith(place + "/") for other in places):
        return None
    inside = not place.startswith("../")
    fixes = (Fix("with", f"--with {value}", {"path": value}),) if inside else ()
    return Problem("path_not_taken", {"path": value, "line": line}, fixes, line=line)


def _literals(text: str) -> Iterator[Tuple[str, int]]:
    tree, _ = parse(text)
    if tree is None:
        return
    docs = {id(node.body[0].value) for node in ast.walk(tree) if _has_doc(node)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            value = node.value
            if 0 < len(value) <= _LONGEST and value.isprintable() and _looks_like_path(value):
                yield value, node.lineno


def _looks_like_path(value: str) -> bool:
    """A bare word may be a file's name, but is far more often a key or a column."""
    return value.startswith("/data/") or "/" in value or "." in value.strip(".")


def _has_doc(node: ast.AST) -> bool:
    body = getattr(node, "body", None)
    if not isinstance(body, list) or not body or not isinstance(body[0], ast.Expr):
        return False
    return isinstance(body[0].value, ast.Constant)
