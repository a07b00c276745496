"""What still runs of an attempt, whatever became of its replica directories: the backend ends it by this."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import List, Set, Tuple

from . import processes
from .processes import Process

_ROUNDS = 50
_ROUND_SECONDS = 0.02


def end_remains(attempt_id: str, folder: Path) -> int:
    """End every process of an attempt but its agents, which end by themselves then; return how many it were.

    They are found by what they were started with and by their agents, not by any file: those are in the
    command's own reach.

    Args:
        attempt_id: The attempt.
        folder: Where its replica directories are, or were.
    """
    ended: Set[Tuple[int, int]] = set()
    for _ in range(_ROUNDS):
        left = _commands(attempt_id, folder)
        if not left:
            break
        ended.update((one.pid, one.start_time) for one in left)
        processes.end(left)
        time.sleep(_ROUND_SECONDS)
    return len(ended)


def _commands(attempt_id: str, folder: Path) -> List[Process]:
    marker, place = b"HUBKIN_ATTEMPT_ID=" + attempt_id.encode(), os.fsencode(str(folder)) + b"/"
    agents = [pid for pid in processes.pids() if _is_agent(pid, place)]
    found = {one.pid: one for one in (*processes.with_environment(marker), *processes.below(agents))}
    found.pop(os.getpid(), None)
    return list(found.values())


def _is_agent(pid: int, place: bytes) -> bool:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return False
    return b"hubkin_agent" in words and any(word.startswith(place) for word in words)
