"""`kill -9` two thousand times at random moments: how many jobs are lost, run twice, or are paid wrongly."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.perf.measure import Measure

KILLS = 2000
WRONG = ("lost", "doubled", "wrongly_charged", "unpaid", "books", "not_once")


def run() -> list[Measure]:
    """Kill, and count what is wrong at the end; the same count finds planted defects in `make test`."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.support.kills", folder, "--kills", str(KILLS)]
        ended = subprocess.run(
            command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
        )
    if ended.returncode:
        raise RuntimeError(ended.stderr[-3000:])
    told = json.loads(ended.stdout.splitlines()[-1])
    wrong = sum(len(told[name]) for name in WRONG)
    return [
        Measure(
            what=f"wrong of {told['jobs']} jobs, {KILLS} kills",
            value=wrong,
            unit="jobs",
            goal="0",
            is_met=not wrong,
        )
    ]
