"""From a cell and what the kernel executed to the code folder of a job; pure, except that it reads files."""

from __future__ import annotations

import ast
import builtins
import json
import os
from types import MappingProxyType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from hubkin_magics.capture import params as parameters
from hubkin_magics.capture import sending
from hubkin_magics.capture.changes import change_warnings
from hubkin_magics.capture.escapes import Extras
from hubkin_magics.capture.folder import TreeFile, code_folder, extra_files, local_file, merged, too_large
from hubkin_magics.capture.history import History, first_line
from hubkin_magics.capture.inputs import Inputs, Source
from hubkin_magics.capture.lines import plain
from hubkin_magics.capture.modules import Graph, ModuleFinder, modules_too_large
from hubkin_magics.capture.names import Uses, parse, uses_of
from hubkin_magics.capture.paths import path_warnings
from hubkin_magics.capture.pieces import SENT, Piece, Taken, in_order
from hubkin_magics.capture.problems import MESSAGES, Problem, Refused
from hubkin_magics.capture.rows import Row, cell_rows, future_statements, replaced
from hubkin_magics.capture.shapes import Capture, Kernel, Options
from hubkin_magics.capture.taking import Taker
from hubkin_magics.capture.tree import CELL, PARAMS, SENT_FILE, SETUP, CellFile
from hubkin_magics.i18n import said

_FORBIDDEN_CALLS = {"get_ipython": "get_ipython_refused", "input": "input_refused"}


def capture(cell: str, kernel: Kernel, options: Optional[Options] = None) -> Capture:
    """Take a cell and all that it needs.

    Args:
        cell: The cell as typed; an empty first line in place of the magic keeps the line numbers.
        kernel: What the kernel has executed, and what is in it.
        options: What the user asked for.

    Raises:
        Refused: With every problem that was found; nothing has been sent or written.
    """
    return _Work(cell, kernel, options or Options()).done()


class _Work:
    """The steps of one capture, in the order of `done`."""

    def __init__(self, cell: str, kernel: Kernel, options: Options) -> None:
        self.kernel, self.options = kernel, options
        self.cell = plain(cell)
        self.problems: List[Problem] = []
        self.warnings: List[Problem] = []
        self.extras = Extras()
        self.history = History(kernel.sources, kernel.modules)
        self.sent: Optional[sending.Pickled] = None
        self.params: Dict[str, Any] = {}

    def done(self) -> Capture:
        self.body = self._parsed().body
        self._read_escapes()
        self.taker = self._taker()
        self._take()
        self._check_calls()
        rows, overrides = self._parameters()
        self._send()
        if self.problems or self.taker.problems:
            raise Refused([*self.problems, *self.taker.problems])
        pieces = self._pieces(overrides)
        written = CellFile(futures=sorted(self.history.futures | self._own_futures()))
        graph = self._modules(pieces, self.cell.text)
        written.build(pieces, rows, search=graph.search, sent_before=self._sent_index(pieces))
        files = self._files(written, graph)
        self._inputs(graph, pieces)
        self._warn(files, pieces)
        if self.problems:
            raise Refused(self.problems)
        return self._captured(files, graph)

    def _parsed(self) -> ast.Module:
        tree, error = parse(self.cell.text)
        if tree is None or error is not None:
            reason = (error.msg if error else "") or "syntax error"
            line = (error.lineno if error else 1) or 1
            raise Refused([Problem("syntax_error", {"line": line, "reason": reason.rstrip(".")}, line=line)])
        return tree

    def _read_escapes(self) -> None:
        first = first_line(self.body[0]) if self.body else None
        self.extras.read(self.cell.escapes, first_statement=first, namespace=self.kernel.namespace)
        for number in self.options.include:
            included = self.history.cells.get(number)
            if included is not None and included.source.escapes:
                start = included.statements[0].line if included.statements else None
                self.extras.read(
                    included.source.escapes, first_statement=start, namespace=self.kernel.namespace
                )
        self.problems.extend(self.extras.problems)
        if not self.body and not self.extras.setup and not self.extras.problems:
            self.problems.append(Problem("empty_cell"))
        self.warnings.extend(self.extras.notes)

    def _taker(self) -> Taker:
        return Taker(
            self.history,
            self.kernel.namespace,
            modules=self.kernel.modules,
            send=self.options.send,
            include=self.options.include,
            size_of=lambda name: sending.size_of(name, self.kernel.namespace),
        )

    def _take(self) -> None:
        futures = "annotations" in (self.history.futures | self._own_futures())
        self.uses = uses_of(self.body, future_annotations=futures)
        for number in self.options.include:
            self.taker.include(number)
        if not self.options.bare:
            self.taker.satisfy(self.uses, before=None, user="cell")
            return
        given = {name for piece in self.taker.pieces.values() for name in piece.names} | set(
            self.options.send
        )
        names = [
            n for n in {**self.uses.early, **self.uses.late} if n not in given and not hasattr(builtins, n)
        ]
        if names:
            self.warnings.append(Problem("bare_names", {"names": [f"`{name}`" for name in names]}))

    def _check_calls(self) -> None:
        texts = [("", self.cell.text)] + [(piece.origin, piece.text) for piece in self.taker.pieces.values()]
        for origin, text in texts:
            tree, _ = parse(text)
            for node in ast.walk(tree) if tree else ():
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in _FORBIDDEN_CALLS
                ):
                    if self.history.makers(node.func.id) or node.func.id in self.uses.bound:
                        continue
                    where = self._where(origin, node.lineno)
                    self.problems.append(
                        Problem(_FORBIDDEN_CALLS[node.func.id], {"where": where}, line=node.lineno)
                    )

    def _where(self, origin: str, line: int) -> str:
        if not origin:
            return said(MESSAGES["line"], {"line": line})
        piece = next(piece for piece in self.taker.pieces.values() if piece.origin == origin)
        return said(MESSAGES["line_of"], {"origin": origin, "line": piece.line + line - 1})

    # --- parameters ---

    def _parameters(self) -> Tuple[List[Row], Dict[str, str]]:
        """Return the rows of the cell with its parameters set, and new sources for captured literals."""
        text, body = self.cell.text, self.body
        call = parameters.main_call(body)
        main = self._main() if call is not None else None
        slots = parameters.main_slots(main) if main is not None else None
        after: Dict[int, str] = {}
        overrides: Dict[str, str] = {}
        self.calls_main = call is not None and bool(slots)
        if call is not None and slots:
            given = self._values({slot.name: slot for slot in slots})
            if given:
                arguments = ", ".join(f"{name}={source}" for name, source in given.items())
                text = replaced(text, call, f"main({arguments})")
                body = self._reparsed(text)
        else:
            leading = parameters.leading_slots(body)
            captured = self._captured_slots()
            given = self._values({**captured, **{slot.name: slot for slot in leading.values()}})
            after = {
                i: f"{slot.name} = {given[slot.name]}" for i, slot in leading.items() if slot.name in given
            }
            set_here = {slot.name for slot in leading.values()}
            overrides = {
                name: source for name, source in given.items() if name in captured and name not in set_here
            }
        hoisted = set(future_statements(self.body))
        return cell_rows(text, body, after, hoisted), overrides

    def _reparsed(self, text: str) -> List[ast.stmt]:
        tree, error = parse(text)
        if tree is None:
            raise AssertionError(f"setting the parameters broke the cell: {error}")
        return tree.body

    def _main(self) -> Optional[ast.stmt]:
        for node in self.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "main":
                return node
        makers = self.history.makers("main")
        return makers[0].node if makers else None

    def _captured_slots(self) -> Dict[str, parameters.Slot]:
        slots = {}
        for piece in self.taker.pieces.values():
            if piece.kind in ("literal", "value") and len(piece.names) == 1 and piece.origin != "hubkin":
                tree, _ = parse(piece.text)
                slot = parameters.assigned_slot(tree.body[0]) if tree and len(tree.body) == 1 else None
                if slot is not None:
                    slots[slot.name] = slot
        return slots

    def _values(self, slots: Dict[str, parameters.Slot]) -> Dict[str, str]:
        """Return the source of each given parameter; remember all values, defaults included."""
        self.problems.extend(parameters.check_names(self.options.params, list(slots)))
        sources: Dict[str, str] = {}
        for name, slot in slots.items():
            is_literal, default = parameters.default_of(slot)
            if is_literal and _fits_json(default):
                self.params[name] = default
            if name not in self.options.params:
                continue
            given = self.options.params[name]
            try:
                sources[name], self.params[name] = parameters.read(given, slot)
            except parameters.BadValue as error:
                self.problems.append(Problem("bad_param", {"name": name, "value": given, "type": str(error)}))
        return sources

    # --- values that are sent ---

    def _send(self) -> None:
        names = list(dict.fromkeys(self.options.send))
        unknown = [name for name in names if name not in self.kernel.namespace]
        self.problems.extend(Problem("unknown_name", {"name": name}) for name in unknown)
        if not names or unknown:
            return
        try:
            self.sent = sending.pickled(names, self.kernel.namespace, self._is_source)
        except sending.TooLarge:
            self.problems.append(Problem("send_too_large"))
            return
        except sending.NotSendable as error:
            self.problems.append(Problem("not_sendable", {"name": list(names), "reason": str(error)}))
            return
        for name in sorted(self.sent.by_name):
            self.taker.satisfy(Uses(early={name: 1}), before=None, user="--send")
        for name in names:
            self.taker.taken[name] = Taken(name, "sent", "--send", len(self.sent.data))
        if self.sent.needs_cloudpickle:
            self.warnings.append(Problem("by_value"))

    def _is_source(self, name: str) -> bool:
        makers = self.history.makers(name)
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return not self.options.bare and bool(makers) and isinstance(makers[0].node, kinds)

    # --- putting it together ---

    def _pieces(self, overrides: Mapping[str, str]) -> List[Piece]:
        pieces = dict(self.taker.pieces)
        for piece in pieces.values():
            for name in piece.names:
                if name in overrides and piece.kind in ("literal", "value"):
                    piece.text += f"\n{name} = {overrides[name]}"
        if self.sent is not None:
            needed = {key for key, piece in pieces.items() if set(piece.names) & self.sent.by_name}
            pieces[SENT] = Piece(order=SENT, origin="hubkin", line=0, text="", kind="sent", after=needed)
        return in_order(pieces)

    @staticmethod
    def _sent_index(pieces: Sequence[Piece]) -> Optional[int]:
        return next((index for index, piece in enumerate(pieces) if piece.order == SENT), None)

    def _own_futures(self) -> set[str]:
        return {name for names in future_statements(self.body).values() for name in names}

    def _modules(self, pieces: Sequence[Piece], cell: str) -> Graph:
        root = os.path.join(self.kernel.cwd, self.options.code or "")
        roots = [self.kernel.cwd, root, *self.kernel.editable.values()]
        roots += [self.kernel.git_root] if self.kernel.git_root else []
        search = [path or self.kernel.cwd for path in self.kernel.search]
        finder = ModuleFinder(root=root, roots=roots, search=search, editable=self.kernel.editable)
        for text in [*(piece.text for piece in pieces), cell]:
            finder.follow(text)
        graph = finder.graph()
        problem = modules_too_large(graph)
        if problem is not None:
            self.problems.append(problem)
        self.warnings.extend(graph.warnings)
        return graph

    def _files(self, written: CellFile, graph: Graph) -> Tuple[TreeFile, ...]:
        root = os.path.join(self.kernel.cwd, self.options.code or "")
        own = [_made(CELL, written.text()), _made(written.LINES, written.lines_json())]
        said = {"v": 1, "params": self.params, "applied": self.params, "call_main": self.calls_main}
        own.append(_made(PARAMS, json.dumps(said, sort_keys=True)))
        if self.extras.setup:
            own.append(_made(SETUP, "set -e\n" + "\n".join(self.extras.setup) + "\n"))
        if self.sent is not None:
            own.append(TreeFile(SENT_FILE, len(self.sent.data), self.sent.data))
        folder: List[TreeFile] = []
        if self.options.code is not None:
            folder, problems, warnings = code_folder(root)
            self.problems.extend(problems)
            self.warnings.extend(warnings)
        extra, problems = extra_files(self.options.with_files, cwd=self.kernel.cwd, root=root)
        self.problems.extend(problems)
        over = too_large([*folder, *extra])
        self.problems.extend([over] if over is not None else [])
        self.added = tuple(sorted({file.place for file in [*folder, *extra]}))
        modules = [local_file(module.path, module.place) for module in graph.modules]
        files, problems = merged([own, folder, extra, modules])
        self.problems.extend(problems)
        return tuple(files)

    def _inputs(self, graph: Graph, pieces: Sequence[Piece]) -> None:
        given = {"data": self.options.data, "model": self.options.models}
        self.inputs = Inputs(given)
        cell = Source("", 1, self.cell.text)
        self.inputs.read([cell, *(Source(piece.origin, piece.line, piece.text) for piece in pieces)])
        for module in graph.modules:
            with open(module.path, encoding="utf-8", errors="replace") as file:
                self.inputs.read([Source(module.place, 1, file.read())])
        self.problems.extend(self.inputs.problems)
        self.warnings.extend(self.inputs.notes)

    def _warn(self, files: Sequence[TreeFile], pieces: Sequence[Piece]) -> None:
        places = {file.place for file in files}
        texts = [(self.cell.text, 1)] + [(piece.text, piece.line) for piece in pieces]
        self.warnings.extend(path_warnings(texts, self.kernel.cwd, places))
        if self.extras.pip:
            self.warnings.append(Problem("pip_noted", {"packages": list(self.extras.pip)}))
        self.warnings.extend(self.taker.warnings)
        self.warnings.extend(change_warnings(pieces, self.history, self.options.include))

    def _captured(self, files: Tuple[TreeFile, ...], graph: Graph) -> Capture:
        text = "\n".join([self.cell.text, *(piece.text for piece in self.taker.pieces.values())])
        return Capture(
            files=files,
            taken=tuple(sorted(self.taker.taken.values(), key=_by_source)),
            modules=tuple(module.place for module in graph.modules),
            added=self.added,
            pip=tuple(dict.fromkeys(self.extras.pip)),
            env=MappingProxyType(dict(self.extras.env)),
            params=MappingProxyType(dict(self.params)),
            has_setup=bool(self.extras.setup),
            warnings=tuple(self.warnings),
            data=MappingProxyType(self.inputs.found["data"]),
            models=MappingProxyType(self.inputs.found["model"]),
            uses_torch_distributed="torch.distributed" in text or "DistributedDataParallel" in text,
        )


def _made(place: str, text: str) -> TreeFile:
    data = text.encode("utf-8", "surrogatepass")
    return TreeFile(place, len(data), data)


def _fits_json(value: Any) -> bool:
    try:
        return len(json.dumps(value, allow_nan=False)) <= 1000
    except (TypeError, ValueError):
        return False


def _by_source(taken: Taken) -> Tuple[int, str]:
    digits = "".join(ch for ch in taken.source if ch.isdigit()) if taken.source.startswith("In[") else "0"
    return (int(digits or 0), taken.name)
