"""How many jobs run here is told from their folders, whatever lies in them."""

import os
from pathlib import Path

import pytest
from hubkin_agent import RunDir
from hubkin_platform.up import jobs


@pytest.mark.timeout(10)
def test_a_pipe_or_nonsense_in_a_run_folder_holds_nobody_up(tmp_path: Path) -> None:
    runs = [RunDir(tmp_path / f"attempt-{n}" / "main-0") for n in range(4)]
    for run in runs:
        run.path.mkdir(parents=True)
    runs[0].write_agent_pid()
    os.mkfifo(runs[1].agent_pid)
    runs[2].agent_pid.write_text("[1]")
    runs[3].agent_pid.write_text('{"pid": {}, "start_time": []}')

    found = jobs.running(tmp_path)

    assert found == 1
