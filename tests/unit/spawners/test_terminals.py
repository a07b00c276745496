"""What a terminal of JupyterLab finds."""

import os
import subprocess
from pathlib import Path

import pytest
from hubkin_spawners.server import shell_command


@pytest.mark.parametrize("shell", ["/bin/bash", "/bin/sh"])
def test_a_terminal_finds_the_commands_beside_the_server_though_a_profile_sets_its_own_path(
    shell: str, tmp_path: Path
) -> None:
    beside = tmp_path / "a folder"
    beside.mkdir()
    (beside / "hubkin").write_text("#!/bin/sh\necho found\n")
    (beside / "hubkin").chmod(0o755)
    (tmp_path / ".profile").write_text("PATH=/usr/bin:/bin; export PATH; PROFILE=read; export PROFILE\n")
    environment = {"HOME": str(tmp_path), "PATH": f"{beside}:{os.defpath}"}

    command = shell_command(shell, beside)
    ran = subprocess.run(
        command, input="hubkin; echo $PROFILE", env=environment, capture_output=True, text=True, check=False
    )

    assert ran.stdout.split() == ["found", "read"], ran.stderr
