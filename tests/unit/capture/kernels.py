"""A kernel without Jupyter: executes cells, captures the last one, and runs what came out of it."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import hubkin_agent
from hubkin_magics.capture import Capture, Kernel, Options, capture
from hubkin_magics.capture.lines import plain


@dataclass
class Notebook:
    """Cells are executed for real in one namespace; a cell that fails stays half executed, as in a kernel."""

    folder: Path
    sources: list[str] = field(default_factory=lambda: [""])
    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    search: list[str] = field(default_factory=list)
    git_root: Path | None = None
    editable: dict[str, str] = field(default_factory=dict)

    def run(self, *cells: str) -> None:
        """Execute cells; each becomes the next ``In[n]``."""
        for cell in cells:
            self.sources.append(cell)
            source = plain(cell)
            if not source.is_python:
                continue
            code = compile(source.text, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            with redirect_stdout(StringIO()):
                self._execute(code)

    def _execute(self, code: Any) -> None:
        with suppress(ZeroDivisionError):  # a cell that fails half-way
            result = eval(code, self.namespace)
            if asyncio.iscoroutine(result):
                asyncio.run(result)

    def capture(self, cell: str, **options: Any) -> Capture:
        """Capture a cell that is about to run as a job."""
        kernel = Kernel(
            sources=self.sources,
            namespace=self.namespace,
            cwd=str(self.folder),
            modules=sys.modules,
            search=[*(self.search or [""]), *sys.path],
            git_root=str(self.git_root) if self.git_root else None,
            editable=self.editable,
        )
        return capture(cell, kernel, Options(**options))


def run_as_job(
    captured: Capture, folder: Path, params: dict[str, Any] | None = None
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any] | None]:
    """Lay the code folder out and run its cell as a replica does; return what it printed and its result."""
    code, outputs = folder / "code", folder / "outputs"
    outputs.mkdir(parents=True)
    captured.write(str(code))
    injob = Path(hubkin_agent.__file__).parent / "injob"
    env = os.environ | {"PYTHONPATH": str(injob), "HUBKIN_OUTPUTS": str(outputs), "HUBKIN_CODE": str(code)}
    env |= {"HUBKIN_PARAMS": json.dumps(dict(captured.params) | (params or {}))}
    command = [sys.executable, "-m", "hubkin.cell", ".hubkin/cell.py"]
    ran = subprocess.run(command, cwd=code, env=env, capture_output=True, text=True, timeout=60, check=False)
    for name in ("result.json", "error.json"):
        if (outputs / ".hubkin" / name).exists():
            return ran, json.loads((outputs / ".hubkin" / name).read_text())
    return ran, None


def run_tree(captured: Capture, folder: Path) -> subprocess.CompletedProcess[str]:
    """Lay the code folder out and run its cell there, in a fresh Python."""
    captured.write(str(folder))
    return subprocess.run(
        [sys.executable, ".hubkin/cell.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
