"""The agent and the magics stand on the standard library, of the Python versions they promise."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.sources import ROOT, packages, python_files

RUFF = Path(sys.executable).parent / "ruff"
# Package, what it may import beside the standard library and itself, the oldest Python it runs on.
ALONE = [
    # Its injob folder brings its own `hubkin`, is a backend to matplotlib where a job has that, and asks for
    # cloudpickle where the standard library cannot pickle.
    ("hubkin_agent", {"hubkin", "matplotlib", "cloudpickle"}, "py38"),
    ("hubkin_magics", {"IPython", "cloudpickle", "hubkin"}, "py39"),
]


def foreign(path: Path, own: set[str]) -> set[str]:
    """The top-level names that a file imports and that neither Python nor `own` has."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names - sys.stdlib_module_names - own


@pytest.mark.parametrize(("package", "allowed", "_oldest"), ALONE)
def test_it_imports_the_standard_library_only(package: str, allowed: set[str], _oldest: str) -> None:
    own = {package, *allowed}

    found = {path.name: foreign(path, own) for path in python_files(package) if foreign(path, own)}

    assert found == {}


@pytest.mark.parametrize(
    "name",
    [
        "transport.py",
        "exchange.py",
        "events.py",
        "problems.py",
        "outside.py",
        "fetched.py",
        "pull.py",
        "reference.py",
        "upload.py",
        "taken.py",
        "digest.py",
        "moving.py",
        "meter.py",
    ],
)
def test_the_client_without_dependencies_has_none(name: str) -> None:
    assert foreign(ROOT / packages()["hubkin"] / name, {"hubkin"}) == set()


def test_a_foreign_import_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\ndef f():\n    from requests import get\n")

    assert foreign(tmp_path / "a.py", set()) == {"requests"}


@pytest.mark.parametrize(("package", "_allowed", "oldest"), ALONE)
def test_it_is_written_in_the_oldest_python_it_promises(
    package: str, _allowed: set[str], oldest: str
) -> None:
    done = old_python(ROOT / packages()[package], oldest)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "line", ["match 1:\n    case 1: pass", "def f(a: int | None): ...", "a: list[int] = []"]
)
def test_newer_python_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.py").write_text(f"{line}\n")

    assert old_python(tmp_path, "py38").returncode == 1


def old_python(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    """Ask ruff for syntax and annotations that the version does not have."""
    return subprocess.run(
        [
            RUFF,
            "check",
            "--isolated",
            "--no-cache",
            "--select",
            "E9,F,FA102",
            "--target-version",
            version,
            folder,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
