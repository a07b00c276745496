"""The same cells run by the agent's cell runner, as a replica of a job runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.capture.cases import RUNS, Case
from tests.unit.capture.kernels import Notebook, run_as_job


@pytest.mark.parametrize("case", RUNS, ids=lambda case: case.title.replace(" ", "-"))
def test_a_cell_runs_as_a_job(case: Case, notebook: Notebook, tmp_path: Path) -> None:
    for place, text in case.files.items():
        path = notebook.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    notebook.run(*case.history)

    ran, _ = run_as_job(notebook.capture(case.cell, **case.options), tmp_path / "run")

    assert (ran.stdout.strip(), ran.returncode) == (case.prints.strip(), 0), ran.stderr


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("def main(n: int = 2):\n    return {'n': n}\nmain()", {"n": 5}),
        ("async def main(n: int = 2): return n\nawait main();", 5),
        ("n = 1\nn * 2", 10),
    ],
)
def test_the_value_of_the_last_expression_is_the_result(
    cell: str, value: object, notebook: Notebook, tmp_path: Path
) -> None:
    _, result = run_as_job(notebook.capture(cell, params={"n": "5"}), tmp_path / "run")

    assert result is not None
    assert result["value"] == value


@pytest.mark.parametrize(
    "cell", ["def main(n: int = 2, m: int = 1): return n * m\nmain()", "n, m = 2, 1\nn = 2\nm = 1\nn * m"]
)
def test_a_later_run_may_have_other_params(cell: str, notebook: Notebook, tmp_path: Path) -> None:
    given = {} if cell.startswith("n,") else {"n": "3"}

    _, result = run_as_job(notebook.capture(cell, params=given), tmp_path / "run", params={"n": 7})

    assert result is not None
    assert result["value"] == 7


def test_a_failure_names_the_lines_of_the_file(notebook: Notebook, tmp_path: Path) -> None:
    notebook.run("def f():\n    raise ValueError('no')")

    ran, error = run_as_job(notebook.capture("f()"), tmp_path / "run")

    assert ran.returncode == 1
    assert error is not None
    assert (error["type"], error["message"]) == ("ValueError", "no")
    assert {frame["file"] for frame in error["frames"]} == {".hubkin/cell.py"}
