"""``%%train`` where there is no browser: in a terminal console and in papermill."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import nbformat
import papermill
import pexpect
import pytest
from papermill.exceptions import PapermillExecutionError

from tests.magics.working_platform import WorkingWorld


def test_a_console_shows_the_plan_as_text_and_submits_it(
    world: WorkingWorld,
    environment: dict[str, str],
    tmp_path: Path,
    record_real_system: Callable[[str, str], None],
) -> None:
    record_real_system("jupyter-console", version("jupyter-console"))
    world.plan_confirm = True
    words = ["-m", "jupyter_console", "--simple-prompt", "--ZMQTerminalInteractiveShell.banner="]
    console = pexpect.spawn(
        sys.executable, words, cwd=tmp_path, env=environment, encoding="utf-8", timeout=60
    )
    console.setecho(False)

    console.expect(r"In \[1\]")
    console.sendline("def f(): return 6 * 7")
    console.expect(r"In \[2\]")
    console.sendline("get_ipython().run_cell_magic('train', 'answer', 'f()')")
    console.expect("answer")
    console.expect("takes along f")
    console.expect("Not submitted yet")
    console.expect(r"In \[3\]")
    assert world.jobs == {}
    console.sendline("import hubkin; hubkin.last().submit().result(30)")
    console.expect("42")
    console.expect(r"In \[4\]")
    console.sendline("exit()")
    console.expect(pexpect.EOF)
    console.close()

    assert [job.name for job in world.jobs.values()] == ["answer"]


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [
        nbformat.v4.new_code_cell("n = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("%%train -y --as job\nn * 2"),
        nbformat.v4.new_code_cell("print('result', job.result(30))"),
    ]
    path = tmp_path / "study.ipynb"
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def papermill_run(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def call(path: Path, **parameters: object) -> str:
        out = tmp_path / "out.ipynb"
        papermill.execute_notebook(
            path, out, parameters=parameters, kernel_name="python3", progress_bar=False, cwd=tmp_path
        )
        return out.read_text()

    return call


def test_papermill_runs_it_with_its_parameters(
    notebook: Path,
    papermill_run: Callable[..., str],
    world: WorkingWorld,
    record_real_system: Callable[[str, str], None],
) -> None:
    record_real_system("papermill", version("papermill"))

    out = papermill_run(notebook, n=21)

    assert "result 42" in out
    assert len(world.jobs) == 1


def test_papermill_is_told_to_say_yes_beforehand(
    notebook: Path, papermill_run: Callable[..., str], world: WorkingWorld
) -> None:
    world.plan_confirm = True
    notebook.write_text(notebook.read_text().replace("%%train -y", "%%train"))

    with pytest.raises(PapermillExecutionError, match="Add -y to the first line"):
        papermill_run(notebook, n=1)

    assert world.jobs == {}
