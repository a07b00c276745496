"""A MariaDB of our own for as long as tests need it, in a folder of its own, on a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port

ACCOUNT = "mysql"
#: As hostile as a server may be set up: its own letters are Latin-1 without case, it cuts what is too long
#: and reads the same twice.  Still it loses nothing that was committed when it is killed.
OPTIONS = (
    "--character-set-server=latin1",
    "--collation-server=latin1_swedish_ci",
    "--sql-mode=",
    "--transaction-isolation=REPEATABLE-READ",
    "--skip-name-resolve",
    "--debug-no-sync",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
)


def is_installed() -> bool:
    """Whether there is a server to start."""
    return _program("mariadbd") is not None


def version() -> str:
    """Return its version, as it says it."""
    said = subprocess.run([_program("mariadbd"), "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split("Ver ")[1].split("-")[0]


@contextmanager
def server() -> Iterator[str]:
    """Run a server; yield the URL of its database."""
    where = Path(tempfile.mkdtemp(prefix="maria-", dir="/tmp"))
    # It refuses to run as root.
    account: list[str] = []
    if os.geteuid() == 0:
        account = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"]
        shutil.chown(where, ACCOUNT, ACCOUNT)
    data, port = where / "data", free_port()
    make = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"]
    make += ["--auth-root-authentication-method=normal"]
    subprocess.run([*account, *make], check=True, capture_output=True, cwd=where)
    command = [*account, _program("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={port}"]
    command += ["--bind-address=127.0.0.1", f"--socket={where}/s", f"--pid-file={where}/p", *OPTIONS]
    with (where / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=where)
    try:
        _wait(process, port, where / "log")
        _run(port, "CREATE DATABASE hubkin")
        yield f"mariadb+pymysql://root@127.0.0.1:{port}/hubkin"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(where, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ping = [*_client("mariadb-admin", port), "ping", "--wait=30", "--silent"]
    ready = subprocess.run(ping, capture_output=True, check=False, timeout=60)
    assert ready.returncode == 0, log.read_text()
    assert process.poll() is None, log.read_text()


def _run(port: int, statement: str) -> None:
    subprocess.run([*_client("mariadb", port), "-e", statement], check=True, capture_output=True)


def _client(program: str, port: int) -> list[str]:
    return [program, "--no-defaults", "-h127.0.0.1", f"-P{port}", "-uroot", "--protocol=tcp"]


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/libexec")
