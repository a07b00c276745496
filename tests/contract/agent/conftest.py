"""A replica directory with a real agent process, and the small platform it speaks to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hubkin_agent import Exit, RunDir, Spec

from tests.contract.agent.platform import Platform

#: Longer than anything here takes even on a machine that is busy with other things.
PATIENCE_SECONDS = 45.0


def wait_until(what: Callable[[], Any], *, why: str = "it did not happen") -> Any:
    """Return the first true answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(why)


class Replica:
    """One replica: its directory, its agent, and what a test wants to know."""

    def __init__(self, folder: Path, spec: Spec) -> None:
        self.run = RunDir(folder / "run")
        self.spec = spec
        self.agents: list[subprocess.Popen[bytes]] = []
        Path(spec.code).mkdir(parents=True, exist_ok=True)
        self.run.create(spec)

    def start(self, *, go: bool = True) -> subprocess.Popen[bytes]:
        """Start an agent; send it the go as a backend does."""
        agent = self.run.start_agent()
        self.agents.append(agent)
        if go:
            self.go()
        return agent

    def go(self) -> None:
        wait_until(lambda: self.run.is_ready and self.run.send("go"), why="the agent was never ready")

    def kill_agent(self) -> None:
        """End the newest agent as the kernel's OOM killer would."""
        self.agents[-1].send_signal(signal.SIGKILL)
        self.agents[-1].wait()

    def ended(self) -> Exit:
        """Wait for the end, and for the agent to go."""
        ended = wait_until(self.run.exit, why=f"no exit.json; agent.log: {self.log()}")
        self.agents[-1].wait(timeout=PATIENCE_SECONDS)
        return ended

    def log(self) -> str:
        return self.run.log.read_text(errors="replace") if self.run.log.exists() else ""

    def spool(self) -> bytes:
        return self.run.spool.read_bytes()

    def prints(self, text: str) -> None:
        """Wait until the command printed a line; Python writes its end by itself."""
        line = text.encode() + b"\n"
        wait_until(lambda: self.run.spool.exists() and line in self.spool(), why=f"no {text!r}")

    def clear_away(self) -> None:
        for agent in self.agents:
            if agent.poll() is None:
                self.run.send("kill")
                try:
                    agent.wait(timeout=5)
                except subprocess.TimeoutExpired:
                    agent.kill()
                    agent.wait()
        started = self.run.started()
        if started is not None and started.is_alive:
            os.killpg(started.pid, signal.SIGKILL)


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    platform.tokens.add("secret-1")
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def replica(tmp_path: Path, platform: Platform) -> Iterator[Callable[..., Replica]]:
    """Make replicas: ``replica("print(1)")``, or ``replica(argv=[...])``; keywords as in `Spec`."""
    made: list[Replica] = []

    def make(script: str | None = None, **fields: Any) -> Replica:
        folder = fields.pop("folder", tmp_path) / f"replica-{len(made)}"
        argv = fields.pop("argv", None) or [sys.executable, "-c", script]
        spec = Spec(
            job_id="job-1",
            attempt_id="att-1",
            task="main",
            index=0,
            argv=tuple(argv),
            cwd=str(folder / "code"),
            code=str(folder / "code"),
            outputs=str(folder / "outputs"),
            api=platform.api,
            token="secret-1",
            grace_seconds=5,
            flush_seconds=5,
        )
        made.append(Replica(folder, replace(spec, **fields)))
        return made[-1]

    yield make
    for one in made:
        one.clear_away()
