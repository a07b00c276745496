"""Ends of servers that the platform has not heard of, over restarts of the hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from hubkin_spawners.untold import Untold


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "ends.json")
    Untold().keep("server-1", {"state": "stopped"}, file)

    assert Untold().has_any(file)


@pytest.mark.parametrize("damaged", ["", "{", "null", "3"])
def test_a_damaged_file_is_said_and_stops_nobody(
    tmp_path: Path, damaged: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "ends.json"
    file.write_text(damaged)
    untold = Untold()

    assert not untold.has_any(str(file))
    assert str(file) in caplog.text
    untold.keep("server-1", {"state": "stopped"}, str(file))
    assert Untold().has_any(str(file))
