"""A MariaDB of our own for as long as tests need it, in a folder of its own, on a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql

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
    # In memory, where there is room: every table is a file, and making one is slow.
    root = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    where = Path(tempfile.mkdtemp(prefix="maria-", dir=root))
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
        with closing(_connected(process, port, where / "log")) as connection:
            connection.cursor().execute("CREATE DATABASE hubkin")
        yield f"mariadb+pymysql://root@127.0.0.1:{port}/hubkin?ssl_disabled=true"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(where, ignore_errors=True)


def _connected(process: subprocess.Popen[bytes], port: int, log: Path) -> pymysql.Connection[Any]:
    deadline = time.monotonic() + 30
    while True:
        try:
            return pymysql.connect(host="127.0.0.1", port=port, user="root", ssl_disabled=True)
        except pymysql.OperationalError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/libexec")
