"""The command of one replica: launch.sh and all below it, started by this agent or by one before it."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from typing import Iterator, List, Optional

from . import environment, processes
from .clock import now_micros
from .processes import Process
from .rundir import RunDir, Spec, Started, write_whole

log = logging.getLogger("hubkin_agent")

_LAUNCH = Path(__file__).resolve().parent / "launch.sh"
_END_SECONDS = 10.0
_LAUNCH_SECONDS = 2.0
_ROUND_SECONDS = 0.02
#: The first looks come sooner: nearly always the command was the last process, and its end is waited for.
_FIRST_ROUND_SECONDS = 0.001


class CannotStart(Exception):
    """The command cannot be started; the message is for its owner."""


class Command:
    """A command that was started.  Make one with `start` or `adopt`."""

    def __init__(self, run: RunDir, started: Started, child: "Optional[subprocess.Popen[bytes]]") -> None:
        self.started = started
        self._run = run
        self._child = child
        self._status: Optional[int] = None
        self._marker = environment.marker(run)
        # Held open so that a signal sent before launch.sh reads waits for it, and the FIFO never ends.
        self._signals = os.open(run.signal, os.O_RDWR | os.O_NONBLOCK)

    @property
    def is_child(self) -> bool:
        """Whether this agent started it, and is told when it ends."""
        return self._child is not None

    @property
    def has_ended(self) -> bool:
        """Whether launch.sh is gone; what it left behind may still run."""
        self.reap()
        if self._child is not None:
            return self._status is not None
        return not self.started.is_alive

    @property
    def ended_at(self) -> int:
        """When launch.sh wrote the exit code down, else now; microseconds UTC."""
        try:
            return self._run.code_exit.stat().st_mtime_ns // 1000
        except FileNotFoundError:
            return now_micros()

    @property
    def code(self) -> Optional[int]:
        """The shell's exit code once ended; None when nobody knows it."""
        written = self._run.read_code_exit()
        if written is not None or self._status is None:
            return written
        if os.WIFSIGNALED(self._status):
            return 128 + os.WTERMSIG(self._status)
        return os.WEXITSTATUS(self._status)

    def signal(self, name: str) -> None:
        """Send the command itself a signal, by its short name (``TERM``, ``USR1``)."""
        try:
            os.write(self._signals, name.encode() + b"\n")
        except BlockingIOError:
            log.warning("signal_dropped name=%s", name)

    def restate(self) -> None:
        """Write down again who runs the command, when the command itself has spoilt what was written."""
        if self._run.started() != self.started:
            try:
                _write_down(self._run, self.started)
            except OSError as error:
                log.warning("started_unwritten why=%s", error)

    def members(self, *, thorough: bool = False) -> List[Process]:
        """Return the processes of the command: below launch.sh, and its orphans below this agent.

        `thorough` also looks for daemons that got away while no agent was there.
        """
        launch = processes.read(self.started.pid) if self.started.is_alive else None
        roots = [os.getpid()] + ([] if launch is None else [launch.pid])
        found = {one.pid: one for one in processes.below(roots)}
        if thorough:
            found.update((one.pid, one) for one in processes.with_environment(self._marker))
        if launch is not None:
            found[launch.pid] = launch
        found.pop(os.getpid(), None)
        return list(found.values())

    def end(self, grace_seconds: float = 0.0) -> None:
        """End whatever is left: TERM and its grace first if there is any, then KILL until all are gone."""
        if not processes.HAS_PROC:
            self._end_group(grace_seconds)
            return
        rounds = _rounds()
        deadline = time.monotonic() + grace_seconds
        if grace_seconds > 0:
            for member in self.members(thorough=True):
                processes.send(member, signal.SIGTERM)
            while self.members() and time.monotonic() < deadline:
                self.reap()
                time.sleep(next(rounds))
        began = time.monotonic()
        while True:
            left = self.members(thorough=True)
            self.reap()
            if not left:
                return
            waited = time.monotonic() - began
            if waited > _END_SECONDS:
                log.error("processes_left pids=%s", [one.pid for one in left])
                return
            # launch.sh ends by itself when the command is gone, and writes down how.
            spared = self.started.pid if waited < _LAUNCH_SECONDS else -1
            processes.end(one for one in left if one.pid != spared)
            time.sleep(next(rounds))

    def _end_group(self, grace_seconds: float) -> None:
        """End the group of launch.sh, which is all that can be found where there is no /proc."""
        for number, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, 0.0)):
            deadline = time.monotonic() + seconds
            try:
                os.killpg(self.started.pid, number)
                while time.monotonic() < deadline:
                    self.reap()
                    os.killpg(self.started.pid, 0)
                    time.sleep(_ROUND_SECONDS)
            except (ProcessLookupError, PermissionError):
                break
        self.reap()

    def reap(self) -> None:
        """Collect every child that has ended: launch.sh, and orphans that became ours."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._child is not None and pid == self._child.pid:
                self._status = status
                self._child.returncode = status


def start(run: RunDir, spec: Spec) -> Command:
    """Start the command, unless somebody did: then adopt it.

    Raises:
        CannotStart: Its folder or its processors are not there, or there is no shell.
    """
    if not os.path.isdir(spec.cwd):
        raise CannotStart("The working directory %s does not exist." % spec.cwd)
    if spec.cpus and hasattr(os, "sched_setaffinity"):
        try:
            # Ours as well: what the agent uses is counted to the job.
            os.sched_setaffinity(0, spec.cpus)
        except OSError as error:
            raise CannotStart("Processors %s are not to be had: %s." % (spec.cpus, error.strerror)) from error
    argv = ["sh", str(_LAUNCH), str(run.path), spec.cwd, "%d" % max(1, spec.grace_seconds), *spec.argv]
    started_at = now_micros()
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            env=environment.build(run, spec),
            cwd=str(run.path),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise CannotStart("launch.sh cannot be started: %s" % error) from error
    launched = _launched(run, child.pid)
    if launched is None:
        child.wait()
        raise CannotStart("launch.sh could not write into %s." % run.path)
    if launched != child.pid:
        # An agent before us had started it, and was killed before it could say so.
        child.wait()
        return _found(run, launched)
    started = Started(child.pid, processes.start_time(child.pid), started_at, processes.boot_id())
    _write_down(run, started)
    return Command(run, started, child)


def adopt(run: RunDir) -> Optional[Command]:
    """Take over the command that an earlier agent started; None when none was."""
    started = run.started()
    if started is not None:
        return Command(run, started, None)
    launched = _launched(run, 0) if run.launch_pid.exists() else None
    return None if launched is None else _found(run, launched)


def _write_down(run: RunDir, started: Started) -> None:
    write_whole(run.started_file, json.dumps(asdict(started)))


def _launched(run: RunDir, child: int) -> Optional[int]:
    """Wait until launch.sh wrote down who runs the command; return its pid, or None if it could not."""
    for _ in range(500):
        has_ended = bool(child) and _is_zombie(child)
        try:
            return int(run.launch_pid.read_text())
        except (OSError, ValueError):
            if has_ended:
                return None
            time.sleep(0.01)
    return None


def _rounds() -> Iterator[float]:
    """Return the pauses between looks, in seconds, for ever."""
    pause = _FIRST_ROUND_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, _ROUND_SECONDS)


def _is_zombie(pid: int) -> bool:
    process = processes.read(pid)
    return processes.HAS_PROC and (process is None or process.state in "ZX")


def _found(run: RunDir, pid: int) -> Command:
    own = {one.pid: one for one in processes.with_environment(environment.marker(run))}
    start_time = own[pid].start_time if pid in own else 0
    started = Started(pid, start_time, now_micros(), processes.boot_id())
    _write_down(run, started)
    return Command(run, started, None)
