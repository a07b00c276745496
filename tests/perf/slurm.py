"""A Slurm controller from Debian's packages, in one folder: the other side of the submit benchmark."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

WAIT_SECONDS = 20.0
CONFIGURATION = """\
ClusterName=bench
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MaxJobCount=100000
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port} CPUs=2 RealMemory=4000
PartitionName=debug Nodes=n1 Default=YES MaxTime=60 State=UP
"""


@dataclass(frozen=True, slots=True)
class Slurm:
    """A running controller."""

    folder: Path
    version: str
    controller_pid: int = 0
    """The process of slurmctld."""

    @property
    def environment(self) -> dict[str, str]:
        """What its clients need."""
        return {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}


def missing() -> list[str]:
    """The programs that are not there."""
    return [name for name in ("slurmctld", "sbatch", "munged") if shutil.which(name, path=_path()) is None]


@contextmanager
def running(folder: Path) -> Iterator[Slurm]:
    """Start munge and slurmctld below an empty folder; stop both at the end."""
    for name in ("munge", "state"):
        (folder / name).mkdir(mode=0o700, parents=True)
    host = socket.gethostname().partition(".")[0]
    ports = [_free_port(), _free_port()]
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(host=host, port=ports[0], node_port=ports[1], folder=folder, user="root")
    )
    key = folder / "munge" / "key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    slurm = Slurm(folder, _version(configuration))
    munge = [f"--key-file={key}", f"--socket={folder}/munge/socket", f"--pid-file={folder}/munge/pid",
             f"--log-file={folder}/munge/log", f"--seed-file={folder}/munge/seed"]  # fmt: skip
    with (
        _daemon(["munged", "--foreground", "--force", *munge], folder=folder, slurm=slurm),
        _daemon(["slurmctld", "-D", "-c", "-f", str(configuration)], folder=folder, slurm=slurm) as pid,
    ):
        _await_answer(slurm)
        yield replace(slurm, controller_pid=pid)


@contextmanager
def _daemon(command: list[str], *, folder: Path, slurm: Slurm) -> Iterator[int]:
    program = shutil.which(command[0], path=_path()) or command[0]
    with (folder / f"{command[0]}.out").open("wb") as output:
        process = subprocess.Popen(
            [program, *command[1:]], env=slurm.environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)


def _await_answer(slurm: Slurm) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        done = subprocess.run(["sinfo"], env=slurm.environment, capture_output=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.1)
    log = (slurm.folder / "slurmctld.log").read_text()[-2000:]
    raise RuntimeError(f"slurmctld did not answer within {WAIT_SECONDS:.0f} s:\n{log}")


def _version(configuration: Path) -> str:
    environment = {
        **os.environ,
        "SLURM_CONF": str(configuration),
    }  # sbatch reads it before it says its version
    done = subprocess.run(
        ["sbatch", "--version"], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
