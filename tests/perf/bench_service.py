"""How fast the platform's process starts, and how much memory it then has."""

import statistics
import tempfile
from pathlib import Path

from tests.perf import service
from tests.perf.measure import Measure

ROUNDS = 5
START_GOAL_SECONDS = 1.0
MEMORY_GOAL_MB = 100.0


def run() -> list[Measure]:
    """Start it on a database that is there; the first start, which makes it, is not counted."""
    starts, sizes = [], []
    with tempfile.TemporaryDirectory() as place:
        for number in range(ROUNDS + 1):
            with service.running(Path(place)) as platform:
                platform.get("/jobs")
                if number:
                    starts.append(platform.ready_seconds)
                    sizes.append(service.memory_bytes(platform.process) / 1e6)
    start, size = statistics.median(starts), statistics.median(sizes)
    return [
        Measure(
            what="platform, cold start", value=start, unit="s", goal=f"< {START_GOAL_SECONDS:.0f} s",
            is_met=start < START_GOAL_SECONDS,
        ),
        Measure(
            what="platform, resident memory", value=size, unit="MB", goal=f"< {MEMORY_GOAL_MB:.0f} MB",
            is_met=size < MEMORY_GOAL_MB,
        ),
    ]  # fmt: skip
