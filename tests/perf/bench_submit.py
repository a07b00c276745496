"""Durable submit with every check on, 64 clients, against sbatch on the same machine in turn."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from tests.perf import service, slurm
from tests.perf.measure import Measure, Missing, cpu_seconds

ROUNDS = 3
SECONDS = 6
CLIENTS = 64
#: How many of sbatch run at once, as in the scripts of its users.
SBATCH_CLIENTS = 16
#: How many jobs sbatch submits in a round.
COUNT = 1000
#: One request a line of Lua: every one has its own key, so every one is a new job.
SCRIPT = """
local n = 0
local prefix = string.format("%d-%s", os.time(), tostring({{}}):sub(8))
request = function()
  n = n + 1
  local headers = {{["Authorization"] = "token {token}", ["Content-Type"] = "application/json",
                    ["Idempotency-Key"] = prefix .. "-" .. n}}
  return wrk.format("POST", nil, headers, '{body}')
end
local bad = 0
response = function(status) if status ~= 201 then bad = bad + 1 end end
"""
BODY = '{"spec": {"run": "python train.py", "resources": {"gpu": "sim-gpu:1"}, "limits": {"cost": "0.01"}}}'


def run() -> list[Measure]:
    """Submit in turn to both, and compare medians."""
    if shutil.which("wrk") is None:
        raise Missing("wrk is not installed")
    absent = slurm.missing()
    if absent:
        raise Missing(f"{', '.join(absent)} not installed")
    ours, p99s, few, theirs, our_cpu, their_cpu = [], [], [], [], [], []
    with (
        tempfile.TemporaryDirectory() as first,
        tempfile.TemporaryDirectory() as second,
        service.running(Path(first)) as platform,
        slurm.running(Path(second)) as peer,
    ):
        # The pool's only unit is taken, so that what is measured is the accepting.
        platform.post("/jobs", {"spec": {"run": "sleep 600", "resources": {"gpu": "sim-gpu:1"}}})
        for _ in range(ROUNDS):
            before = cpu_seconds(platform.process.pid)
            rate, p99 = _ours(platform, Path(first))
            our_cpu.append((cpu_seconds(platform.process.pid) - before) / (rate * SECONDS) * 1e6)
            ours.append(rate)
            p99s.append(p99)
            few.append(_ours(platform, Path(first), clients=SBATCH_CLIENTS)[1])
            before = cpu_seconds(peer.controller_pid)
            theirs.append(_sbatch(peer))
            their_cpu.append((cpu_seconds(peer.controller_pid) - before) / COUNT * 1e6)
    rate, against = statistics.median(ours), statistics.median(theirs)
    p99, p99_of_few = statistics.median(p99s), statistics.median(few)
    cpu, their_own = statistics.median(our_cpu), statistics.median(their_cpu)
    return [
        Measure(
            what=f"durable submit, {CLIENTS} clients", value=rate, unit="1/s", goal=">= 10x sbatch",
            is_met=rate >= 10 * against, against="sbatch -P16", against_value=against,
        ),
        Measure(what="durable submit, p99", value=p99, unit="ms", goal="< 30 ms", is_met=p99 < 30),
        Measure(
            what=f"durable submit, p99, {SBATCH_CLIENTS} clients", value=p99_of_few, unit="ms",
            goal="< 30 ms", is_met=p99_of_few < 30,
        ),
        # What the processes of sbatch cost is not slurmctld's fault: this is the fair side of the first line.
        Measure(
            what="durable submit, CPU of the platform", value=cpu, unit="us", goal="<= 2x slurmctld's",
            is_met=cpu <= 2 * their_own, against="slurmctld", against_value=their_own,
        ),
    ]  # fmt: skip


def _ours(platform: service.Service, folder: Path, *, clients: int = CLIENTS) -> tuple[float, float]:
    """Submit as fast as it is taken; return jobs a second and the p99 in milliseconds."""
    script = folder / "submit.lua"
    script.write_text(SCRIPT.format(token=platform.token, body=BODY))
    command = [
        "wrk",
        "-t1",
        f"-c{clients}",
        f"-d{SECONDS}s",
        "--latency",
        "-s",
        str(script),
        f"{platform.api}/jobs",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise RuntimeError(f"not every job was accepted:\n{told}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])  # type: ignore[index]
    amount, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", told).groups()  # type: ignore[union-attr]
    return rate, float(amount) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _sbatch(peer: slurm.Slurm) -> float:
    """Submit held jobs as its users' scripts do."""
    command = f"seq {COUNT} | xargs -P{SBATCH_CLIENTS} -I% sbatch --hold --job-name=% --wrap=true >/dev/null"
    began = time.monotonic()
    subprocess.run(["sh", "-c", command], env=peer.environment, check=True, cwd=peer.folder)
    return COUNT / (time.monotonic() - began)
