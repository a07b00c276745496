"""Parameters of a cell: the arguments of its ``main()``, or its leading literal assignments."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from hubkin_magics.capture.problems import Problem
from hubkin_magics.capture.values import literal_source

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True)
class Slot:
    """One parameter: where its default stands, and what type it wants."""

    name: str
    annotation: Optional[ast.expr]
    default: Optional[ast.expr]


class BadValue(Exception):
    """The text is not a value of the wanted type; the message names the type."""


def main_call(body: Sequence[ast.stmt]) -> Optional[ast.Call]:
    """Return the call when the last statement is ``main()`` or ``await main()``."""
    last = body[-1] if body else None
    value = last.value if isinstance(last, ast.Expr) else None
    if isinstance(value, ast.Await):
        value = value.value
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name) or value.func.id != "main":
        return None
    return value if not value.args and not value.keywords else None


def main_slots(function: ast.stmt) -> Optional[List[Slot]]:
    """Return the parameters of ``main``; None when one has no default."""
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    if len(arguments.defaults) < len(plain) or any(default is None for default in arguments.kw_defaults):
        return None
    pairs = list(zip(plain, arguments.defaults))[len(arguments.posonlyargs) :]
    pairs += [
        (one, default)
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults)
        if default is not None
    ]
    return [Slot(one.arg, one.annotation, default) for one, default in pairs]


def leading_slots(body: Sequence[ast.stmt]) -> Dict[int, Slot]:
    """Return the literal assignments that begin a cell, by statement; imports may stand between them."""
    slots: Dict[int, Slot] = {}
    for index, node in enumerate(body):
        if isinstance(node, (ast.Import, ast.ImportFrom)) or _is_text(node):
            continue
        slot = assigned_slot(node)
        if slot is None:
            break
        slots[index] = slot
    return slots


def assigned_slot(node: ast.stmt) -> Optional[Slot]:
    """Return the parameter that ``NAME = literal`` declares."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        return Slot(node.target.id, node.annotation, node.value) if is_literal(node.value) else None
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return Slot(node.targets[0].id, None, node.value) if is_literal(node.value) else None
    return None


def is_literal(node: ast.expr) -> bool:
    """Whether `ast.literal_eval` can read it."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def default_of(slot: Slot) -> Tuple[bool, Any]:
    """Return whether the default is a literal, and its value."""
    if slot.default is None or not is_literal(slot.default):
        return False, None
    return True, ast.literal_eval(slot.default)


def read(text: Any, slot: Slot) -> Tuple[str, Any]:
    """Return the source and the value of a parameter given as text.

    Raises:
        BadValue: The text does not fit the annotation.
    """
    if not isinstance(text, str):
        return _source(text), text
    if slot.annotation is not None:
        return _annotated(text, slot.annotation)
    has_default, default = default_of(slot)
    value = _like(text, default) if has_default and default is not None else _guess(text)
    return _source(value), value


def _source(value: Any) -> str:
    written = literal_source(value, limit=1 << 20)
    if written is None:
        raise BadValue(type(value).__name__)
    return written


def _annotated(text: str, annotation: ast.expr) -> Tuple[str, Any]:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return _annotated(text, ast.parse(annotation.value, mode="eval").body)
        except SyntaxError:
            raise BadValue(annotation.value) from None
    options = _options(annotation)
    if len(options) > 1:
        return _first_fitting(text, options, ast.unparse(annotation))
    kind = ast.unparse(annotation)
    name = kind.split("[")[0].split(".")[-1]
    if name == "Literal":
        return _literal(text, annotation, kind)
    if name in ("Path", "PurePath", "PosixPath"):
        return f"{kind}({text!r})", text
    if name == "str":
        return repr(text), text
    if kind == "None":
        if text.lower() in ("none", "null"):
            return "None", None
        raise BadValue(kind)
    value = _of(text, name, kind)
    return _source(value), value


def _of(text: str, name: str, kind: str) -> Any:
    try:
        if name == "float":
            return float(text)
        if name == "int":
            return int(text.replace("_", ""), 0) if text[:2].lower() in ("0x", "0b", "0o") else _integer(text)
        if name == "bool":
            return _boolean(text)
    except ValueError:
        raise BadValue(kind) from None
    value = _guess(text)
    wanted = {
        "list": list,
        "List": list,
        "Sequence": list,
        "tuple": tuple,
        "Tuple": tuple,
        "dict": dict,
        "Dict": dict,
    }.get(name)
    if wanted is tuple and isinstance(value, list):
        value = tuple(value)
    if wanted is not None and not isinstance(value, wanted):
        raise BadValue(kind)
    return value


def _integer(text: str) -> int:
    number = float(text)
    if "e" in text.lower() and number == int(number):
        return int(number)
    return int(text)


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(text)


def _options(annotation: ast.expr) -> List[ast.expr]:
    """Return the members of ``X | None``, ``Optional[X]`` and ``Union[X, Y]``."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _options(annotation.left) + _options(annotation.right)
    if isinstance(annotation, ast.Subscript):
        name = ast.unparse(annotation.value).split(".")[-1]
        inner = (
            getattr(annotation.slice, "value", annotation.slice)
            if type(annotation.slice).__name__ == "Index"
            else annotation.slice
        )
        if name == "Optional":
            return [*_options(inner), ast.Constant(value=None)]
        if name == "Union" and isinstance(inner, ast.Tuple):
            return [option for member in inner.elts for option in _options(member)]
    return [annotation]


def _first_fitting(text: str, options: Sequence[ast.expr], kind: str) -> Tuple[str, Any]:
    # None and numbers first: as a str everything fits.
    for option in sorted(options, key=lambda option: ast.unparse(option) == "str"):
        try:
            return _annotated(text, option)
        except BadValue:
            continue
    raise BadValue(kind)


def _literal(text: str, annotation: ast.expr, kind: str) -> Tuple[str, Any]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and str(node.value) == text:
            return repr(node.value), node.value
    raise BadValue(kind)


def _like(text: str, default: Any) -> Any:
    """Read the text as the default's type; an int may become a float, nothing else changes type silently."""
    if isinstance(default, bool):
        try:
            return _boolean(text)
        except ValueError:
            raise BadValue("bool") from None
    if isinstance(default, str):
        return text
    value = _guess(text)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, (int, float)) and (
        isinstance(value, bool) or not isinstance(value, (int, float, type(None)))
    ):
        raise BadValue(type(default).__name__)
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(value)
    return value


def _guess(text: str) -> Any:
    """Read JSON, then a Python literal, else keep the text."""
    try:
        return json.loads(text, parse_constant=float)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def check_names(params: Mapping[str, Any], known: Sequence[str]) -> List[Problem]:
    """Return a problem for every parameter that the cell does not have."""
    problems = []
    for name in params:
        if name not in known:
            code = "unknown_param" if known else "no_params"
            problems.append(Problem(code, {"name": name, "known": list(known)}))
    return problems


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
