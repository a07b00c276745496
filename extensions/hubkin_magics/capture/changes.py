"""Cells that changed a class or function after it was made: the change is not in the source that travels."""

from __future__ import annotations

import ast
from typing import Collection, Dict, List, Sequence, Tuple

from hubkin_magics.capture.history import History
from hubkin_magics.capture.pieces import SENT, Piece
from hubkin_magics.capture.problems import Fix, Problem


def change_warnings(pieces: Sequence[Piece], history: History, included: Collection[int]) -> List[Problem]:
    """Return a warning for each cell that set an attribute of something captured, unless it travels whole."""
    found: Dict[Tuple[str, int], Problem] = {}
    for piece in pieces:
        if piece.kind not in ("class", "function") or piece.order >= SENT:
            continue
        for statement in history.after((piece.order[0], piece.order[1])):
            for name in piece.names:
                if _changes(statement.node, name) and statement.number not in included:
                    number = statement.number
                    fix = Fix("include", f"--include {number}", {"number": number})
                    found[(name, number)] = Problem("changed_after", {"name": name, "number": number}, (fix,))
    return list(found.values())


def _changes(node: ast.stmt, name: str) -> bool:
    """Whether a statement adds to what the name stands for, outside of its source.

    ``Model.forward = f``, ``setattr(Model, …)``, ``@add_to(Model)``, ``@handler.register``.
    """
    for decorator in getattr(node, "decorator_list", ()):
        given = decorator.args if isinstance(decorator, ast.Call) else ()
        used = decorator.func if isinstance(decorator, ast.Call) else decorator
        if any(isinstance(one, ast.Name) and one.id == name for one in given):
            return True
        if isinstance(used, ast.Attribute) and isinstance(used.value, ast.Name) and used.value.id == name:
            return True
    targets: Sequence[ast.AST] = getattr(node, "targets", None) or [
        getattr(node, "target", None) or ast.Pass()
    ]
    for target in targets:
        root = target
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if root is not target and isinstance(root, ast.Name) and root.id == name:
            return True
    call = node.value if isinstance(node, ast.Expr) else None
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("setattr", "delattr")
    ):
        return bool(call.args) and isinstance(call.args[0], ast.Name) and call.args[0].id == name
    return False
