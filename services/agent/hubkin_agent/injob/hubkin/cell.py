"""Runs a captured cell as ``__main__``: ``python -m hubkin.cell .hubkin/cell.py [ARGUMENT...]``.

The value of its last expression, on rank 0, becomes the job's result.  An exception is printed as Python
prints it, and written down in parts, so that the kernel which submitted the cell can show it there.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import os
import sys
import traceback
import types
from pathlib import Path
from typing import Any, Dict, List, Optional

from . import outputs, params
from .parameters import with_parameters
from .result import write_result

_OWN_FILES = frozenset({__file__, asyncio.__file__})


def main(argv: List[str]) -> int:
    """Run the cell; return the process's exit code."""
    if not argv:
        sys.stderr.write("usage: python -m hubkin.cell FILE [ARGUMENT...]\n")
        return 2
    path = os.path.abspath(argv[0])
    os.environ.setdefault("MPLBACKEND", "module://hubkin.figures")
    sys.argv = [path, *argv[1:]]
    # The code folder is where imports are looked for, as for a script in it.
    sys.path[0] = os.environ.get("HUBKIN_CODE") or os.getcwd()
    module = _as_main(path)
    try:
        value = _run(path, module)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the cell raises is its owner's to see
        _fail(error)
        return 1
    if _rank() == 0:
        write_result(value, outputs)
    return 0


def _as_main(path: str) -> types.ModuleType:
    """Put an empty ``__main__`` in our place: pickles and child processes look for the cell's names there."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=path, __spec__=None, __builtins__=__builtins__, __annotations__={})
    sys.modules["__main__"] = module
    return module


def _run(path: str, module: types.ModuleType) -> Any:
    """Execute the file; return the value of its last statement if that is an expression."""
    source = Path(path).read_bytes()
    tree = ast.parse(source, filename=path)
    said = _said(path)
    changed = _changed(said)
    tree = with_parameters(_without(tree, changed), changed, calls_main=said.get("call_main") is True)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, path, "exec"), module.__dict__)  # noqa: S102 - running it is what we are for
    if last is None:
        return None
    expression = compile(ast.Expression(last.value), path, "eval")
    value = eval(expression, module.__dict__)  # noqa: S307
    return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value


async def _awaited(value: Any) -> Any:
    return await value


def _said(path: str) -> Dict[str, Any]:
    """Return what the client wrote beside the cell: its parameters, and which stand in the file already."""
    try:
        said = json.loads(Path(path).with_name("params.json").read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(said, dict):
        return {}
    given = said.get("params")
    if isinstance(given, dict):
        params.update({name: value for name, value in given.items() if name not in params})
    return said


def _changed(said: Dict[str, Any]) -> Dict[str, Any]:
    """Return the parameters that are still to be set: this run may have others than the file has."""
    applied = said.get("applied")
    if not isinstance(applied, dict):
        return params
    return {name: value for name, value in params.items() if name not in applied or applied[name] != value}


def _without(tree: ast.Module, names: Dict[str, Any]) -> ast.Module:
    """Drop arguments of the last call that are about to be given anew."""
    last = tree.body[-1] if tree.body else None
    call = last.value if isinstance(last, ast.Expr) else None
    if isinstance(call, ast.Await):
        call = call.value
    if isinstance(call, ast.Call):
        call.keywords = [one for one in call.keywords if one.arg not in names]
    return tree


def _fail(error: BaseException) -> None:
    """Print the traceback without our own frames, and write it down in parts."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename in _OWN_FILES:
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    said = {
        "v": 1,
        "rank": _rank(),
        "type": type(error).__name__,
        "message": str(error),
        "frames": [_frame(one) for one in _frames(error, trace)],
        "traceback": "".join(traceback.format_exception(type(error), error, trace)),
    }
    path = outputs / ".hubkin" / "error.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Created, never replaced: the first rank that fails in this folder is the one to tell about.
        with open(str(path), "x", encoding="utf-8") as file:
            json.dump(said, file)
    except OSError as refusal:
        sys.stderr.write("hubkin: error.json was not written: %s\n" % refusal)


def _frames(error: BaseException, trace: Optional[types.TracebackType]) -> List[traceback.FrameSummary]:
    frames = list(traceback.extract_tb(trace))
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        frames.append(traceback.FrameSummary(error.filename, error.lineno, "<module>", line=error.text or ""))
    return frames


def _frame(frame: traceback.FrameSummary) -> Dict[str, Any]:
    code = os.environ.get("HUBKIN_CODE") or os.getcwd()
    inside = os.path.abspath(frame.filename).startswith(os.path.join(code, ""))
    file = os.path.relpath(frame.filename, code) if inside else frame.filename
    return {"file": file, "line": frame.lineno, "function": frame.name, "text": frame.line or ""}


def _rank() -> int:
    text = os.environ.get("RANK", "0")
    return int(text) if text.isdigit() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
