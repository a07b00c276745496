"""A command whose reader has read enough: ``hubkin config explain | head``."""

import subprocess
import sys
from pathlib import Path

#: The reader is gone before a line is written, and each line goes out at once.
CLOSED = """
import os, sys
from hubkin.cli.main import main
reads, writes = os.pipe()
os.close(reads)
sys.stdout = os.fdopen(writes, "w", buffering=1)
sys.argv = ["hubkin", "config", "explain"]
main()
"""


def test_a_reader_that_has_read_enough_is_no_error(home: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", CLOSED], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
