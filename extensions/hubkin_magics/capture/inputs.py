"""Which datasets and models code asks for: literal calls of ``hubkin.data`` and ``hubkin.model``."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from hubkin.reference import BadReference, short_name

from hubkin_magics.capture.names import parse
from hubkin_magics.capture.problems import MESSAGES, Problem
from hubkin_magics.i18n import said

#: What is called → the option that names it.
OPTIONS = {"data": "--data", "model": "--use-model"}


@dataclass(frozen=True)
class Source:
    """Some captured code: where it comes from (empty: the cell), and the number of its first line there."""

    origin: str
    line: int
    text: str


@dataclass
class Inputs:
    """What was found: name in the job → reference, for ``data`` and ``model``."""

    given: Mapping[str, Mapping[str, str]]
    found: Dict[str, Dict[str, str]] = field(default_factory=lambda: {kind: {} for kind in OPTIONS})
    problems: List[Problem] = field(default_factory=list)
    notes: List[Problem] = field(default_factory=list)

    def read(self, together: Sequence[Source]) -> None:
        """Read code that shares one namespace: the cell with what it takes, or one module."""
        trees = [(source, parse(source.text)[0]) for source in together]
        names = _Names()
        for _source, tree in trees:
            names.read(tree)
        for source, tree in trees:
            for node in ast.walk(tree) if tree else ():
                kind = names.called(node)
                if kind is not None and isinstance(node, ast.Call):
                    self._take(kind, node, _where(source, node.lineno), source.line + node.lineno - 1)

    def _take(self, kind: str, call: ast.Call, where: str, line: int) -> None:
        reference = _literal(call)
        told = {"where": where, "option": OPTIONS[kind]}
        if reference is None:
            if not self.given[kind]:
                self.notes.append(Problem("input_not_literal", told, line=line))
            return
        told["reference"] = reference[:80]
        try:
            name = short_name(reference)
        except BadReference:
            self.problems.append(Problem("bad_reference", told, line=line))
            return
        if name in self.given[kind]:  # who says it on the first line has said it
            return
        other = self.found[kind].setdefault(name, reference)
        if other != reference:
            self.problems.append(Problem("input_clash", {**told, "name": name, "other": other}, line=line))


class _Names:
    """What a namespace calls our module and its functions, by its imports."""

    def __init__(self) -> None:
        self._modules: List[str] = []
        self._functions: Dict[str, str] = {}

    def read(self, tree: Optional[ast.Module]) -> None:
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                self._modules += [a.asname or a.name for a in node.names if a.name == "hubkin"]
            elif isinstance(node, ast.ImportFrom) and node.module == "hubkin" and not node.level:
                for kind, name in _functions_of(node):
                    self._functions[name] = kind

    def called(self, node: ast.AST) -> Optional[str]:
        """Return which of our functions a node calls."""
        if not isinstance(node, ast.Call):
            return None
        function = node.func
        if isinstance(function, ast.Name):
            return self._functions.get(function.id)
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            is_ours = function.value.id in self._modules and function.attr in OPTIONS
            return function.attr if is_ours else None
        return None


def _functions_of(node: ast.ImportFrom) -> Iterator[Tuple[str, str]]:
    for alias in node.names:
        if alias.name in OPTIONS:
            yield alias.name, alias.asname or alias.name
        elif alias.name == "*":
            yield from ((kind, kind) for kind in OPTIONS)


def _literal(call: ast.Call) -> Optional[str]:
    named = [word.value for word in call.keywords if word.arg in ("name", "reference")]
    given = [*call.args, *named]
    if len(given) == 1 and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
        return given[0].value
    return None


def _where(source: Source, line: int) -> str:
    told = {"origin": source.origin, "line": source.line + line - 1}
    return said(MESSAGES["line_of" if source.origin else "line"], told)
