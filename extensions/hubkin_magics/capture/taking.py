"""Follows the names that a cell needs through the sources that the kernel executed; refuses live objects."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import types
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from hubkin_magics.capture.history import History, Position, Statement
from hubkin_magics.capture.names import Uses, has_await, uses_of
from hubkin_magics.capture.pieces import SENT, Order, Piece, Taken
from hubkin_magics.capture.problems import MESSAGES, Fix, Problem, size_text
from hubkin_magics.capture.rows import cell_rows, future_statements
from hubkin_magics.capture.sources import aliases, import_of, is_same_code, is_system_test, number_of
from hubkin_magics.capture.values import LITERAL_LIMIT_BYTES, Purity, literal_source
from hubkin_magics.i18n import said

_MODULE_NAMES = frozenset(
    (
        "__name__",
        "__doc__",
        "__file__",
        "__builtins__",
        "__spec__",
        "__package__",
        "__loader__",
        "__annotations__",
    )
)
_NOTEBOOK_NAMES = frozenset(("In", "Out", "_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh", "_sh"))
_DISPLAY = "try:\n    from IPython.display import display\nexcept ImportError:\n    display = print"
_SHELL_BUILTINS = frozenset({"open", "exit", "quit"})
_NUMBERED = re.compile(r"_i?\d+$")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


class Taker:
    """Collects pieces until every name that is needed has its source, or a problem says why not."""

    def __init__(
        self,
        history: History,
        namespace: Mapping[str, Any],
        *,
        modules: Mapping[str, Any],
        send: Sequence[str] = (),
        include: Sequence[int] = (),
        size_of: Callable[[str], Optional[int]] = lambda _: None,
    ) -> None:
        self._history = history
        self._namespace = namespace
        self._modules = modules
        self._send = frozenset(send)
        self._include = frozenset(include)
        self._size_of = size_of
        self._futures = "annotations" in history.futures
        self._purity = Purity(namespace, self._is_declared)
        self._seen: Set[Tuple[str, Optional[Position]]] = set()
        self.pieces: Dict[Order, Piece] = {}
        self.taken: Dict[str, Taken] = {}
        self.problems: List[Problem] = []
        self.warnings: List[Problem] = []
        self.sent: Set[str] = set()

    # --- asking ---

    def satisfy(
        self, uses: Uses, *, before: Optional[Position], user: str, piece: Optional[Piece] = None
    ) -> None:
        """Take everything that some code needs; ``user`` is that code's name for messages."""
        for name, line in uses.early.items():
            found = self._need(name, before=before, user=user, line=line)
            if piece is not None:
                piece.after.update(found)
        for name, line in uses.late.items():
            self._need(name, before=None, user=user, line=line, is_late=True)
        for name, line in uses.hoped.items():
            found = self._hope(name, before=None, user=user, line=line)
            if piece is not None:
                piece.after.update(found)

    def include(self, number: int) -> None:
        """Take a whole executed cell."""
        cell = self._history.cells.get(number)
        if cell is None:
            self.problems.append(Problem("not_executed", {"number": number}))
            return
        key: Order = (number, -1, 0)
        if key in self.pieces:
            return
        piece = Piece(order=key, origin=f"In[{number}]", line=1, text=cell.source.text, kind="cell")
        self.pieces[key] = piece
        body = [statement.node for statement in cell.statements]
        if future_statements(body) or any(has_await(node) for node in body):
            piece.rows = cell_rows(piece.text, body, after={}, hoisted=set(future_statements(body)))
        uses = uses_of(body, future_annotations=self._futures)
        piece.names = tuple(sorted(uses.bound))
        self.taken[f"In[{number}]"] = Taken(f"In[{number}]", "cell", piece.origin, len(piece.text.encode()))
        self.satisfy(uses, before=(number, 0), user=piece.origin, piece=piece)

    def _hope(self, name: str, **where: Any) -> Set[Order]:
        """Take a name if that is easily done; a name that may not even be read is no reason to refuse."""
        kept = dict(self.pieces), dict(self.taken), list(self.problems), set(self.sent), set(self._seen)
        found = self._need(name, **where)
        if len(self.problems) > len(kept[2]):
            self.pieces, self.taken, self.problems, self.sent, self._seen = kept
            return set()
        return found

    # --- finding one name ---

    def _need(
        self, name: str, *, before: Optional[Position], user: str, line: int, is_late: bool = False
    ) -> Set[Order]:
        """Take what the name stands for; return the pieces that must run before the user does."""
        if name in _MODULE_NAMES or name == "get_ipython":  # a call of it is refused with its line
            return set()
        if name in self._send:
            self.sent.add(name)
            return {SENT}
        makers = self._history.makers(name, before) or self._history.makers(name)
        if not makers and name == "display":
            text = _DISPLAY
            return self._add(
                Piece(order=(0, 0, 0), origin="hubkin", line=1, text=text, names=(name,), kind="import")
            )
        if not makers and hasattr(builtins, name) and self._is_builtin(name):
            return set()
        if not makers and (name in _NOTEBOOK_NAMES or _NUMBERED.match(name)):
            self.problems.append(Problem("notebook_only", self._told(name, user, line=line), line=line))
            return set()
        if name not in self._namespace and not (before and self._history.makers(name, before)):
            self._missing(name, user, line, is_late=is_late)
            return set()
        if not makers:
            return self._from_kernel(name, user)
        return self._from_history(name, makers, before=before, user=user)

    def _missing(self, name: str, user: str, line: int, *, is_late: bool) -> None:
        """Refuse what is sure to fail; a function that may never be called gets a warning."""
        if hasattr(builtins, name) or name in _SHELL_BUILTINS:
            return
        number = self._history.in_a_job(name)
        if number is not None and not is_late:
            self.problems.append(Problem("ran_as_job", self._told(name, user, number=number), line=line))
            return
        where = self.warnings if is_late else self.problems
        code = "undefined_later" if is_late else "undefined"
        where.append(Problem(code, self._told(name, user, line=line), line=line))

    def _is_builtin(self, name: str) -> bool:
        live = self._namespace.get(name, None)
        return name not in self._namespace or live is getattr(builtins, name) or name in _SHELL_BUILTINS

    def _from_history(
        self, name: str, makers: List[Statement], *, before: Optional[Position], user: str
    ) -> Set[Order]:
        is_latest = before is None or makers[0] == self._history.makers(name)[0]
        maker = self._matching(name, makers) if is_latest else makers[0]
        if maker.number in self._include:
            self.include(maker.number)
            return {(maker.number, -1, 0)}
        node = maker.node
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return self._take_import(name, makers)
        if isinstance(node, _FUNCTION):
            return self._take(maker, name, "function")
        if isinstance(node, ast.ClassDef):
            return self._take(maker, name, "class")
        if isinstance(node, (ast.If, ast.Try)) and self._is_declarative(node):
            return self._take(maker, name, "block")
        return self._take_value(name, maker, makers, is_latest=is_latest, user=user)

    def _take_value(
        self, name: str, maker: Statement, makers: List[Statement], *, is_latest: bool, user: str
    ) -> Set[Order]:
        value = getattr(maker.node, "value", None)
        is_assignment = isinstance(maker.node, (ast.Assign, ast.AnnAssign)) and value is not None
        pure = is_assignment and not has_await(maker.node) and self._is_pure_assignment(maker.node, name)
        live = self._namespace.get(name)
        if pure and isinstance(value, ast.Lambda):
            return self._take(maker, name, "function")
        if pure and (not is_latest or self._agrees(maker.node, name, live)):
            if len(maker.text.encode()) <= LITERAL_LIMIT_BYTES:
                return self._take(maker, name, "literal")
            self._refuse("too_large", name, maker, user, size=size_text(len(maker.text.encode())))
            return set()
        changed = pure or isinstance(maker.node, ast.AugAssign)
        if changed and is_latest and all(self._is_plain_maker(m, name) for m in makers):
            written = literal_source(live)
            if written is not None:
                return self._take_now(name, written, maker)
        self._refuse("live_object", name, maker, user)
        return set()

    def _from_kernel(self, name: str, user: str) -> Set[Order]:
        """Take a name that no executed cell binds: an extension's, ``%run``'s, or a debugger's."""
        live = self._namespace[name]
        text = import_of(name, live, self._modules)
        if text is not None:
            piece = Piece(
                order=(0, 1, number_of(name)),
                origin="kernel",
                line=1,
                text=text,
                names=(name,),
                kind="import",
            )
            return self._add(piece)
        written = literal_source(live)
        if written is not None:
            return self._take_now(name, written, None)
        inspected = self._inspected(name, live)
        if inspected:
            return inspected
        self._refuse("live_object", name, None, user)
        return set()

    def _inspected(self, name: str, live: Any) -> Set[Order]:
        """Take a function or class of ``%run script.py`` from the script's text."""
        if getattr(live, "__module__", None) != "__main__" or not isinstance(
            live, (types.FunctionType, type)
        ):
            return set()
        try:
            lines, start = inspect.getsourcelines(live)
            path = inspect.getsourcefile(live) or "kernel"
            tree = ast.parse("".join(lines))
        except (OSError, TypeError, SyntaxError):
            return set()
        if len(tree.body) != 1 or getattr(tree.body[0], "name", None) != name:
            return set()
        text = "".join(lines).rstrip("\n")
        kind = "class" if isinstance(live, type) else "function"
        key: Order = (0, 2 + start, number_of(path))
        piece = Piece(order=key, origin=path, line=start, text=text, names=(name,), kind=kind)
        if key in self.pieces:
            return {key}
        found = self._add(piece)
        self.satisfy(uses_of(tree.body), before=None, user=name, piece=piece)
        return found

    # --- taking ---

    def _add(self, piece: Piece) -> Set[Order]:
        if piece.order not in self.pieces:
            self.pieces[piece.order] = piece
            for name in piece.names:
                self.taken[name] = Taken(name, piece.kind, piece.origin, len(piece.text.encode()))
        return {piece.order}

    def _take(self, maker: Statement, name: str, kind: str) -> Set[Order]:
        key: Order = (maker.number, maker.index, 0)
        if key in self.pieces:
            if name not in self.taken:
                self.taken[name] = Taken(name, kind, maker.origin, len(maker.text.encode()))
            return {key}
        piece = Piece(
            order=key, origin=maker.origin, line=maker.line, text=maker.text, names=(name,), kind=kind
        )
        self._add(piece)
        uses = uses_of([maker.node], future_annotations=self._futures)
        self.satisfy(uses, before=maker.position, user=f"{name} ({maker.origin})", piece=piece)
        return {key}

    def _take_import(self, name: str, makers: List[Statement]) -> Set[Order]:
        """Take just this name of an import; ``import a.b`` needs every ``import a…`` that ran."""
        keys: Set[Order] = set()
        for maker in makers:
            for part, (text, is_submodule) in enumerate(aliases(maker.node, name)):
                key: Order = (maker.number, maker.index, 1 + part + 100 * number_of(name))
                piece = Piece(
                    order=key, origin=maker.origin, line=maker.line, text=text, names=(name,), kind="import"
                )
                keys |= self._add(piece)
                if not is_submodule:
                    return keys
            if not isinstance(maker.node, ast.Import):
                break
        return keys

    def _take_now(self, name: str, written: str, maker: Optional[Statement]) -> Set[Order]:
        """Take the value that a name has now."""
        key: Order = (maker.number, maker.index, 1) if maker else (0, 1, number_of(name))
        origin = maker.origin if maker else "kernel"
        piece = Piece(
            order=key,
            origin=origin,
            line=maker.line if maker else 1,
            text=f"{name} = {written}",
            names=(name,),
            kind="value",
        )
        return self._add(piece)

    # --- judging ---

    def _matching(self, name: str, makers: List[Statement]) -> Statement:
        """Return the binding that made the live value; a failed cell may not have reached its own."""
        live = self._namespace.get(name)
        if isinstance(live, types.FunctionType):
            for maker in makers:
                if isinstance(maker.node, _FUNCTION) and is_same_code(maker.node, live):
                    return maker
        return makers[0]

    def _is_declared(self, name: str) -> bool:
        live = self._namespace.get(name)
        return isinstance(live, (types.ModuleType, type))

    def _is_pure_assignment(self, node: ast.stmt, name: str) -> bool:
        value = node.value  # type: ignore[attr-defined] # an Assign or an AnnAssign
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
        names = [n for target in targets for n in ast.walk(target)]
        if any(isinstance(n, (ast.Attribute, ast.Subscript)) for n in names):
            return False
        reads_itself = any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(value))
        return not reads_itself and self._purity.is_pure(value)

    def _agrees(self, node: ast.stmt, name: str, live: Any) -> bool:
        value = node.value  # type: ignore[attr-defined]
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name:
                return self._purity.agrees(value, live)
            if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
                pairs = zip(target.elts, value.elts)
                for one, made in pairs:
                    if isinstance(one, ast.Name) and one.id == name:
                        return self._purity.agrees(made, live)
        return False

    def _is_plain_maker(self, maker: Statement, name: str) -> bool:
        """Whether a statement only ever gave the name plain data, so that its value now can stand for it."""
        node = maker.node
        if isinstance(node, ast.AugAssign):
            return self._purity.is_pure(node.value)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            return self._is_pure_assignment(node, name)
        return False

    def _is_declarative(self, node: ast.stmt) -> bool:
        """Whether a compound statement only imports and defines."""
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.ClassDef, ast.Pass, *_FUNCTION)):
            return True
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            return self._purity.is_pure(node.value)
        if isinstance(node, ast.If):
            pure = self._purity.is_pure(node.test) or is_system_test(node.test)
            return pure and all(self._is_declarative(n) for n in (*node.body, *node.orelse))
        if isinstance(node, ast.Try):
            inner = [n for handler in node.handlers for n in handler.body]
            return all(self._is_declarative(n) for n in (*node.body, *inner, *node.orelse, *node.finalbody))
        return False

    # --- refusing ---

    def _refuse(self, code: str, name: str, maker: Optional[Statement], user: str, **more: Any) -> None:
        fixes: List[Fix] = []
        if maker is not None:
            fixes.append(Fix("include", f"--include {maker.number}", {"number": maker.number}))
        size = self._size_of(name)
        if size is not None:
            fixes.append(Fix("send", f"--send {name}", {"name": name, "size": size_text(size)}))
        params = self._told(name, user, type=type(self._namespace.get(name)).__name__, **more)
        params["origin"] = maker.origin if maker else said(MESSAGES["this_kernel"])
        problem = Problem(code, params, tuple(fixes))
        if all(other.code != code or other.params["name"] != name for other in self.problems):
            self.problems.append(problem)

    def _told(self, name: str, user: str, **more: Any) -> Dict[str, Any]:
        used_by = "" if user == "cell" else said(MESSAGES["used_by"], {"user": user})
        return {"name": name, "used_by": used_by, **more}
