"""What it costs to start the command line and to load the magics, in CPU time."""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

from tests.perf.measure import Measure, Missing

ROUNDS = 15
HUBKIN = Path(sys.executable).parent / "hubkin"
CLI_GOAL_MS = 100.0
MAGICS_GOAL_MS = 20.0


def run() -> list[Measure]:
    """`hubkin jobs` against bare Python, and importing the magics beside IPython."""
    if not HUBKIN.exists():
        raise Missing("the command line is not installed")
    python = [sys.executable, "-c", "pass"]
    bare = cpu_ms(python)
    listing = cpu_ms([str(HUBKIN), "jobs", "--url", "http://127.0.0.1:9"])
    ipython = cpu_ms([sys.executable, "-c", "import IPython.core.magic"])
    magics = cpu_ms([sys.executable, "-c", "import IPython.core.magic, hubkin_magics"]) - ipython
    return [
        Measure(
            what="hubkin jobs, CPU", value=listing, unit="ms", goal=f"<= {CLI_GOAL_MS:.0f} ms",
            is_met=listing <= CLI_GOAL_MS, against="bare python", against_value=bare,
        ),
        Measure(
            what="loading the magics, CPU", value=magics, unit="ms", goal=f"<= {MAGICS_GOAL_MS:.0f} ms",
            is_met=magics <= MAGICS_GOAL_MS,
        ),
    ]  # fmt: skip


def cpu_ms(command: list[str]) -> float:
    """The median CPU time of a command over some rounds, after one to warm the caches."""
    times = []
    for _round in range(ROUNDS + 1):
        before = _children()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        times.append((_children() - before) * 1000)
    return statistics.median(times[1:])


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
