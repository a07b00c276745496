"""Says which files and functions have grown past what reads well; called by `make sizes`.

The numbers are orientation, not limits: a file that wants to be longer is usually two things, and a
function with seven arguments is usually a value that has no name yet.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("extensions", "hub_config", "spawners", "services", "labextension/src", "tools", "tests")
SUFFIXES = {".py", ".ts", ".tsx", ".css", ".html", ".sh"}
SKIPPED = {"node_modules", "labextension", "static", "__pycache__", "lib"}

FILE_LINES = 400
FUNCTION_LINES = 40
ARGUMENTS = 6


def main() -> int:
    """Print what is over, longest first, and the figures of the whole."""
    sizes = {path: len(path.read_text().splitlines()) for path in sources()}
    long_files = sorted(((count, path) for path, count in sizes.items() if count > FILE_LINES), reverse=True)
    for count, path in long_files:
        print(f"{count:5} lines      {path.relative_to(ROOT)}")
    for path in sizes:
        for line in functions(path):
            print(line)
    ordered = sorted(sizes.values())
    if ordered:
        print(
            f"{len(ordered)} files, {sum(ordered)} lines, median {ordered[len(ordered) // 2]}, "
            f"95 of 100 have at most {ordered[int(len(ordered) * 0.95)]}, {len(long_files)} over {FILE_LINES}"
        )
    return 0


def sources() -> Iterator[Path]:
    """Every file that people write."""
    for folder in FOLDERS:
        start = ROOT / folder
        for path in sorted(start.rglob("*")):
            inside = set(path.relative_to(start).parts)
            if path.suffix in SUFFIXES and path.is_file() and not inside & SKIPPED:
                yield path


def functions(path: Path) -> Iterator[str]:
    """The functions of a Python file that are long or take much."""
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{lines:5} lines      {where}"
            arguments = len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs])
            if arguments > ARGUMENTS + 1:  # self is not counted
                yield f"{arguments:5} arguments  {where}"


if __name__ == "__main__":
    sys.exit(main())
