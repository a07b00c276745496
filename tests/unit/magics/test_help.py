"""``%train`` without a cell: its help, and nothing else."""

import hubkin_magics
import pytest
from hubkin_magics.failures import BadOptions
from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture
def shell() -> InteractiveShell:
    shell = InteractiveShell.instance()
    hubkin_magics.load_ipython_extension(shell)
    return shell


def test_help_needs_no_cell(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("train", "--help")

    assert "--replicas" in capsys.readouterr().out


def test_one_percent_sign_submits_nothing_and_says_that_two_are_needed(shell: InteractiveShell) -> None:
    with pytest.raises(BadOptions, match="with two %"):
        shell.run_line_magic("train", "bert-7 --gpu 1")


def test_the_bare_command_is_its_help(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("hubkin", "")

    assert "submit" in capsys.readouterr().out
