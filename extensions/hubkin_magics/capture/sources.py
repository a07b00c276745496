"""How a live object can be made again from source: by an import, or by the definition that made it."""

from __future__ import annotations

import ast
import types
import zlib
from typing import Any, List, Mapping, Optional, Tuple


def number_of(text: str) -> int:
    """Return a small number that is the same in every process."""
    return zlib.crc32(text.encode()) & 0xFFFFFF


def aliases(node: ast.stmt, name: str) -> List[Tuple[str, bool]]:
    """Return the imports of a statement that bind the name, and whether each only adds a submodule to it."""
    found: List[Tuple[str, bool]] = []
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname == name:
                found.append((f"import {alias.name} as {name}", False))
            elif alias.asname is None and alias.name.split(".")[0] == name:
                found.append((f"import {alias.name}", True))
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                found.append((f"from {module} import {name}", False))
            elif (alias.asname or alias.name) == name:
                renamed = f" as {alias.asname}" if alias.asname else ""
                found.append((f"from {module} import {alias.name}{renamed}", False))
    return found


def import_of(name: str, live: Any, modules: Mapping[str, Any]) -> Optional[str]:
    """Return the import that binds the live object to the name, if there is one."""
    if isinstance(live, types.ModuleType):
        module = live.__name__
        if modules.get(module) is not live or module == "__main__":
            return None
        return f"import {module}" if module == name else f"import {module} as {name}"
    owner, attribute = getattr(live, "__module__", None), getattr(live, "__name__", None)
    if not owner or owner == "__main__" or not attribute or not isinstance(attribute, str):
        return None
    if getattr(modules.get(owner), attribute, None) is not live:
        return None
    return f"from {owner} import {attribute}" + (f" as {name}" if attribute != name else "")


def is_same_code(node: ast.stmt, live: types.FunctionType) -> bool:
    """Whether the live function was made by this definition."""
    try:
        module = compile(ast.Module(body=[node], type_ignores=[]), "<cell>", "exec")
    except (SyntaxError, ValueError):
        return False
    for constant in module.co_consts:
        if isinstance(constant, types.CodeType) and constant.co_name == live.__code__.co_name:
            return _shape(constant) == _shape(live.__code__)
    return False


def _shape(code: types.CodeType) -> Tuple[Any, ...]:
    constants = tuple(_shape(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts)
    return (code.co_code, code.co_names, code.co_varnames, constants)


def is_system_test(node: ast.expr) -> bool:
    """Whether a test asks for the Python or the system it runs on, or for a type checker."""
    roots = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return roots <= {"sys", "TYPE_CHECKING", "typing", "os"} and not any(
        isinstance(n, ast.Call) for n in ast.walk(node)
    )
