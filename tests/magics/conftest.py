"""Real kernels, with the startup file of the wheel, against a platform on loopback."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.magics.working_platform import WorkingWorld, running

ROOT = Path(__file__).parents[2]
STARTUP = ROOT / "extensions" / "etc" / "ipython" / "startup" / "50-hubkin.py"
CARD = "application/vnd.hubkin.job+json"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WorkingWorld]:
    """A platform that runs what is submitted to it."""
    with running(tmp_path / "runs") as world:
        yield world


@pytest.fixture
def environment(world: WorkingWorld, tmp_path: Path) -> dict[str, str]:
    """The variables of a notebook server on the working platform."""
    return kernel_environment(tmp_path, world.url + "/services/hubkin/api/v1", "secret")


def kernel_environment(home: Path, url: str, token: str) -> dict[str, str]:
    """The variables of a notebook server: a home of its own, with the startup file that the wheel brings."""
    startup = home / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    shutil.copy(STARTUP, startup)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HUBKIN", "LC_", "LANG"))
    }
    return kept | {
        "IPYTHONDIR": str(home / "ipython"),
        "HOME": str(home),
        "HUBKIN_API_URL": url,
        "HUBKIN_TOKEN": token,
        "HUBKIN_PUBLIC_URL": "https://hub.example",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "JUPYTER_PATH": str(Path(sys.prefix, "share", "jupyter")),
    }


@dataclass
class Played:
    """A notebook after its cells ran."""

    cells: list[Any]

    def text(self, number: int) -> str:
        """Everything that a cell shows without our extension."""
        parts = []
        for output in self.cells[number].outputs:
            parts.append(output.get("text") or output.get("data", {}).get("text/plain") or "")
            parts.extend(output.get("traceback") or [])
        return "".join(parts)

    def card(self, number: int) -> Any:
        """The card of a cell."""
        for output in self.cells[number].outputs:
            if CARD in output.get("data", {}):
                return output["data"][CARD]
        raise AssertionError(f"cell {number} shows no card, but: {self.text(number)}")

    def html(self, number: int) -> str:
        """The snapshot for where our extension is not."""
        return next(o["data"]["text/html"] for o in self.cells[number].outputs if CARD in o.get("data", {}))


Play = Callable[..., Played]


@pytest.fixture
def play(environment: dict[str, str], tmp_path: Path, record_real_system: Callable[[str, str], None]) -> Play:
    """Run cells in a real kernel, in a folder of their own; a cell that fails ends it like "run all" does."""
    record_real_system("IPython", version("ipython"))
    record_real_system("ipykernel", version("ipykernel"))
    work = tmp_path / "work"
    work.mkdir()

    def call(*cells: str, fails: bool = False, **variables: str) -> Played:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        client = NotebookClient(
            notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(work)}}
        )
        if fails:
            with pytest.raises(CellExecutionError):
                client.execute(env=environment | variables)
        else:
            client.execute(env=environment | variables)
        return Played(notebook.cells)

    return call
