"""Every cell of the table is captured, laid out, compiled and run in a fresh Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.capture.cases import RUNS, Case
from tests.unit.capture.kernels import Notebook, run_tree


@pytest.mark.parametrize("case", RUNS, ids=lambda case: case.title.replace(" ", "-"))
def test_a_captured_cell_prints_what_it_would_here(case: Case, notebook: Notebook, tmp_path: Path) -> None:
    for place, text in case.files.items():
        path = notebook.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    notebook.run(*case.history)

    captured = notebook.capture(case.cell, **case.options)
    ran = run_tree(captured, tmp_path / "code")

    assert (ran.stdout.strip(), ran.returncode) == (case.prints.strip(), 0), ran.stderr + cell_of(captured)
    if case.takes is not None:
        assert {taken.name for taken in captured.taken} == case.takes


def cell_of(captured) -> str:
    return next(file.read().decode() for file in captured.files if file.place == ".hubkin/cell.py")


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(RUNS) >= 60
