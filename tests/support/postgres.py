"""A PostgreSQL of our own for as long as tests need it, in a folder of its own, on a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port

ACCOUNT = "postgres"
#: Not the order of bytes: what leans on it shows.
LETTERS = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")


def is_installed() -> bool:
    """Whether there is a server to start."""
    return folder() is not None


def folder() -> Path | None:
    """Return where PostgreSQL's programs are, None when it is not installed."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_isready"), reverse=True)
    found = shutil.which("pg_isready")
    programs = [path.parent for path in known] + ([Path(found).resolve().parent] if found else [])
    return next((path for path in programs if (path / "postgres").exists()), None)


def version() -> str:
    """Return its version, as it says it."""
    programs = folder()
    assert programs is not None
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[2]


@contextmanager
def server() -> Iterator[str]:
    """Run a server; yield the URL of its database."""
    programs = folder()
    assert programs is not None
    where = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    # It refuses to run as root.
    account: list[str] = []
    if os.geteuid() == 0:
        account = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"]
        shutil.chown(where, ACCOUNT, ACCOUNT)
    data, port = where / "data", free_port()
    make = [programs / "initdb", "-D", data, "-U", "hub", "--auth=trust", "--no-sync", "-E", "UTF8"]
    subprocess.run([*account, *make, *LETTERS], check=True, capture_output=True, cwd=where)
    options = [
        "listen_addresses=127.0.0.1",
        f"unix_socket_directories={where}",
        "fsync=off",
        "full_page_writes=off",
    ]
    command = [*account, programs / "postgres", "-D", data, "-p", str(port)]
    for option in options:
        command += ["-c", option]
    with (where / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=where)
    try:
        ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
        for _ in range(100):
            if subprocess.run(ready, check=False).returncode == 0:
                break
        else:
            raise AssertionError((where / "log").read_text())
        yield f"postgresql+psycopg://hub@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(2)
        process.wait(30)
        shutil.rmtree(where, ignore_errors=True)
