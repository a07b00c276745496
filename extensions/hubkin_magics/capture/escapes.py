"""What becomes of a cell's IPython lines: packages, variables, setup commands, notes, or a refusal."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple

from hubkin_magics.capture.lines import Escape
from hubkin_magics.capture.problems import Fix, Problem

_DROPPED = frozenset({"matplotlib", "autoreload", "load_ext"})
_PIP = re.compile(
    r"^[!%]?\s*(?:(?:\{sys\.executable\}|\S*python[\d.]*)\s+-m\s+)?(?:uv\s+)?pip[\d.]*\s+install\s+(?P<rest>.+)$"
)
_FLAGS_WITH_VALUE = frozenset(
    {
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "-t",
    }
    | {"--target", "--prefix", "--python", "--root"}
)
_PYTHON_VALUE = re.compile(r"(?<!\$)\{([A-Za-z_][\w.\[\]'\"]*)\}")


@dataclass
class Extras:
    """What a cell asks for beside its Python."""

    pip: List[str] = field(default_factory=list)
    env: Dict[str, str] = field(default_factory=dict)
    setup: List[str] = field(default_factory=list)
    notes: List[Problem] = field(default_factory=list)
    problems: List[Problem] = field(default_factory=list)

    def read(
        self, escapes: Tuple[Escape, ...], *, first_statement: Optional[int], namespace: Mapping[str, Any]
    ) -> None:
        """Sort a cell's escapes; ``first_statement`` is the line of its first Python statement."""
        for escape in escapes:
            problem = self._sort(escape, first_statement, namespace)
            if problem is not None:
                self.problems.append(problem)

    def _sort(
        self, escape: Escape, first_statement: Optional[int], namespace: Mapping[str, Any]
    ) -> Optional[Problem]:
        told = {"line": escape.line, "text": escape.text}
        pip = _PIP.match(escape.text)
        if pip and not escape.assigns and not escape.indent:
            self.pip.extend(requirements(pip.group("rest")))
            return None
        if escape.text.startswith("!") and not escape.text.startswith("!!") and not escape.indent:
            return self._shell(escape, told, first_statement, namespace)
        name, _, rest = escape.text.lstrip("%").partition(" ")
        if escape.text.startswith("%") and not escape.text.startswith("%%"):
            if name in _DROPPED:
                self.notes.append(Problem("dropped_magic", told, line=escape.line))
                return None
            assignment = _environment(rest) if name in ("env", "set_env") else None
            if assignment and not escape.indent and "{" not in rest and "$" not in rest:
                self.env[assignment[0]] = assignment[1]
                return None
        return Problem("magic_refused", told, line=escape.line)

    def _shell(
        self,
        escape: Escape,
        told: Dict[str, Any],
        first_statement: Optional[int],
        namespace: Mapping[str, Any],
    ) -> Optional[Problem]:
        command = escape.text[1:].strip()
        if first_statement is not None and escape.line > first_statement:
            fix = Fix("use_setup", "", {})
            return Problem("shell_after_statement", told, (fix,), line=escape.line)
        if any(name.split(".")[0].split("[")[0] in namespace for name in _PYTHON_VALUE.findall(command)):
            return Problem("shell_uses_python", told, line=escape.line)
        self.setup.append(command)
        return None


def requirements(rest: str) -> List[str]:
    """Return the packages of a ``pip install`` line, without its options."""
    try:
        words = shlex.split(rest, comments=True)
    except ValueError:
        words = rest.split()
    found: List[str] = []
    skip = False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in _FLAGS_WITH_VALUE
            continue
        found.append(word)
    return found


def _environment(rest: str) -> Optional[Tuple[str, str]]:
    """Read ``A=1`` or ``A 1`` as `%env` does."""
    found = re.match(r"^\s*([A-Za-z_]\w*)\s*(?:=|\s)\s*(.*)$", rest)
    return (found.group(1), found.group(2).strip()) if found and found.group(2).strip() else None
