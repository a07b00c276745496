"""Which names a piece of code needs from outside, and which it makes.

Scopes are the interpreter's own (`symtable`); what this file adds is order: a name used before the cell
binds it is needed, even if the cell binds it later.
"""

from __future__ import annotations

import ast
import symtable
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

#: Symbol tables of scopes that run at once where they stand, unlike a function's body.
_AT_ONCE = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FORGIVING = frozenset({"NameError", "Exception", "BaseException"})


@dataclass
class Uses:
    """The names that code needs, by when: each with the line of its first use."""

    early: Dict[str, int] = field(default_factory=dict)  #: read while the code itself runs
    late: Dict[str, int] = field(default_factory=dict)  #: read only when a function of it is called
    hoped: Dict[str, int] = field(default_factory=dict)  #: read where a missing name may do no harm
    bound: Set[str] = field(default_factory=set)  #: made by the code, in any branch


def uses_of(statements: Sequence[ast.stmt], *, future_annotations: bool = False) -> Uses:
    """Return what these statements, run in this order in one module, need and make."""
    flow = _Flow(future_annotations)
    bound = flow.block(statements, set())
    uses = flow.uses
    uses.bound = bound | flow.maybe
    for name, line in flow.late.items():
        if name in flow.maybe and name not in bound:
            uses.hoped.setdefault(name, line)
        elif name not in bound:
            uses.late.setdefault(name, line)
    for name in uses.early:
        uses.hoped.pop(name, None)
    return uses


class _Flow:
    """Walks statements in order and remembers what is bound so far."""

    def __init__(self, future_annotations: bool) -> None:
        self.uses = Uses()
        self.late: Dict[str, int] = {}
        self.maybe: Set[str] = set()
        self._future = future_annotations
        self._forgiving = 0

    def block(self, statements: Iterable[ast.stmt], bound: Set[str]) -> Set[str]:
        for statement in statements:
            self._statement(statement, bound)
        return bound

    def _statement(self, node: ast.stmt, bound: Set[str]) -> None:
        if isinstance(node, ast.If):
            self._expressions([node.test], bound)
            self._branches([node.body, node.orelse], bound)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._expressions([node.iter], bound)
            self._target(node.target, bound)
            self._branches([node.body, []], bound)
            self._branches([node.orelse, []], bound)
        elif isinstance(node, ast.While):
            self._expressions([node.test], bound)
            self._branches([node.body, []], bound)
            self._branches([node.orelse, []], bound)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                self._expressions([item.context_expr], bound)
                if item.optional_vars is not None:
                    self._target(item.optional_vars, bound)
            self.block(node.body, bound)
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            self._try(node, bound)
        elif isinstance(node, ast.Delete):
            self._expressions(node.targets, bound)
            bound.difference_update(target.id for target in node.targets if isinstance(target, ast.Name))
        else:
            self._simple(node, bound)

    def _try(self, node: Any, bound: Set[str]) -> None:  # Try, or TryStar since 3.11
        forgiving = any(_forgives(handler) for handler in node.handlers)
        self._forgiving += forgiving
        body = self.block(node.body, set(bound))
        self._forgiving -= forgiving
        body = self.block(node.orelse, body)
        ends = [body]
        for handler in node.handlers:
            start = set(bound)
            if handler.type is not None:
                self._expressions([handler.type], start)
            if handler.name:
                start.add(handler.name)
            end = self.block(handler.body, start)
            if not _leaves(handler.body):
                ends.append(end)
        self._merge(ends, bound)
        self.block(node.finalbody, bound)

    def _branches(self, blocks: Sequence[Sequence[ast.stmt]], bound: Set[str]) -> None:
        self._merge([self.block(block, set(bound)) for block in blocks], bound)

    def _merge(self, ends: List[Set[str]], bound: Set[str]) -> None:
        for end in ends:
            self.maybe |= end
        bound |= set.intersection(*ends)

    def _expressions(self, nodes: Sequence[ast.expr], bound: Set[str]) -> None:
        for node in nodes:
            statement: ast.stmt = ast.Expr(value=_loading(node))
            self._simple(ast.copy_location(statement, node), bound)

    def _target(self, node: ast.expr, bound: Set[str]) -> None:
        """Bind what a ``for`` or ``with`` binds; ``for x[i] in …`` reads ``x`` and ``i``."""
        assign: ast.stmt = ast.Assign(targets=[node], value=ast.Constant(value=None))
        self._simple(ast.fix_missing_locations(ast.copy_location(assign, node)), bound)

    def _simple(self, node: ast.stmt, bound: Set[str]) -> None:
        scope = _scope(ast.unparse(_prepared(node, self._future)))
        walrus = {
            n.target.id
            for n in ast.walk(node)
            if isinstance(n, ast.NamedExpr) and isinstance(n.target, ast.Name)
        }
        early = scope.early - _comprehension_names(node)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            early = early | {node.target.id}
        if type(node).__name__ == "Match":
            walrus = walrus | scope.bound
        for name in sorted(early, key=lambda name: (line_of(node, name), name)):
            if name not in bound:
                self._needs(name, node, hoped=name in walrus or name in self.maybe or name in scope.hoped)
        if self._future:  # never evaluated, but a library may ask for them
            for name in _annotation_names(node) - bound - scope.bound:
                self.uses.hoped.setdefault(name, line_of(node, name))
        for name in sorted(scope.late | scope.global_):
            self.late.setdefault(name, line_of(node, name))
        if isinstance(node, ast.AnnAssign) and node.value is None:
            return
        bound |= scope.bound
        self.maybe |= scope.global_

    def _needs(self, name: str, node: ast.AST, *, hoped: bool) -> None:
        wanted = self.uses.hoped if hoped or self._forgiving else self.uses.early
        wanted.setdefault(name, line_of(node, name))


@dataclass(frozen=True)
class _Scope:
    early: FrozenSet[str]
    late: FrozenSet[str]
    hoped: FrozenSet[str]
    bound: FrozenSet[str]
    global_: FrozenSet[str]


@lru_cache(maxsize=8192)
def _scope(source: str) -> _Scope:
    """Read one statement's symbol tables."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = symtable.symtable(source, "<cell>", "exec")
    early: Set[str] = set()
    late: Set[str] = set()
    hoped: Set[str] = set()
    bound: Set[str] = set()
    global_: Set[str] = set()
    for symbol in top.get_symbols():
        if symbol.is_referenced():
            early.add(symbol.get_name())
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            bound.add(symbol.get_name())

    def visit(table: symtable.SymbolTable, *, is_late: bool) -> None:
        kind = str(table.get_type()).rsplit(".", 1)[-1].lower()
        is_late = is_late or not (kind == "class" or table.get_name() in _AT_ONCE)
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if symbol.is_global() and symbol.is_referenced():
                (late if is_late else early).add(name)
            if symbol.is_declared_global() and symbol.is_assigned():
                global_.add(name)
            if kind == "class" and symbol.is_local() and symbol.is_referenced() and symbol.is_assigned():
                hoped.add(name)
        for child in table.get_children():
            visit(child, is_late=is_late)

    for child in top.get_children():
        visit(child, is_late=False)
    early |= hoped - early
    return _Scope(*(frozenset(names) for names in (early, late, hoped, bound, global_)))


def line_of(node: ast.AST, name: str) -> int:
    """Return the line where the name is first read in the node, or the node's own."""
    lines = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name]
    return min(lines) if lines else getattr(node, "lineno", 1)


def has_await(node: ast.AST) -> bool:
    """Whether the statement awaits at module level (an ``async def``'s own awaits do not count)."""
    return any(
        isinstance(n, (ast.Await, ast.AsyncFor, ast.AsyncWith)) or _is_async_comprehension(n)
        for n in _outside(node)
    )


def _outside(node: ast.AST) -> Iterable[ast.AST]:
    """Walk a statement without entering the bodies of functions, lambdas and classes' methods."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _outside(child)


def _is_async_comprehension(node: ast.AST) -> bool:
    return isinstance(node, ast.comprehension) and bool(node.is_async)


def _prepared(node: ast.stmt, future_annotations: bool) -> ast.stmt:
    """Return the statement as `symtable` takes it: no top-level await, no annotations that are only text."""
    if not future_annotations and not has_await(node):
        return node
    import copy

    plain: ast.stmt = copy.deepcopy(node)
    if has_await(plain):
        plain = _WithoutAwait().visit(plain)
    if future_annotations:
        plain = _WithoutAnnotations().visit(plain)
    return ast.fix_missing_locations(plain)


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    for inner in ast.walk(node):
        found = [getattr(inner, "annotation", None), getattr(inner, "returns", None)]
        yield from (one for one in found if isinstance(one, ast.expr))


def _annotation_names(node: ast.AST) -> Set[str]:
    return {n.id for one in _annotations(node) for n in ast.walk(one) if isinstance(n, ast.Name)}


class _WithoutAnnotations(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name in ("annotation", "returns"):
            if isinstance(getattr(node, name, None), ast.expr):
                empty = ast.Constant(value=None) if isinstance(node, ast.AnnAssign) else None
                setattr(node, name, empty)
        return super().generic_visit(node)


def _comprehension_names(node: ast.AST) -> Set[str]:
    """Return names that only comprehensions use; since 3.12 these show in the scope around them."""
    own: Set[str] = set()
    outside: Set[str] = set()

    def visit(inner: ast.AST, bound: FrozenSet[str]) -> None:
        if isinstance(inner, _COMPREHENSIONS):
            targets = [n for generator in inner.generators for n in ast.walk(generator.target)]
            here = frozenset(n.id for n in targets if isinstance(n, ast.Name))
            own.update(here)
            visit(inner.generators[0].iter, bound)
            bound |= here
            for child in ast.iter_child_nodes(inner):
                if child is not inner.generators[0]:
                    visit(child, bound)
            for child in inner.generators[0].ifs:
                visit(child, bound)
            return
        if isinstance(inner, ast.Name) and inner.id not in bound:
            outside.add(inner.id)
        for child in ast.iter_child_nodes(inner):
            visit(child, bound)

    visit(node, frozenset())
    return own - outside


class _WithoutAwait(ast.NodeTransformer):
    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_Await(self, node: ast.Await) -> ast.AST:
        value: ast.AST = self.visit(node.value)
        return value

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.is_async = 0
        return self.generic_visit(node)


def _loading(node: ast.expr) -> ast.expr:
    """Return the expression as one that is read (``del x`` reads ``x``)."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return ast.copy_location(ast.Name(id=node.id, ctx=ast.Load()), node)
    return node


def _forgives(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(isinstance(n, ast.Name) and n.id in _FORGIVING for n in ast.walk(handler.type))


def _leaves(body: Sequence[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Raise, ast.Return, ast.Continue, ast.Break))


def parse(source: str) -> Tuple[Optional[ast.Module], Optional[SyntaxError]]:
    """Parse a cell, top-level ``await`` allowed; a `SyntaxError` is a value here.

    It is compiled as well: a ``return`` outside of a function is found only then.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the kernel has said them already
            tree = compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            compile(tree, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return None, error
    except ValueError as error:  # a null byte
        return None, SyntaxError(str(error))
    return tree, None
