"""The replica directory: its files, who writes which, and how to read them.

Backends make it, the agent fills it; both use this module, so the layout is written down once.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any, Dict, Mapping, Optional, Tuple, Union

from . import processes

#: Why a replica ended, as `Exit.reason` says it.
REASONS = (
    "exited",
    "out_of_memory",
    "stopped",
    "start_failed",
    "aborted",
    "agent_error",
    "machine_restarted",
)

#: More than any file of ours holds: the command can write here too, and may not fill its readers' memory.
_MAX_FILE_BYTES = 65_536
_MAX_MESSAGE = 2000
_MAX_NUMBER = (1 << 63) - 1


class BadRunDir(ValueError):
    """The replica directory does not hold what the agent needs; the message says what."""


@dataclass(frozen=True)
class Spec:
    """What one agent is to do: ``agent.json``."""

    job_id: str
    attempt_id: str
    task: str
    index: int
    argv: Tuple[str, ...]
    cwd: str
    code: str
    outputs: str
    api: str = ""  #: base of the platform's REST API; empty: nothing is shipped
    token: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    grace_seconds: float = 30.0
    flush_seconds: float = 60.0  #: how long to wait after the end without hearing from the platform
    cpus: Optional[Tuple[int, ...]] = None
    memory_bytes: Optional[int] = None
    keep: Tuple[str, ...] = ("**",)
    max_output_bytes: int = 5_000_000_000

    @classmethod
    def from_json(cls, text: Union[str, bytes]) -> "Spec":
        """Read ``agent.json``, or raise `BadRunDir`."""
        try:
            raw: Dict[str, Any] = json.loads(text)
            known = {name: raw[name] for name in (one.name for one in fields(cls)) if name in raw}
            for name in ("argv", "keep", "cpus"):
                if known.get(name) is not None:
                    known[name] = tuple(known[name])
            known["max_output_bytes"] = int(known.get("max_output_bytes", cls.max_output_bytes))
            spec = cls(**known)
        except (ValueError, TypeError, AttributeError) as error:
            raise BadRunDir("agent.json cannot be read: %s" % error) from error
        if not spec.argv:
            raise BadRunDir("agent.json names no command.")
        return spec

    def to_json(self) -> str:
        """Return ``agent.json``."""
        return json.dumps({"v": 1, **asdict(self)}, indent=1)


@dataclass(frozen=True)
class Exit:
    """How a replica ended: ``exit.json``.

    `code` is what the shell said: 128 + n for a command killed by signal n, which is then in `signal` too.
    """

    reason: str
    code: Optional[int] = None
    signal: Optional[int] = None
    message: str = ""
    started_at: Optional[int] = None  #: microseconds UTC
    ended_at: Optional[int] = None  #: microseconds UTC
    max_rss_bytes: int = 0
    spool_bytes: int = 0
    shipped_bytes: int = 0
    gap_bytes: int = 0


@dataclass(frozen=True)
class Started:
    """The command's launch.sh: ``started.json``."""

    pid: int
    start_time: int
    started_at: int  #: microseconds UTC
    boot_id: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether that very process still runs, on this boot of the machine."""
        return self.boot_id in ("", processes.boot_id()) and processes.is_alive(self.pid, self.start_time)


class RunDir:
    """One replica directory."""

    def __init__(self, path: Union[str, Path]) -> None:
        self.path = Path(path).absolute()
        self.spec_file = self.path / "agent.json"
        self.lock = self.path / "lock"
        self.agent_pid = self.path / "agent.pid"
        self.control = self.path / "control"
        self.signal = self.path / "signal"
        self.spool = self.path / "spool"
        self.spool_state = self.path / "spool.state"
        self.report = self.path / "report.jsonl"
        self.reported = self.path / "reported"
        self.code_list = self.path / "code.list"
        self.kept = self.path / "outputs.kept"
        self.settled = self.path / "settled"
        self.ready = self.path / "ready"
        self.went = self.path / "went"
        self.launch_pid = self.path / "launch.pid"
        self.started_file = self.path / "started.json"
        self.code_exit = self.path / "code_exit"
        self.code_exit_room = self.path / "code_exit.new"
        self.reserve = self.path / "reserve"
        self.why = self.path / "why"
        self.exit_file = self.path / "exit.json"
        self.log = self.path / "agent.log"

    def create(self, spec: Spec) -> None:
        """Make the directory, for its owner only, and write ``agent.json``.  Repeating it renews the file."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self.spec_file, spec.to_json(), mode=0o600)

    def start_agent(
        self,
        python: str = sys.executable,
        *,
        env: Optional[Mapping[str, str]] = None,
        flush: bool = False,
    ) -> "subprocess.Popen[bytes]":
        """Start an agent in a session of its own; one that is not needed ends at once by itself.

        `env` is all that the agent, and with it the command, sees of ours; by default our own environment.
        With `flush` it only ships what an ended replica has left.

        The caller reaps the child when it can; the agent does not depend on it.
        """
        home = str(Path(__file__).resolve().parent.parent)
        with _open_log(self.log) as log:
            return subprocess.Popen(
                [python, "-m", __package__, *(["--flush"] if flush else []), str(self.path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=str(self.path),
                env={**(os.environ if env is None else env), "PYTHONPATH": home},
                start_new_session=True,
            )

    def send(self, line: str) -> bool:
        """Hand a control line to the agent; False when no agent listens, and never waits.

        The lines: ``go``, ``abort``, ``signal NAME``, ``stop SECONDS [NAME]``, ``kill``, ``flush``.
        """
        try:
            fd = os.open(self.control, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            return os.write(fd, line.encode() + b"\n") > 0
        except OSError:
            return False
        finally:
            os.close(fd)

    def spec(self) -> Spec:
        """Read ``agent.json``, or raise `BadRunDir`."""
        try:
            return Spec.from_json(self.spec_file.read_bytes())
        except OSError as error:
            raise BadRunDir("agent.json cannot be read: %s" % error.strerror) from error

    @property
    def is_ready(self) -> bool:
        """Whether an agent has prepared the replica and waits for ``go`` (or went already)."""
        return self.ready.exists()

    @property
    def agent_is_alive(self) -> bool:
        """Whether an agent works here, found by pid, start time and boot."""
        raw = _read_json(self.agent_pid)
        pid, start_time = _number(raw, "pid"), _number(raw, "start_time")
        if raw is None or pid is None or start_time is None:
            return False
        return Started(pid, start_time, 0, str(raw.get("boot_id", ""))).is_alive

    @property
    def is_settled(self) -> bool:
        """Whether an ended replica has nothing left here that the platform is still to get.

        Until then ``start_agent(flush=True)`` tries again, and the directory must stay.
        """
        return self.settled.exists()

    def settle(self) -> None:
        """Say that nothing is left to hand over."""
        write_whole(self.settled, "")

    def started(self) -> Optional[Started]:
        """Return who runs the command, or None when nothing was started."""
        raw = _read_json(self.started_file)
        pid, start_time, at = (_number(raw, name) for name in ("pid", "start_time", "started_at"))
        if raw is None or pid is None or start_time is None or at is None:
            return None
        return Started(pid, start_time, at, str(raw.get("boot_id", "")))

    def exit(self) -> Optional[Exit]:
        """Return how the replica ended, or None while it has not.

        What cannot be an agent's word for it (the command can write here too) is an end of its own kind.
        """
        if not os.path.lexists(self.exit_file):
            return None
        raw = _read_json(self.exit_file)
        if raw is None or raw.get("reason") not in REASONS:
            return Exit("agent_error", message="Its exit.json is not an agent's.")
        numbers = {name: _number(raw, name) for name in ("code", "signal", "started_at", "ended_at")}
        sizes = ("max_rss_bytes", "spool_bytes", "shipped_bytes", "gap_bytes")
        counted = {name: _number(raw, name) or 0 for name in sizes}
        message = str(raw.get("message", ""))[:_MAX_MESSAGE]
        return Exit(raw["reason"], message=message, **numbers, **counted)  # type: ignore[arg-type]

    def read_code_exit(self) -> Optional[int]:
        """Return the exit code that launch.sh wrote down, or None."""
        try:
            return int(self.code_exit.read_text())
        except (OSError, ValueError):
            return None

    def write_exit(self, ended: Exit) -> None:
        """Write ``exit.json``, durably; on a full disk with the room set aside for it."""
        text = json.dumps({"v": 1, **asdict(ended)})
        try:
            write_whole(self.exit_file, text, durable=True)
        except OSError:
            self.reserve.unlink(missing_ok=True)
            write_whole(self.exit_file, text, durable=True)

    def write_agent_pid(self) -> None:
        """Say who the agent is: this process."""
        pid = os.getpid()
        said = {"pid": pid, "start_time": processes.start_time(pid), "boot_id": processes.boot_id()}
        write_whole(self.agent_pid, json.dumps(said))

    def write_why(self, reason: str, message: str = "") -> None:
        """Keep why the command is being ended, for an agent that has to go on from here."""
        write_whole(self.why, json.dumps({"reason": reason, "message": message}))

    def read_why(self) -> Optional[Tuple[str, str]]:
        """Return why the command was being ended, with a message, or None."""
        raw = _read_json(self.why)
        if raw is None or raw.get("reason") not in REASONS:
            return None
        return raw["reason"], str(raw.get("message", ""))[:_MAX_MESSAGE]

    def take_lock(self) -> Optional[IO[bytes]]:
        """Take the agent's lock, or return None when another has it.  Closing the file gives it back."""
        file = open(self.lock, "ab")  # noqa: SIM115 - held for the agent's life
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file


def write_whole(path: Path, text: str, *, mode: int = 0o644, durable: bool = False) -> None:
    """Write a file so that a reader finds it whole or not at all."""
    draft = path.with_name(path.name + ".draft")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(fd, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        if durable:
            os.fsync(fd)
    os.replace(draft, path)
    if durable:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def signal_of(code: Optional[int]) -> Optional[int]:
    """Return the signal that a shell's exit code speaks of, or None."""
    if code is None or code <= 128:
        return None
    return code - 128 if code - 128 in {int(one) for one in signal.Signals} else None


def _read_json(path: Path) -> Optional[Dict[str, Any]]:
    raw = read_small(path)
    try:
        found = None if raw is None else json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def read_small(path: Path) -> Optional[bytes]:
    """Return what a small plain file holds, or None; a pipe or a device in its place holds nobody up."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode) or about.st_size > _MAX_FILE_BYTES:
            return None
        return os.read(fd, _MAX_FILE_BYTES)
    except OSError:
        return None
    finally:
        os.close(fd)


def _open_log(path: Path) -> IO[bytes]:
    """Open a file to append to; nowhere, when something else lies in its place or the disk is full."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return open(os.open(path, flags, 0o644), "ab")
    except OSError:
        return open(os.devnull, "ab")


def _number(raw: Optional[Mapping[str, Any]], name: str) -> Optional[int]:
    """Return a whole number that every database holds, or None."""
    found = None if raw is None else raw.get(name)
    if type(found) is not int or not -1 <= found <= _MAX_NUMBER:
        return None
    return found
