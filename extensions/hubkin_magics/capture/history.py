"""What the kernel has executed: every top-level binding of every cell, in order."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from hubkin_magics.capture.lines import Plain, plain
from hubkin_magics.capture.names import parse, uses_of

Position = Tuple[int, int]  #: (execution count, index of the statement in its cell)


@dataclass(frozen=True)
class Statement:
    """One top-level statement of an executed cell."""

    number: int
    index: int
    node: ast.stmt
    text: str
    line: int

    @property
    def position(self) -> Position:
        """Return where it stands among everything that was executed."""
        return (self.number, self.index)

    @property
    def origin(self) -> str:
        """Return the cell as people name it."""
        return f"In[{self.number}]"


@dataclass(frozen=True)
class Cell:
    """An executed cell."""

    number: int
    source: Plain
    statements: Tuple[Statement, ...]


class History:
    """The executed cells of a kernel; ``In[0]`` is empty, as in IPython."""

    def __init__(self, sources: Sequence[str], modules: Mapping[str, Any]) -> None:
        self._modules = modules
        self.cells: Dict[int, Cell] = {}
        self._makers: Dict[str, List[Statement]] = {}
        self._stars: List[Statement] = []
        self.futures: Set[str] = set()
        self._sources = sources
        for number, source in enumerate(sources):
            cell = _cell(source)
            if cell is None:
                continue
            statements = tuple(
                Statement(number=number, index=index, node=node, text=text, line=line)
                for index, (node, text, line, _) in enumerate(cell[1])
            )
            self.cells[number] = Cell(number=number, source=cell[0], statements=statements)
            for statement, (_, _, _, bound) in zip(statements, cell[1]):
                self._remember(statement, bound)

    def _remember(self, statement: Statement, bound: FrozenSet[str]) -> None:
        node = statement.node
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            self.futures.update(alias.name for alias in node.names)
            return
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            self._stars.append(statement)
        for name in bound:
            self._makers.setdefault(name, []).append(statement)

    def makers(self, name: str, before: Optional[Position] = None) -> List[Statement]:
        """Return the statements that bind the name, latest first."""
        found = [s for s in self._makers.get(name, ()) if before is None or s.position < before]
        found += [
            s for s in self._stars if (before is None or s.position < before) and self._exports(s, name)
        ]
        return sorted(found, key=lambda statement: statement.position, reverse=True)

    def _exports(self, statement: Statement, name: str) -> bool:
        module = self._modules.get(getattr(statement.node, "module", None) or "")
        if module is None or not hasattr(module, name):
            return False
        exported = getattr(module, "__all__", None)
        return name in exported if exported is not None else not name.startswith("_")

    def in_a_job(self, name: str) -> Optional[int]:
        """Return the number of the ``%%train`` cell that binds the name; it ran as a job, not here."""
        for number in range(len(self._sources) - 1, 0, -1):
            source = plain(self._sources[number])
            if source.magic == "train":
                tree, _ = parse("\n".join(source.text.split("\n")[1:]))
                if tree is not None and any(name in _bound(node) for node in tree.body):
                    return number
        return None

    def after(self, position: Position) -> Iterator[Statement]:
        """Yield what was executed after a position."""
        for number, cell in self.cells.items():
            if number >= position[0]:
                yield from (statement for statement in cell.statements if statement.position > position)


@lru_cache(maxsize=4096)
def _cell(source: str) -> Optional[Tuple[Plain, List[Tuple[ast.stmt, str, int, FrozenSet[str]]]]]:
    # One parse per distinct text, shared by every capture of a kernel.
    source_plain = plain(source)
    if not source.strip() or not source_plain.is_python:
        return None
    tree, _ = parse(source_plain.text)
    if tree is None:
        return None
    return source_plain, [
        (node, statement_text(source_plain.text, tree.body, index), first_line(node), frozenset(_bound(node)))
        for index, node in enumerate(tree.body)
    ]


def _bound(node: ast.stmt) -> Set[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}  # not what its body may set by a `global` statement
    if isinstance(node, ast.Delete):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
        return set()
    return uses_of([node]).bound


def first_line(node: ast.stmt) -> int:
    """Return the first line of a statement, its decorators included."""
    decorators: List[ast.expr] = getattr(node, "decorator_list", [])
    return min((node.lineno, *(decorator.lineno for decorator in decorators)))


def statement_text(source: str, body: Sequence[ast.stmt], index: int) -> str:
    """Return the source of one top-level statement: whole lines, or its part of ``a = 1; b = 2``."""
    node = body[index]
    start, end = first_line(node), node.end_lineno or node.lineno
    shares = any(
        other is not node and first_line(other) <= end and (other.end_lineno or other.lineno) >= start
        for other in body
    )
    if shares:
        return ast.get_source_segment(source, node) or ast.unparse(node)
    return "\n".join(source.split("\n")[start - 1 : end])
