"""Runs attempts as processes of this machine: one agent a replica, in a session of its own, that outlives us.

What runs is found again in the replica directories, by pid and start time; nothing else is needed to go on.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

import structlog
from hubkin_agent import RunDir, Spec, end_remains, read_small
from hubkin_kit.disk import full, writing

from hubkin_jobs.domain.outcome import ReplicaFact
from hubkin_jobs.domain.states import ReplicaState
from hubkin_jobs.ports import BackendRefused, Given, Order

log = structlog.get_logger()


class Stage(Protocol):
    """Lays a version out in a folder: a copy of its own, or files that nobody is to write to."""

    def __call__(self, version: str, folder: Path, *, writable: bool) -> None:
        """Fill the folder, which is there.

        Raises:
            FileNotFoundError: Bytes are gone that this version needs.
        """
        ...


#: What of our own environment a job may see.
INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE",
             "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy",
             "https_proxy", "no_proxy", "LD_LIBRARY_PATH")  # fmt: skip

#: Settings of numeric libraries: the wrong kernel computes wrong results on some processors.
INHERITED_PREFIXES = ("OPENBLAS_", "OMP_", "MKL_", "XLA_")

READY_SECONDS = 30.0
FLUSH_SECONDS = 20.0
#: Holds the control line with which a replica was last asked to end.
STOP_FILE = "stop"
#: So long after its grace a command is ended over the head of an agent that has not done it.
OVERDUE_SECONDS = 20.0
#: With less room than this nothing is started: the database and the agents of what runs need it.
LEAST_ROOM_BYTES = 16 << 20


class LocalBackend:
    """Processes of one Unix account: one trust domain, for a laptop or one shared machine."""

    name = "local"

    def __init__(
        self, runs: Path, *, api: str, token: Callable[[str], str], stage: Stage, python: str = sys.executable
    ) -> None:
        self.runs = runs
        self._api = api
        self._token = token
        self._stage = stage
        self._python = python
        self._children: list[subprocess.Popen[bytes]] = []
        self._submitting = WeakValueDictionary[str, asyncio.Lock]()
        #: Attempt → when it must have ended, by the monotonic clock.
        self._deadlines: dict[str, float] = {}
        runs.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def submit(self, order: Order) -> None:
        """Start an agent for each replica; when all are ready, let all go."""
        lock = self._submitting.setdefault(order.attempt_id, asyncio.Lock())
        async with lock:
            await self._submit(order)

    async def _submit(self, order: Order) -> None:
        folder = self.runs / order.attempt_id
        try:
            with writing():
                await asyncio.to_thread(self._prepare, order, folder)
        except FileNotFoundError as error:
            if not self.runs.exists():
                raise
            raise BackendRefused(f"its code or data could not be laid out: {error}") from error
        dirs = self._dirs(order.attempt_id)
        await asyncio.to_thread(self._start_agents, dirs)
        if not await _all_ready(dirs):
            self._need_room()  # agents that could write nothing are no fault of the job's
            log.warning("replicas_not_ready", attempt_id=order.attempt_id)
            for run in dirs:
                run.send("abort")
            raise BackendRefused("its replicas did not become ready")
        for run in dirs:
            await asyncio.to_thread(_deliver, run, "go")

    async def observe(self, attempt_ids: Sequence[str]) -> list[ReplicaFact]:
        """Read the replica directories of these attempts."""
        return await asyncio.to_thread(self._observe, attempt_ids)

    async def stop(self, attempt_id: str, *, signal: str, grace_seconds: int) -> None:
        """Signal the commands, and end the whole of each replica after the grace."""
        line = f"stop {grace_seconds} {signal.removeprefix('SIG')}"
        self._deadlines[attempt_id] = time.monotonic() + grace_seconds + OVERDUE_SECONDS
        for run in self._dirs(attempt_id):
            if run.exit() is None:
                # Written down first: an agent that dies with the line in its hands is replaced by one that
                # reads this.
                wanted = line if run.started() else "abort"
                _write_down(run.path / STOP_FILE, wanted)
                await asyncio.to_thread(self._attend, run, line=wanted)

    async def forget(self, attempt_id: str) -> bool:
        """Remove the replica directories, once all they left is handed over; try to ship what is left.

        What still runs is ended first: a command can write into its directory, so an end that is found there
        may be its own word.
        """
        folder = self.runs / attempt_id
        ended = await asyncio.to_thread(end_remains, attempt_id, folder)
        if ended:
            log.warning("remains_ended", attempt_id=attempt_id, processes=ended)
        for run in self._dirs(attempt_id):
            if run.exit() is None and _runs(run):
                return False
            if run.exit() is not None and not run.is_settled:
                if not run.agent_is_alive:
                    self._children.append(run.start_agent(self._python, env=_inherited(), flush=True))
                return False
        if folder.exists():
            await asyncio.to_thread(remove_tree, folder)
        self._deadlines.pop(attempt_id, None)
        return True

    def close(self) -> None:
        """Let go of the agents: what runs goes on running."""
        for child in self._children:
            if child.poll() is None:
                # Python warns about children that are dropped alive; ours are meant to live on.
                child.returncode = 0
        self._children.clear()

    async def leftovers(self) -> list[str]:
        """Return the attempts of which something is still here."""
        return sorted(path.name for path in self.runs.iterdir() if path.is_dir())

    def _prepare(self, order: Order, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        port = _port_of(folder)
        given = {one.variable: str(self._lay_out_input(folder, one)) for one in order.inputs}
        for index in range(order.replicas):
            run = RunDir(folder / f"{order.task}-{index}")
            if run.exit() is not None or run.spec_file.exists():
                continue
            self._need_room()
            code, outputs = run.path / "code", run.path / "outputs"
            run.path.mkdir(mode=0o700, exist_ok=True)
            self._lay_out(order, run.path, code)
            outputs.mkdir(exist_ok=True)
            run.create(self._spec(order, index, port=port, code=code, outputs=outputs, given=given))

    def _need_room(self) -> None:
        """Raise `DiskFull` where a replica could start and then not write down what became of it."""
        if shutil.disk_usage(self.runs).free < LEAST_ROOM_BYTES:
            raise full()

    def _lay_out(self, order: Order, folder: Path, code: Path) -> None:
        if code.exists():
            return
        part = folder / "code.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        if order.code_version:
            self._stage(order.code_version, part, writable=True)
        part.rename(code)

    def _lay_out_input(self, folder: Path, given: Given) -> Path:
        """Lay a dataset or model out once for all replicas; whole when it stands under its name."""
        place = folder / f"{given.kind}s" / given.name
        if not place.exists():
            part = place.with_name(f"{given.name}.part")
            remove_tree(part)
            part.mkdir(parents=True)
            self._stage(given.version_id, part, writable=False)
            # A folder without write bits cannot be renamed by everybody: its ".." would change.
            part.chmod(0o755)
            part.rename(place)
        place.chmod(0o555)  # a kill may have come between
        return place

    def _spec(
        self, order: Order, index: int, *, port: int, code: Path, outputs: Path, given: Mapping[str, str]
    ) -> Spec:
        cores = _cores_of(order, index)
        env = order.env | dict(given) | {
            "HUBKIN_JOB_ID": order.job_id, "HUBKIN_JOB_NAME": order.job_name,
            "HUBKIN_ATTEMPT_ID": order.attempt_id, "HUBKIN_TASK": order.task,
            "HUBKIN_REPLICA_INDEX": str(index), "HUBKIN_CODE": str(code), "HUBKIN_OUTPUTS": str(outputs),
            "RANK": str(index), "WORLD_SIZE": str(order.replicas), "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port), "PYTHONUNBUFFERED": "1", "CUDA_VISIBLE_DEVICES": _devices_of(order,
            index),
        }  # fmt: skip
        return Spec(
            job_id=order.job_id,
            attempt_id=order.attempt_id,
            task=order.task,
            index=index,
            argv=("/bin/sh", "-c", order.command),
            cwd=str(code),
            code=str(code),
            outputs=str(outputs),
            api=self._api,
            token=self._token(order.attempt_id),
            env=env,
            grace_seconds=order.grace_seconds,
            flush_seconds=FLUSH_SECONDS,
            cpus=cores,
            memory_bytes=order.memory_bytes,
            keep=order.keep,
        )

    def _start_agents(self, dirs: Sequence[RunDir]) -> None:
        for run in dirs:
            if run.exit() is None and not run.agent_is_alive:
                self._children.append(run.start_agent(self._python, env=_inherited()))

    def _observe(self, attempt_ids: Sequence[str]) -> list[ReplicaFact]:
        # Agents outlive us, but while we live their ends are ours to collect.
        for child in [one for one in self._children if one.poll() is not None]:
            # In place: another thread may just have started one.
            self._children.remove(child)
        found = [(attempt_id, run) for attempt_id in attempt_ids for run in self._dirs(attempt_id)]
        self._end_overdue({attempt_id for attempt_id, run in found if run.exit() is None})
        for _, run in found:
            # One that was launched may have lost its agent before that could be written down.
            if run.exit() is None and (run.started() is not None or run.launch_pid.exists()):
                self._attend(run)
        return [_fact(attempt_id, run) for attempt_id, run in found]

    def _end_overdue(self, attempt_ids: Set[str]) -> None:
        """End what was to have ended: its agent may be gone, or the way to it."""
        for attempt_id in attempt_ids & self._deadlines.keys():
            if time.monotonic() > self._deadlines[attempt_id]:
                log.warning("stop_overdue", attempt_id=attempt_id)
                end_remains(attempt_id, self.runs / attempt_id)

    def _attend(self, run: RunDir, *, line: str = "") -> None:
        """Have an agent be there that knows what is wanted; a killed one is replaced by one that adopts."""
        is_new = not run.agent_is_alive
        if is_new:
            self._start_agents([run])
            line = line or (read_small(run.path / STOP_FILE) or b"").decode("utf-8", "replace")
        if line:
            _deliver(run, line)

    def _dirs(self, attempt_id: str) -> list[RunDir]:
        folder = self.runs / attempt_id
        found = [
            path
            for path in folder.glob("*-*")
            if path.name.rpartition("-")[2].isdecimal() and (path / "agent.json").exists()
        ]
        return [RunDir(path) for path in sorted(found, key=lambda path: int(path.name.rpartition("-")[2]))]


def remove_tree(folder: Path) -> None:
    """Remove a folder, also one whose folders have no write bits; what cannot be removed stays."""
    for parent, folders, _ in os.walk(folder):
        for path in (Path(parent), *(Path(parent, name) for name in folders)):
            # Folders too that are still to be walked into: a job may have closed them altogether.
            with suppress(OSError):
                if not path.is_symlink():
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _inherited() -> dict[str, str]:
    """Return what a job may see of our environment: no token of ours is among it."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }


def _runs(run: RunDir) -> bool:
    started = run.started()
    return run.agent_is_alive or (started is not None and started.is_alive)


def _fact(attempt_id: str, run: RunDir) -> ReplicaFact:
    task, _, index = run.path.name.rpartition("-")
    end, started = run.exit(), run.started()
    if end is not None:
        return ReplicaFact(
            attempt_id=attempt_id, task=task, index=int(index), state=ReplicaState.ENDED, code=end.code,
            signal=end.signal, reason=end.reason, message=end.message, pid=started.pid if started else None,
            started_at=end.started_at, ended_at=end.ended_at, rss_bytes=end.max_rss_bytes,
        )  # fmt: skip
    if started is None:
        state = ReplicaState.READY if run.is_ready else ReplicaState.ABSENT
        return ReplicaFact(attempt_id=attempt_id, task=task, index=int(index), state=state)
    # Whoever looks has started an agent where none was: it adopts the command, or writes down how it ended.
    is_alive = run.agent_is_alive or started.is_alive
    return ReplicaFact(
        attempt_id=attempt_id, task=task, index=int(index), pid=started.pid, started_at=started.started_at,
        state=ReplicaState.RUNNING if is_alive else ReplicaState.LOST,
        reason="" if is_alive else "agent_error",
    )  # fmt: skip


async def _all_ready(dirs: Sequence[RunDir]) -> bool:
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while not all(run.is_ready or run.exit() is not None for run in dirs):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def _write_down(path: Path, text: str) -> None:
    """Write a file that helps if it is there; a full disk or something in its place stops nobody."""
    try:
        part = path.with_name(f"{path.name}.part")
        part.write_text(text)
        part.replace(path)
    except OSError as error:
        log.warning("not_written_down", path=str(path), error=str(error))


def _deliver(run: RunDir, line: str) -> None:
    """Hand a line to an agent that may not have opened its end yet; give up after two seconds."""
    for _ in range(100):
        if run.exit() is not None or run.send(line):
            return
        time.sleep(0.02)
    log.warning("agent_not_reached", run=str(run.path), line=line)


def _port_of(folder: Path) -> int:
    """Return the rendezvous port of an attempt, the same after a crash."""
    file = folder / "port"
    if not file.exists() or not file.stat().st_size:
        # By rename: a kill between making the file and filling it would leave it empty.
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            part = folder / "port.part"
            part.write_text(str(probe.getsockname()[1]))
            part.replace(file)
    return int(file.read_text())


def _cores_of(order: Order, index: int) -> tuple[int, ...] | None:
    """Pin a replica of a CPU profile to its own cores; the others share all."""
    if order.accelerator is not None or order.simulated or not order.indices:
        return None
    each = len(order.indices) // order.replicas
    available = sorted(os.sched_getaffinity(0))
    mine = order.indices[index * each : (index + 1) * each]
    return tuple(sorted({available[i % len(available)] for i in mine})) or None


def _devices_of(order: Order, index: int) -> str:
    """Return the GPUs that a replica may see; empty hides them all from what did not ask for any."""
    if order.accelerator is None or order.simulated:
        return ""
    each = len(order.indices) // order.replicas
    names = order.devices or tuple(str(i) for i in order.indices)
    return ",".join(names[index * each : (index + 1) * each])
