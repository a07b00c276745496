"""Puts a job's parameters into a cell: into its call of ``main``, or behind its own literal assignments."""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Optional


class UnknownParameter(NameError):
    """The cell has nothing of that name to set."""


def with_parameters(tree: ast.Module, params: Dict[str, Any], *, calls_main: bool) -> ast.Module:
    """Return the module with the parameters in it; line numbers stay.

    Raises:
        UnknownParameter: A name is neither an argument of ``main`` nor assigned a literal.
    """
    if not params:
        return tree
    body = _into_main(tree.body, params) if calls_main else _behind_assignments(tree.body, params)
    return ast.fix_missing_locations(ast.Module(body=body, type_ignores=tree.type_ignores))


def _into_main(body: List[ast.stmt], params: Dict[str, Any]) -> List[ast.stmt]:
    last = body[-1] if body else None
    call = last.value if isinstance(last, (ast.Expr, ast.Assign)) else None
    if isinstance(call, ast.Await):
        call = call.value
    mains = [
        one for one in body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name == "main"
    ]
    if not isinstance(call, ast.Call) or not mains:
        raise UnknownParameter("The cell does not end in a call of main, so it takes no parameters.")
    kinds = _kinds(mains[-1].args)
    for name, value in params.items():
        if name not in kinds and mains[-1].args.kwarg is None:
            raise UnknownParameter("main has no argument %r; it has %s." % (name, ", ".join(kinds) or "none"))
        typed = _typed(value, kinds.get(name, ""))
        call.keywords.append(_at(ast.keyword(arg=name, value=_literal(typed, call)), call))
    return body


def _behind_assignments(body: List[ast.stmt], params: Dict[str, Any]) -> List[ast.stmt]:
    left = dict(params)
    out: List[ast.stmt] = []
    for statement in body:
        out.append(statement)
        name, value = _assigned(statement)
        if name in left:
            kind = type(ast.literal_eval(value)).__name__ if value is not None else ""
            again = ast.Assign(
                targets=[ast.Name(id=name, ctx=ast.Store())],
                value=_literal(_typed(left.pop(name), kind), statement),
            )
            out.append(_at(again, statement))
    if left:
        raise UnknownParameter("The cell assigns no plain value to %s." % ", ".join(sorted(left)))
    return out


def _assigned(statement: ast.stmt) -> "tuple[Optional[str], Optional[ast.expr]]":
    """Return the name and the value of ``name = literal``, else nothing."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target = statement.target
    else:
        return None, None
    try:
        ast.literal_eval(statement.value)  # type: ignore[arg-type]
    except ValueError:
        return None, None
    return (target.id, statement.value) if isinstance(target, ast.Name) else (None, None)


def _typed(value: Any, kind: str) -> Any:
    """Make what came as JSON or as text into the kind that the code expects; leave it when that cannot be."""
    if (
        isinstance(value, str)
        and kind == "bool"
        and value.lower() in ("true", "false", "1", "0", "yes", "no")
    ):
        return value.lower() in ("true", "1", "yes")
    makers = {"int": int, "float": float, "str": str}
    if kind not in makers or isinstance(value, bool):
        return value
    if kind == "int" and isinstance(value, float) and not value.is_integer():
        return value
    try:
        return makers[kind](value)
    except (TypeError, ValueError):
        return value


def _kinds(arguments: ast.arguments) -> Dict[str, str]:
    """Return the kind of each argument: its annotation, or else that of its default."""
    defaults: List[Optional[ast.expr]] = [None] * (len(arguments.args) - len(arguments.defaults))
    pairs = list(zip(arguments.args, defaults + list(arguments.defaults)))  # noqa: B905 - Python 3.8
    pairs += list(zip(arguments.kwonlyargs, arguments.kw_defaults))  # noqa: B905
    return {one.arg: _name_of(one.annotation) or _kind_of(default) for one, default in pairs}


def _kind_of(default: Optional[ast.expr]) -> str:
    try:
        return type(ast.literal_eval(default)).__name__ if default is not None else ""
    except ValueError:
        return ""


def _name_of(annotation: Optional[ast.expr]) -> str:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return annotation.id if isinstance(annotation, ast.Name) else ""


def _literal(value: Any, where: ast.AST) -> ast.expr:
    expression = ast.parse(repr(value), mode="eval").body
    for node in ast.walk(expression):
        _at(node, where)
    return expression


def _at(node: Any, where: ast.AST) -> Any:
    return ast.copy_location(node, where)
