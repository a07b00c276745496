"""What a benchmark reports; `tools/perf.py` prints it."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure with its goal, and with the other side's figure where there is one."""

    what: str
    value: float
    unit: str
    goal: str
    is_met: bool
    against: str = ""
    against_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """Our figure in terms of the other side's."""
        return self.value / self.against_value if self.against_value else None


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, in user and in kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Missing(Exception):
    """The benchmark cannot run here; says what is missing."""


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
