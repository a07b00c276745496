"""The agent of one replica: starts its command or adopts it, enforces, ships, and says how it ended."""

from __future__ import annotations

import logging
import os
import select
import shutil
import signal
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import List, Optional, Union
from urllib.parse import quote

from . import command as commands
from . import linux, outputs
from .client import Away, Client
from .clock import now_micros
from .command import Command
from .processes import boot_id
from .reporting import Reporter
from .rundir import BadRunDir, Exit, RunDir, Spec, signal_of, write_whole
from .shipping import Shipper
from .spool import Spool
from .usage import Meter

log = logging.getLogger("hubkin_agent")

_RESERVE_BYTES = 65_536
#: With less room than this a command that failed may have failed for it.
_FULL_BELOW_BYTES = 1 << 20
_LEFT_BEHIND_SECONDS = 1.0
_TICK_SECONDS = 1.0
#: An adopted launch.sh is not our child, so its end is looked for.
_ADOPTED_TICK_SECONDS = 0.2


@dataclass
class Stop:
    """A command that is being stopped."""

    deadline: float  #: monotonic seconds


class Control:
    """The backend's lines, and signals to this process, as one thing to wait for."""

    def __init__(self, run: RunDir) -> None:
        if not run.control.exists():
            os.mkfifo(run.control, 0o600)
        # Open for writing too, so that it does not end when a writer closes.
        self._fd = os.open(run.control, os.O_RDWR | os.O_NONBLOCK)
        self._wake, wake_end = os.pipe()
        for fd in (self._wake, wake_end):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        self._rest = b""
        self._signalled: List[str] = []
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: self._signalled.append("stop"))

    def wait(self, seconds: float) -> List[str]:
        """Return the lines that came, at the latest after some seconds."""
        ready, _, _ = select.select([self._fd, self._wake], [], [], max(0.0, seconds))
        if self._wake in ready:
            os.read(self._wake, 4096)
        if self._fd in ready:
            self._rest += os.read(self._fd, 65_536)
        *lines, self._rest = self._rest.split(b"\n")
        signalled, self._signalled = self._signalled, []
        return [line.decode("utf-8", "replace").strip() for line in lines if line.strip()] + signalled


class Agent:
    """One replica, from its preparation to ``exit.json``."""

    def __init__(self, run: RunDir, spec: Spec) -> None:
        self._run = run
        self._spec = spec
        self._control = Control(run)
        self._spool = Spool(run.spool, run.spool_state)
        self._meter = Meter()
        self._stop: Optional[Stop] = None
        self._why = run.read_why()
        self._shipper: Optional[Shipper] = None
        self._reporter: Optional[Reporter] = None
        if spec.api:
            self._shipper = Shipper(self._spool, str(run.spool), self._client())
            self._reporter = Reporter(
                spool=self._spool,
                client=self._client(),
                state=run.reported,
                report=run.report,
                folders=[Path(spec.outputs), Path(spec.code)],
            )

    def run(self) -> Exit:
        """See the replica through; return what ``exit.json`` is to say."""
        linux.become_subreaper()
        command = commands.adopt(self._run)
        if command is None:
            try:
                self._prepare()
            except OSError as error:
                return Exit(
                    "start_failed", message="It cannot be prepared: %s" % error, ended_at=now_micros()
                )
            if not self._run.went.exists() and not self._wait_for_go():
                return Exit("aborted", message="It was called off before it started.", ended_at=now_micros())
            try:
                command = commands.start(self._run, self._spec)
            except commands.CannotStart as error:
                return Exit("start_failed", message=str(error), ended_at=now_micros())
        self._tell("started")
        for thread in self._threads():
            thread.start()
        try:
            self._attend(command)
        finally:
            command.end(self._grace_for_the_rest())
        return self._outcome(command)

    def hand_over(self) -> None:
        """Ship what is left after the end, as long as the platform answers within the flush time."""
        threads = self._threads()
        for thread in threads:
            if thread.ident is None:
                thread.start()
            thread.finish()
        if self._patiently(threads) and self._keep():
            self._run.settle()

    def _keep(self) -> bool:
        """Hand the outputs over; return whether that is settled."""
        if not self._spec.api or self._run.kept.exists():
            return True
        findings = outputs.find(self._spec, outputs.read_listing(self._run.code_list))
        keeper = outputs.Keeper(self._client(), findings)
        is_settled = keeper.run(lambda seconds: seconds < self._spec.flush_seconds)
        if is_settled:
            write_whole(self._run.kept, "")
        return is_settled

    def shipped(self, ended: Exit) -> Exit:
        """Add to an exit how much of the output the platform has."""
        place = self._spool.position
        return replace(
            ended, spool_bytes=self._spool.size(), shipped_bytes=place.shipped, gap_bytes=place.gap
        )

    def _prepare(self) -> None:
        """Make everything that the command needs, and say that it may start."""
        spec, run = self._spec, self._run
        if not run.signal.exists():
            os.mkfifo(run.signal, 0o600)
        run.report.touch(mode=0o600)
        run.code_exit_room.write_text("    \n")
        run.reserve.write_bytes(b"\0" * _RESERVE_BYTES)
        Path(spec.outputs).mkdir(parents=True, exist_ok=True)
        if not run.code_list.exists():
            listed = outputs.listing(Path(spec.code), but=Path(spec.outputs))
            outputs.write_listing(run.code_list, listed)
        if self._reporter is not None:
            self._reporter.skip_existing()
        write_whole(run.ready, "")
        self._tell("ready")

    def _wait_for_go(self) -> bool:
        while self._run.path.exists():
            for line in self._control.wait(60.0):
                word = line.split()[0]
                if word == "go":
                    # Written down: others of the gang have started, so an agent after us must not wait again.
                    write_whole(self._run.went, "")
                    return True
                if word in ("abort", "stop", "kill"):
                    return False
        return False

    def _attend(self, command: Command) -> None:
        """Wait for the command's end, obeying the backend and holding the limits."""
        tick = _TICK_SECONDS if command.is_child else _ADOPTED_TICK_SECONDS
        next_look = time.monotonic()
        while not command.has_ended:
            now = time.monotonic()
            if now >= next_look:
                next_look = now + self._look(command)
            if self._stop is not None and now >= self._stop.deadline:
                command.end()
                continue
            until = min([next_look, now + tick] + ([self._stop.deadline] if self._stop else []))
            for line in self._control.wait(until - now):
                self._obey(command, line)

    def _look(self, command: Command) -> float:
        """Measure the command, end it if it uses too much; return the seconds until the next look."""
        command.restate()
        use = self._meter.measure(command.members())
        if self._reporter is not None:
            self._reporter.use(rss_bytes=use.rss_bytes, cpu_percent=use.cpu_percent)
        limit = self._spec.memory_bytes
        if limit is None:
            return _TICK_SECONDS
        if use.rss_bytes > limit:
            used = self._meter.exact_bytes(command.members())
            if used > limit:
                log.warning("out_of_memory used=%d limit=%d", used, limit)
                self._because(
                    "out_of_memory", "It used %d bytes of memory of the %d it may use." % (used, limit)
                )
                command.end()
        # The nearer, the closer the look.
        return _TICK_SECONDS if use.rss_bytes < limit * 0.6 else _TICK_SECONDS / 5

    def _obey(self, command: Command, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "signal" and rest.strip().isalnum():
            command.signal(rest.strip().upper())
        elif word == "stop":
            seconds, _, name = rest.partition(" ")
            polite = name.strip().upper() if name.strip().isalnum() else "TERM"
            self._begin_stop(command, _seconds(seconds, self._spec.grace_seconds), "stopped", polite)
        elif word in ("kill", "abort"):
            self._begin_stop(command, 0.0, "stopped" if word == "kill" else "aborted")
        elif word == "flush":
            for thread in self._threads():
                thread.flush()
        elif word != "go":
            log.warning("control_unknown line=%r", line[:100])

    def _begin_stop(self, command: Command, seconds: float, reason: str, polite: str = "TERM") -> None:
        deadline = time.monotonic() + seconds
        if self._stop is None:
            log.info("stopping seconds=%g", seconds)
            self._stop = Stop(deadline)
            self._because(reason)
            if seconds > 0:
                command.signal(polite)
        else:
            self._stop.deadline = min(self._stop.deadline, deadline)

    def _because(self, reason: str, message: str = "") -> None:
        """Remember the first reason for ending the command, over a kill of this agent too."""
        if self._why is None:
            self._why = (reason, message)
            self._run.write_why(reason, message)

    def _grace_for_the_rest(self) -> float:
        """What is left when the command itself has ended: nothing may stay, but it may tidy up."""
        if self._stop is None:
            return 0.0 if self._why is not None else _LEFT_BEHIND_SECONDS
        return max(0.0, self._stop.deadline - time.monotonic())

    def _outcome(self, command: Command) -> Exit:
        code = command.code
        ended = Exit(
            reason="exited",
            code=code,
            signal=signal_of(code),
            started_at=command.started.started_at,
            # File times are coarser than clocks.
            ended_at=max(command.ended_at, command.started.started_at),
            max_rss_bytes=self._meter.max_rss_bytes,
        )
        if self._why is not None:
            return replace(ended, reason=self._why[0], message=self._why[1])
        if code is None and command.started.boot_id not in ("", boot_id()):
            return replace(ended, reason="machine_restarted", message=_RESTARTED)
        if code is None:
            return replace(ended, reason="agent_error", message=_UNKNOWN_END)
        if code and shutil.disk_usage(str(self._run.path)).free < _FULL_BELOW_BYTES:
            return replace(ended, message="disk_full")
        return ended

    def _threads(self) -> List[Union[Shipper, Reporter]]:
        return [thread for thread in (self._shipper, self._reporter) if thread is not None]

    def _patiently(self, threads: List[Union[Shipper, Reporter]]) -> bool:
        """Wait for the threads, but not longer than the flush time without any answer of the platform."""
        heard, heard_at = -1, time.monotonic()
        while alive := [thread for thread in threads if thread.is_alive()]:
            alive[0].join(0.02)
            count = sum(thread.acknowledged for thread in threads)
            if count != heard:
                heard, heard_at = count, time.monotonic()
            if time.monotonic() - heard_at > self._spec.flush_seconds:
                log.warning("flush_given_up shipped=%d", self._spool.position.shipped)
                return False
        return all(thread.is_done for thread in threads)

    def _client(self, timeout_seconds: float = 15.0) -> Client:
        spec = self._spec
        replica = "/attempts/%s/replicas/%s/%d" % (quote(spec.attempt_id), quote(spec.task), spec.index)
        return Client(spec.api, replica, self._token, timeout_seconds=timeout_seconds)

    def _token(self) -> str:
        """Read the token anew: the backend may have renewed it."""
        try:
            return self._run.spec().token
        except BadRunDir:
            return self._spec.token

    def _tell(self, fact: str) -> None:
        """Nudge the platform, which is not waited for: the truth is in the files."""
        if self._spec.api:
            threading.Thread(target=self._nudge, args=(fact,), daemon=True).start()

    def _nudge(self, fact: str) -> None:
        client = self._client(timeout_seconds=2.0)
        try:
            client.post("/facts", {"fact": fact})
        except Away as away:
            log.info("fact_unsent fact=%s why=%s", fact, away)
        finally:
            client.close()

    def say_ended(self) -> None:
        """Nudge the platform after ``exit.json`` is there."""
        if self._spec.api:
            self._nudge("ended")


_RESTARTED = "The machine was started anew while the command ran."
_UNKNOWN_END = "The agent and the command were killed together; how the command ended is not known."


def _seconds(text: str, default: float) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return default
