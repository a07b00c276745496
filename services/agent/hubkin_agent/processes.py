"""Processes as ``/proc`` shows them: who is alive, who descends from whom, what they use.

A process is named by its pid *and* its start time, for pids are used again.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, List, Optional, Set

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
#: Without it (macOS) nothing is known of a process but whether it answers.
HAS_PROC = os.path.exists("/proc/self/stat")
_HAS_CHILDREN = os.path.exists("/proc/self/task/%d/children" % os.getpid())


@dataclass(frozen=True)
class Process:
    """One line of the process table."""

    pid: int
    parent: int
    state: str
    start_time: int  #: clock ticks since boot: field 22 of /proc/PID/stat
    cpu_seconds: float
    rss_bytes: int


def read(pid: int) -> Optional[Process]:
    """Return a process, or None when it is gone."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            stat = file.read()
    except OSError:
        return None
    # The name may hold spaces and parentheses, so what follows its last ")" is what counts.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return Process(
        pid=pid,
        parent=int(fields[1]),
        state=fields[0].decode(),
        start_time=int(fields[19]),
        cpu_seconds=(int(fields[11]) + int(fields[12])) / _TICKS,
        rss_bytes=int(fields[21]) * _PAGE_BYTES,
    )


def start_time(pid: int) -> int:
    """Return when a process started, in clock ticks since boot; 0 where that cannot be known."""
    process = read(pid)
    return 0 if process is None else process.start_time


def is_alive(pid: Optional[int], start_time: Optional[int]) -> bool:
    """Whether that very process still runs; a zombie does not.

    A pid alone may be another's by now; without a known start time any process that has it counts.
    """
    if not pid or pid < 0:
        return False
    if not HAS_PROC:
        return _answers(pid)
    process = read(pid)
    return process is not None and start_time in (None, process.start_time) and process.state not in "ZX"


def boot_id() -> str:
    """Return a name for this boot of the machine: start times of another boot mean nothing."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""


def pids() -> List[int]:
    """Return the pid of every process that can be seen."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()] if HAS_PROC else []


def table() -> List[Process]:
    """Return every process that can be seen."""
    return [process for process in map(read, pids()) if process is not None]


def below(roots: Iterable[int]) -> List[Process]:
    """Return the living descendants of some processes, without the roots themselves.

    Walks only their own tree where the kernel lists children: its cost does not grow with the machine.
    """
    children = _children_listed if _HAS_CHILDREN else _children_in(table())
    found: Dict[int, Process] = {}
    waiting = list(roots)
    while waiting:
        for pid in children(waiting.pop()):
            process = None if pid in found else read(pid)
            if process is not None:
                found[pid] = process
                waiting.append(pid)
    return [process for process in found.values() if process.state not in "ZX"]


def with_environment(entry: bytes) -> List[Process]:
    """Return the living processes that were started with an environment entry ``NAME=value``.

    This finds a daemon whose parents have all ended while no subreaper was there.
    """
    found = (read(pid) for pid in pids() if entry in environment(pid))
    return [process for process in found if process is not None and process.state not in "ZX"]


def environment(pid: int) -> List[bytes]:
    """Return the entries with which a process was started; none when that may not be seen."""
    try:
        with open("/proc/%d/environ" % pid, "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []


def proportional_bytes(processes: Iterable[Process]) -> int:
    """Return the resident bytes of some processes, shared pages counted once between them.

    Dearer than adding `Process.rss_bytes`, which counts what forked workers share once for each.
    """
    return sum(_proportional(process) for process in processes)


def end(processes: Iterable[Process]) -> None:
    """Kill some processes; first all are stopped, so that none can fork meanwhile."""
    listed = list(processes)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in listed:
            send(process, number)


def send(process: Process, number: int) -> None:
    """Send a signal unless the process has ended and its pid is another's."""
    if not is_alive(process.pid, process.start_time):
        return
    try:
        os.kill(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _children_listed(pid: int) -> Set[int]:
    children: Set[int] = set()
    try:
        threads = os.listdir("/proc/%d/task" % pid)
    except OSError:
        return children
    for thread in threads:
        try:
            with open("/proc/%d/task/%s/children" % (pid, thread)) as file:
                children.update(int(child) for child in file.read().split())
        except OSError:
            continue
    return children


def _children_in(processes: List[Process]) -> Callable[[int], Set[int]]:
    """Give the same answer from a table of all processes."""
    children: Dict[int, Set[int]] = {}
    for process in processes:
        children.setdefault(process.parent, set()).add(process.pid)
    return lambda pid: children.get(pid, set())


def _proportional(process: Process) -> int:
    try:
        with open("/proc/%d/smaps_rollup" % process.pid) as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        return process.rss_bytes
    return 0
