"""Whether a process is still the one that was started: pids are reused, pids with start times are not."""

from __future__ import annotations

import os
from pathlib import Path


def start_time(pid: int) -> int | None:
    """Return field 22 of ``/proc/PID/stat``, in ticks since boot; ``None`` when it is gone or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name may hold spaces and parentheses; everything after the last one is regular.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def is_alive(pid: int, started: int | None) -> bool:
    """Whether this very process still runs; without a known start time any process of that pid counts."""
    if pid <= 0:
        return False
    if not Path("/proc/self/stat").exists():  # macOS: the pid is all there is
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    now = start_time(pid)
    return now is not None and started in (None, now)
