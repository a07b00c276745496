"""Which modules of the user's own travel with a cell: the static import graph; nothing is imported."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from hubkin_magics.capture.names import parse
from hubkin_magics.capture.problems import Problem, size_text

MODULES_LIMIT_BYTES = 20_000_000
_SUFFIXES = (".so", ".pyd", ".abi3.so")
_FOREIGN = ("site-packages", "dist-packages")
#: The module of this name inside a job is the platform's own.
_OURS = frozenset({"hubkin", "hubkin_magics"})


@dataclass(frozen=True)
class Module:
    """One source file that travels: where it is here, and where it goes in the code folder."""

    name: str
    path: str
    place: str
    size: int


@dataclass(frozen=True)
class Graph:
    """All modules that travel, the folders that must be on ``sys.path``, and what to tell."""

    modules: Tuple[Module, ...]
    search: Tuple[str, ...]
    warnings: Tuple[Problem, ...]


class ModuleFinder:
    """Follows imports through ``.py`` files under the code folder, its git root and editable installs."""

    def __init__(
        self,
        *,
        root: str,
        roots: Sequence[str],
        search: Sequence[str],
        editable: Optional[Mapping[str, str]] = None,
    ) -> None:
        """Take the code folder, the folders whose modules travel, ``sys.path``, and editable packages."""
        self._root = os.path.realpath(root)
        self._roots = [os.path.realpath(path) for path in roots]
        self._search = _unique([os.path.realpath(path) for path in search])
        self._editable = dict(editable or {})
        self._found: Dict[str, Module] = {}
        self._entries: Set[str] = set()
        self._warnings: List[Problem] = []
        self._asked: Set[str] = set()

    def follow(self, source: str) -> None:
        """Take every module that this source imports, and what those import."""
        waiting = [(name, "") for name in imports_of(source)]
        while waiting:
            name, _ = waiting.pop()
            for module in self._take(name):
                try:
                    with open(module.path, encoding="utf-8", errors="replace") as file:
                        text = file.read()
                except OSError:
                    continue
                package = (
                    module.name if module.path.endswith("__init__.py") else module.name.rpartition(".")[0]
                )
                waiting.extend((found, package) for found in imports_of(text, package=package))

    def graph(self) -> Graph:
        """Return what was found, in order of place."""
        modules = tuple(sorted(self._found.values(), key=lambda module: module.place))
        return Graph(modules, tuple(sorted(self._entries - {"."})), tuple(self._warnings))

    def _take(self, name: str) -> Iterator[Module]:
        """Take a dotted name: its packages' ``__init__`` and the module itself; yield what is new."""
        parts = name.split(".")
        if parts[0] in _OURS or name in self._asked:
            return
        self._asked.add(name)
        entry = self._entry(parts[0])
        if entry is None:
            return
        for depth in range(1, len(parts) + 1):
            dotted = ".".join(parts[:depth])
            path = _file_of(os.path.join(entry, *parts[:depth]))
            if path is not None and dotted not in self._found:
                module = Module(dotted, path, self._place(entry, path), os.path.getsize(path))
                self._found[dotted] = module
                yield module

    def _entry(self, top: str) -> Optional[str]:
        """Return the folder that the kernel imports this name from, if it is one of the user's own."""
        if top in self._editable:
            entry = os.path.realpath(os.path.dirname(self._editable[top]))
            return self._noted(entry)
        fallback = None
        for entry in self._search:
            kind = _kind_of(os.path.join(entry, top))
            if kind is None or (kind == "namespace" and not self._is_own(entry)):
                continue
            if kind == "namespace":
                fallback = fallback or entry
                continue
            if kind == "compiled" and self._is_own(entry):
                self._warnings.append(Problem("compiled_module", {"path": os.path.join(entry, top)}))
                return None
            if self._is_own(entry):
                return self._noted(entry)
            if not self._is_installed(entry):
                self._warnings.append(Problem("module_outside", {"name": top, "path": entry}))
            return None
        return self._noted(fallback) if fallback else None

    def _noted(self, entry: str) -> str:
        self._entries.add(
            os.path.relpath(entry, self._root).replace(os.sep, "/") if _is_under(entry, self._root) else "."
        )
        return entry

    def _is_own(self, entry: str) -> bool:
        return not self._is_installed(entry) and any(_is_under(entry, root) for root in self._roots)

    @staticmethod
    def _is_installed(entry: str) -> bool:
        parts = entry.split(os.sep)
        # A file ``os.py`` marks the standard library, wherever this interpreter keeps it.
        return (
            any(part in _FOREIGN for part in parts)
            or os.path.exists(os.path.join(entry, "os.py"))
            or parts[-1] == "lib-dynload"
            or entry.endswith(".zip")
        )

    def _place(self, entry: str, path: str) -> str:
        base = self._root if _is_under(path, self._root) else entry
        return os.path.relpath(path, base).replace(os.sep, "/")


def modules_too_large(graph: Graph) -> Optional[Problem]:
    """Return a problem when the modules are more than may travel."""
    total = sum(module.size for module in graph.modules)
    if total <= MODULES_LIMIT_BYTES:
        return None
    largest = sorted(graph.modules, key=lambda module: -module.size)[:3]
    names = [f"{module.place} ({size_text(module.size)})" for module in largest]
    return Problem("modules_too_large", {"size": size_text(total), "largest": names})


def imports_of(source: str, *, package: str = "") -> List[str]:
    """Return the dotted names that some source may import; literal `import_module` calls count."""
    tree, _ = parse(source)
    if tree is None:
        return []
    found: List[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            if base:
                found.append(base)
                found.extend(f"{base}.{alias.name}" for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Call):
            found.extend(_dynamic(node))
    return _unique(found)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - (node.level - 1)] if node.level > 1 else parts
    return ".".join(kept + ([node.module] if node.module else []))


def _dynamic(node: ast.Call) -> Iterator[str]:
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if name in ("import_module", "__import__") and node.args:
        first = node.args[0]
        if (
            isinstance(first, ast.Constant)
            and isinstance(first.value, str)
            and not first.value.startswith(".")
        ):
            yield first.value


def _kind_of(base: str) -> Optional[str]:
    if os.path.isfile(os.path.join(base, "__init__.py")) or os.path.isfile(base + ".py"):
        return "source"
    folder, name = os.path.split(base)
    if os.path.isdir(base):
        return "namespace"
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    return "compiled" if any(n.startswith(name + ".") and n.endswith(_SUFFIXES) for n in names) else None


def _file_of(base: str) -> Optional[str]:
    for path in (os.path.join(base, "__init__.py"), base + ".py"):
        if os.path.isfile(path):
            return path
    return None


def _is_under(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _unique(items: Iterable[str]) -> List[str]:
    return list(dict.fromkeys(items))
