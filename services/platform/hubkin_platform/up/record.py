"""Who runs on a data directory: one lock, and a record of processes by pid and start time."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO

from hubkin_agent import is_alive, start_time

from hubkin_platform.up.secret_files import write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process that this or an earlier `hubkin up` has started."""

    pid: int
    start_time: int | None

    @property
    def runs(self) -> bool:
        """Whether this very process is still there."""
        return is_alive(self.pid, self.start_time)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it is still there."""
        if self.runs:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


def process(pid: int) -> Process:
    """Return the process that has this pid now."""
    return Process(pid=pid, start_time=start_time(pid))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What ``up.json`` says."""

    pid: int
    start_time: int | None
    port: int
    platform_port: int
    url: str
    demo: bool = False
    ready: bool = False
    children: dict[str, Process] = field(default_factory=dict)

    @property
    def supervisor(self) -> Process:
        """The `hubkin up` that wrote it."""
        return Process(pid=self.pid, start_time=self.start_time)

    def with_child(self, name: str, pid: int) -> Record:
        """Return the record with one more child, or a newer one of that name."""
        return replace(self, children={**self.children, name: process(pid)})

    def write(self, file: Path) -> None:
        """Replace the file."""
        write_private(file, asdict(self))


def read(file: Path) -> Record | None:
    """Return the record, ``None`` when there is none that can be read."""
    try:
        found = json.loads(file.read_text())
        children = {name: Process(**child) for name, child in found.pop("children", {}).items()}
        return Record(**found, children=children)
    except (FileNotFoundError, ValueError, TypeError):
        return None


def take_lock(file: Path) -> IO[str] | None:
    """Return the lock, held while the returned file is open; ``None`` when another `hubkin up` has it."""
    held = file.open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        return None
    return held


def end(processes: list[Process], *, within_seconds: float) -> None:
    """Ask processes to end, wait, and kill those that have not; those that are gone are no error."""
    for one in processes:
        one.signal(signal.SIGTERM)
    deadline = time.monotonic() + within_seconds
    while any(one.runs for one in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    for one in processes:
        one.signal(signal.SIGKILL)
