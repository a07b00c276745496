"""The repository as the tests of its rules see it."""

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git knows or would add, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(
        sorted(Path(name) for name in set(listed.stdout.split("\0")) if name and (ROOT / name).is_file())
    )


@cache
def pyproject() -> dict[str, Any]:
    """The root's project file."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def packages() -> dict[str, Path]:
    """Every importable package of ours: name to folder, relative to the root."""
    folders = [ROOT / "extensions", ROOT / "hub_config", ROOT / "spawners", *(ROOT / "services").iterdir()]
    inits = (init for folder in folders if folder.is_dir() for init in folder.glob("hubkin*/__init__.py"))
    return {init.parent.name: init.parent.relative_to(ROOT) for init in inits}


def python_files(package: str) -> list[Path]:
    """The Python files of one package, absolute."""
    return sorted((ROOT / packages()[package]).rglob("*.py"))
