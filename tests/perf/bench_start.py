"""What it costs to start the command line and to load the magics, in CPU time."""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.perf import service
from tests.perf.measure import Measure, Missing

ROUNDS = 15
HUBKIN = Path(sys.executable).parent / "hubkin"
CLI_GOAL_MS = 100.0
MAGICS_GOAL_MS = 20.0
#: What the startup file does, in a shell that is already there.
LOAD = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
began = time.process_time()
import hubkin_magics
hubkin_magics.load_ipython_extension(shell)
print((time.process_time() - began) * 1000)
"""


def run() -> list[Measure]:
    """`hubkin jobs` with a real platform against kubectl, which asks nobody, and loading the magics."""
    if not HUBKIN.exists():
        raise Missing("the command line is not installed")
    if shutil.which("kubectl") is None:
        raise Missing("kubectl is not installed")
    kubectl = cpu_ms(["kubectl", "version", "--client"])
    bare = cpu_ms([sys.executable, "-c", "pass"])
    with tempfile.TemporaryDirectory() as folder, service.running(Path(folder)) as platform:
        platform.post("/jobs", {"spec": {"run": "true"}})
        asked = {"HUBKIN_API_URL": platform.api, "HUBKIN_TOKEN": platform.token}
        subprocess.run([HUBKIN, "jobs"], env={**os.environ, **asked}, stdout=subprocess.DEVNULL, check=True)
        listing = cpu_ms([str(HUBKIN), "jobs"], asked)
    magics = statistics.median(float(output(LOAD)) for _round in range(ROUNDS))
    return [
        Measure(
            what="hubkin jobs, CPU", value=listing, unit="ms", goal=f"<= {CLI_GOAL_MS:.0f} ms",
            is_met=listing <= CLI_GOAL_MS, against="kubectl version --client", against_value=kubectl,
        ),
        Measure(
            what="loading the magics, CPU", value=magics, unit="ms", goal=f"<= {MAGICS_GOAL_MS:.0f} ms",
            is_met=magics <= MAGICS_GOAL_MS, against="bare python", against_value=bare,
        ),
    ]  # fmt: skip


def output(code: str) -> str:
    """What a piece of Python prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def cpu_ms(command: list[str], environment: dict[str, str] | None = None) -> float:
    """The median CPU time of a command over some rounds, after one to warm the caches."""
    times = []
    for _round in range(ROUNDS + 1):
        before = _children()
        subprocess.run(
            command,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        times.append((_children() - before) * 1000)
    return statistics.median(times[1:])


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
