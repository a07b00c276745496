"""Tab on the magics' lines."""

from __future__ import annotations

from collections.abc import Iterator

import hubkin_magics
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    hubkin_magics.load_ipython_extension(shell)
    yield shell
    shell.history_manager.end_session()


def offered(shell: InteractiveShell, line: str) -> list[str]:
    with provisionalcompleter():
        return [one.text for one in shell.Completer.completions(line, len(line))]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("%%train --la", "--launcher"),
        ("%%train --launcher t", "torchrun"),
        ("%%train --send my_", "my_config"),
        ("%hubkin ex", "explain"),
    ],
)
def test_what_could_stand_there_is_offered(line: str, found: str, shell: InteractiveShell) -> None:
    shell.user_ns["my_config"] = 1

    assert found in offered(shell, line)


def test_a_platform_that_is_away_does_not_disturb_who_types(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUBKIN_API_URL", "http://127.0.0.1:9/services/hubkin/api/v1")
    monkeypatch.setenv("HUBKIN_TOKEN", "t")

    offered(shell, "%%train --gpu ")

    assert capsys.readouterr() == ("", "")
