"""Notebook servers as processes of this machine.

All of them are processes of the Unix account that runs the hub: one trust domain, which the start page says.
"""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hubkin_agent import is_alive, start_time
from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Unicode, default

from hubkin_spawners.gate import Refusal
from hubkin_spawners.spawner import HubkinGate

#: JupyterLab writes its own files at each start, and a notebook wants to be saved.
LEAST_ROOM_BYTES = 32 << 20

#: What a server may see of the hub's environment beside the usual: devices, mirrors, proxies.
KEPT = (
    "CUDA_HOME", "CUDA_VISIBLE_DEVICES", "HF_ENDPOINT", "HF_HOME", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY",
    "PIP_CONFIG_FILE", "PIP_INDEX_URL", "TZ", "UV_DEFAULT_INDEX", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip


class HubkinLocalSpawner(HubkinGate, LocalProcessSpawner):
    """Starts JupyterLab as a process that outlives the hub and is found again by pid and start time."""

    homes = Unicode(
        config=True,
        help="A folder with one home per person; empty: the Unix user's own home, for everybody.",
    )
    log_folder = Unicode(
        config=True, help="Where each server's output goes, one file a server; empty: into the hub's."
    )
    trust_note = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.started: int | None = None

    @default("cmd")
    def _cmd(self) -> list[str]:
        return [sys.executable, "-m", "hubkin_spawners.server"]

    @default("env_keep")
    def _env_keep(self) -> list[str]:
        return [*self._env_keep_default(), *KEPT]

    @default("interrupt_timeout")
    def _interrupt_timeout(self) -> int:
        return 10

    @default("term_timeout")
    def _term_timeout(self) -> int:
        return 5

    @property
    def home(self) -> Path:
        """Where the person's files are."""
        return Path(self.homes) / self._file_name(self.user.name) if self.homes else Path.home()

    @staticmethod
    def _file_name(name: str) -> str:
        """Return a hub user's name as a file's; distinct names stay distinct, none leads elsewhere."""
        quoted = quote(name, safe="")
        return quoted.replace(".", "%2E") if quoted.startswith(".") else quoted

    async def start(self) -> Any:
        """Start the process in the person's home, its output in a file that outlives the hub."""
        self._need_room()
        if self.homes:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._output() as output:
            self.popen_kwargs = {
                "cwd": self.home, "stdin": subprocess.DEVNULL, "stdout": output, "stderr": output
            }  # fmt: skip
            return await super().start()

    def _need_room(self) -> None:
        """Refuse a start on a full disk with its sentence: the server would only die, and say nothing."""
        there = next(place for place in (self.home, *self.home.parents) if place.exists())
        if shutil.disk_usage(there).free < LEAST_ROOM_BYTES:
            raise self._refused(Refusal(status=409, code="disk_full"))

    def _output(self) -> Any:
        if not self.log_folder:
            return nullcontext()
        folder = Path(self.log_folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return (folder / f"{self._file_name(self.user.name)}.{self.name or 'default'}.log").open("wb")

    def make_preexec_fn(self, name: str) -> None:
        """Run nothing between fork and exec: ``hubkin_spawners.server`` does what is to be done."""

    def process_facts(self) -> dict[str, Any]:
        """Return pid and start time, by which the platform sees an end that the hub has missed."""
        if self.started is None:
            self.started = start_time(self.pid)
        return {"pid": self.pid, "start_time": self.started}

    async def poll(self) -> int | None:
        """Return ``None`` while the very process that was started runs."""
        if self.proc is None and self.pid and not is_alive(self.pid, self.started):
            self.pid = 0
        return await super().poll()

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add who and where."""
        env["USER"] = self.user.name if self.homes else _account()
        env["HOME"] = str(self.home)
        # `pip` in a terminal is that of the environment the server runs in.
        env["PATH"] = os.pathsep.join(
            dict.fromkeys([str(Path(sys.executable).parent), *env.get("PATH", os.defpath).split(os.pathsep)])
        )
        # Nothing calls home, and no first start begins with a question about news.
        env["JUPYTER_CONFIG_PATH"] = str(Path(__file__).parent / "lab_config")
        env["SHELL"] = os.environ.get("SHELL", "/bin/bash")
        if self.grant is not None and self.grant.cpus:
            env["HUBKIN_CPUS"] = ",".join(str(cpu) for cpu in self.grant.cpus)
        return env

    def get_state(self) -> dict[str, Any]:
        """Return what finds the process again."""
        state: dict[str, Any] = super().get_state()
        if self.pid:
            state["start_time"] = start_time(self.pid) if self.started is None else self.started
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Find it again."""
        super().load_state(state)
        self.started = state.get("start_time")

    def clear_state(self) -> None:
        """Forget it."""
        super().clear_state()
        self.started = None


def _account() -> str:
    """Return the account's name; in a container it may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
