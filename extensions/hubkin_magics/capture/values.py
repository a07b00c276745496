"""Values that can be written down: literals as source, and expressions that make the same value anywhere."""

from __future__ import annotations

import ast
import math
from typing import Any, Callable, FrozenSet, Mapping, Optional, Tuple

LITERAL_LIMIT_BYTES = 4096
_DEEPEST = 20
#: Comparing a larger container with its source would take longer than anybody waits for a plan.
_COMPARE_LIMIT = 100_000


def _of(module: str, names: str) -> FrozenSet[Tuple[str, str]]:
    return frozenset((module, name) for name in names.split())


#: Calls whose result never changes afterwards, so that running them again is as good.
_CONSTANT_MAKERS = (
    _of("pathlib", "Path PurePath PosixPath")
    | _of("hubkin.outside", "data model")
    | _of("collections", "namedtuple")
    | _of("typing", "TypeVar NewType NamedTuple ParamSpec")
    | _of("re", "compile")
    | _of("logging", "getLogger")
    | _of("datetime", "timedelta date datetime timezone")
    | _of("functools", "partial")
    | _of("operator", "itemgetter attrgetter")
    | _of("decimal", "Decimal")
    | _of("_decimal", "Decimal")
    | _of("fractions", "Fraction")
    | _of("torch", "device")
    | _of("builtins", "range slice object")
)
#: Calls whose result is compared with the live one, which may have been changed since.  What asks about the
#: machine (`torch.cuda.is_available`) is asked again in the job, about the job's machine.
_VALUE_MAKERS = (
    _of("builtins", "dict list tuple set frozenset int float str bool bytes complex")
    | _of("builtins", "sorted min max sum len abs round divmod pow")
    | _of("collections", "OrderedDict defaultdict Counter deque")
    | _of("types", "SimpleNamespace")
    | _of("argparse", "Namespace")
    | _of("torch.cuda", "is_available")
    | _of("torch.backends.mps", "is_available")
    | _of("posix", "cpu_count")
    | _of("os", "cpu_count")
)
_PURE_NODES = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.JoinedStr, ast.FormattedValue, ast.Name),
    *(ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Starred, ast.Slice, ast.keyword),
    *(ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.comprehension),
)


def literal_source(value: Any, limit: int = LITERAL_LIMIT_BYTES) -> Optional[str]:
    """Return source that makes this value again, or None when it is not plain data or too long."""
    try:
        text = _written(value, 0)
    except _NotPlain:
        return None
    return text if len(text.encode("utf-8", "surrogatepass")) <= limit else None


class _NotPlain(Exception):
    pass


def _written(value: Any, depth: int) -> str:
    kind = type(value)
    if value is None or value is Ellipsis or kind in (bool, int, str, bytes):
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if kind is complex and math.isfinite(value.real) and math.isfinite(value.imag):
        return repr(value)
    if (
        depth > _DEEPEST
        or kind not in (tuple, list, dict, set, frozenset)
        or len(value) > LITERAL_LIMIT_BYTES
    ):
        raise _NotPlain
    if kind is dict:
        return (
            "{"
            + ", ".join(f"{_written(k, depth + 1)}: {_written(v, depth + 1)}" for k, v in value.items())
            + "}"
        )
    items = [_written(item, depth + 1) for item in value]
    if kind in (set, frozenset):
        inner = "{" + ", ".join(sorted(items)) + "}" if items else ""
        return f"frozenset({inner})" if kind is frozenset else inner or "set()"
    if kind is list:
        return "[" + ", ".join(items) + "]"
    return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"


class Purity:
    """Judges expressions: does this source, run in a fresh Python, make the value that the kernel has?"""

    def __init__(self, namespace: Mapping[str, Any], is_declared: Callable[[str], bool]) -> None:
        """Take the kernel's namespace, and whether a name stands for a module, a class or a function."""
        self._namespace = namespace
        self._is_declared = is_declared

    def is_pure(self, node: ast.AST) -> bool:
        """Whether the expression only combines literals, names and well-known constructors."""
        if isinstance(node, ast.Lambda):
            return all(self.is_pure(default) for default in _defaults(node.args))
        if isinstance(node, ast.Call):
            known = self._maker(node.func) is not None
            return (
                known
                and all(self.is_pure(a) for a in node.args)
                and all(self.is_pure(k.value) for k in node.keywords)
            )
        if isinstance(node, ast.Attribute):
            return self._is_constant_attribute(node)
        if isinstance(node, ast.Subscript):
            return self.is_pure(node.value) and self.is_pure(node.slice)
        if type(node).__name__ == "Index":  # the form of 3.8, still made by some tools
            return self.is_pure(node.value)  # type: ignore[attr-defined]
        if not isinstance(node, _PURE_NODES):
            return False
        return all(self.is_pure(child) for child in ast.iter_child_nodes(node))

    def agrees(self, node: ast.expr, live: Any) -> bool:
        """Whether a pure expression still makes the live value (a list may have been filled since)."""
        if isinstance(node, ast.Lambda) or (
            isinstance(node, ast.Call) and self._maker(node.func) == "constant"
        ):
            return True
        try:
            if len(live) > _COMPARE_LIMIT:
                return False
        except TypeError:
            pass
        try:
            code = compile(ast.Expression(body=node), "<literal>", "eval")
            made = eval(code, dict(self._namespace))  # noqa: S307 - it was judged pure
            return made is live or (
                type(made) is type(live) and bool(made == live or (made != made and live != live))
            )
        except (ArithmeticError, AttributeError, LookupError, NameError, TypeError, ValueError):
            return False

    def _maker(self, func: ast.expr) -> Optional[str]:
        found = self._live(func)
        key = (getattr(found, "__module__", None), getattr(found, "__qualname__", None))
        if key[0] == "pathlib._local":
            key = ("pathlib", key[1])
        if key in _CONSTANT_MAKERS:
            return "constant"
        return "value" if key in _VALUE_MAKERS else None

    def _live(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            import builtins

            return self._namespace.get(node.id, getattr(builtins, node.id, None))
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
            owner = self._live(node.value)
            return getattr(owner, node.attr, None) if type(owner).__name__ == "module" else None
        return None

    def _is_constant_attribute(self, node: ast.Attribute) -> bool:
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        return isinstance(root, ast.Name) and root.id not in ("os", "sys") and self._is_declared(root.id)


def _defaults(arguments: ast.arguments) -> list:  # type: ignore[type-arg]
    return [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
