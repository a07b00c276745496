"""``python -m hubkin_platform service``: the platform's process, from settings to a graceful end."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence

from hubkin_kit import telemetry
from hubkin_kit.database import Database
from hubkin_kit.errors import HubkinError
from hubkin_kit.i18n import SOURCE
from hubkin_kit.leases import void
from hubkin_kit.settings import StartRefused
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from traitlets import TraitError

from hubkin_platform import __version__, schema
from hubkin_platform.app import compose, holder_name, is_dead, reference, translator
from hubkin_platform.secret_file import read_secrets
from hubkin_platform.settings import HubkinPlatform
from hubkin_platform.single import SingleProcess

USAGE = f"""hubkin-platform {__version__}

  hubkin-platform service [--port=8081 --data=FOLDER …]   serve, and run the controllers
  hubkin-platform db upgrade                              make or upgrade the database
  hubkin-platform openapi                                 print openapi.json

  hubkin-platform service --help-all                      every setting"""

#: How long open requests may take once we are told to stop, and their connections after that.
GRACE_SECONDS = 4.0
#: How long a client may take to send a request's headers or be silent between requests.
IDLE_SECONDS = 180.0
BODY_SECONDS = 600.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb; return the exit status."""
    verb, *rest = [*(sys.argv[1:] if argv is None else argv), ""]
    rest = rest[:-1]
    if verb in ("--version", "-V"):
        print(f"hubkin-platform {__version__}")
        return 0
    if verb == "openapi":
        sys.stdout.write(reference().decode() + "\n")
        return 0
    if verb == "db" and rest[:1] == ["upgrade"]:
        return _refusable(lambda: _upgrade(rest[1:]))
    if verb == "service":
        return _refusable(lambda: _serve(rest))
    print(USAGE, file=sys.stdout if verb in ("--help", "-h", "help") else sys.stderr)
    return 0 if verb in ("--help", "-h", "help") else 2


def _refusable(run: object) -> int:
    try:
        run()  # type: ignore[operator]
    except HubkinError as error:
        print(f"hubkin-platform: {said(error, _language())}", file=sys.stderr)
        return 1
    return 0


def _language() -> str:
    """The language of the terminal, as the command line finds it."""
    tag = next(filter(None, map(os.environ.get, ("HUBKIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh" if tag.lower().startswith("zh") else SOURCE


def said(error: HubkinError, language: str) -> str:
    """What an error says in a language, with the parts of it that are sentences themselves."""
    texts = translator()
    params = {
        name: texts.text(value, language=language)
        if isinstance(value, str) and "{" not in value and texts.has(value, language)
        else value
        for name, value in error.params.items()
    }
    return texts.text(error.detail, params, language=language)


def read_settings(argv: Sequence[str]) -> HubkinPlatform:
    """Read flags, environment and file.

    Raises:
        StartRefused: Something in them does not fit.
    """
    settings = HubkinPlatform()
    try:
        settings.initialize_from(list(argv))
    except TraitError as error:
        raise StartRefused("A setting does not fit: {why}", params={"why": str(error)}) from None
    return settings


def _upgrade(argv: Sequence[str]) -> None:
    database, lock = _open(read_settings(argv))
    try:
        print(f"hubkin-platform: schema {schema.HEAD}: {schema.bring_up(database, holder=holder_name())}")
    finally:
        database.close()
        lock.let_go()


def _serve(argv: Sequence[str]) -> None:
    settings = read_settings(argv)
    telemetry.configure_logging()
    asyncio.run(serve(settings))


async def serve(settings: HubkinPlatform) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartRefused: It cannot start like this.
    """
    told_to_stop = _told_to_stop()
    secrets = read_secrets(settings.folder / settings.secrets)
    database, lock = _open(settings)
    try:
        holder = holder_name()
        done = schema.bring_up(database, holder=holder)
        # On SQLite whoever held a lease is dead: the file's lock is ours.
        gone = (lambda _: True) if database.is_sqlite else is_dead
        database.write_sync(lambda tx: void(tx, gone))
        sockets = _bind(settings)
        port = sockets[0].getsockname()[1]
        platform = compose(settings, secrets, database, holder=holder, port=port)
        server = _listen(sockets, platform.application)
        await platform.start()
        for warning in database.warnings():
            telemetry.log.warning("database_warned", warning=warning)
        telemetry.log.info("platform_started", port=port, schema=done, version=__version__)
        # What was imported stays: freezing it spares every later collection the walk over it.
        gc.collect()
        gc.freeze()
        await told_to_stop.wait()
        telemetry.log.info("platform_stopping")
        server.stop()
        await platform.drain(GRACE_SECONDS)
        await platform.close()
        await asyncio.wait({asyncio.ensure_future(server.close_all_connections())}, timeout=GRACE_SECONDS)
        telemetry.log.info("platform_stopped")
    finally:
        database.close()
        lock.let_go()


def _open(settings: HubkinPlatform) -> tuple[Database, SingleProcess]:
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.folder / "hubkin.sqlite"
    database = Database(settings.database_url)
    lock = SingleProcess(path)
    if database.is_sqlite:
        lock = SingleProcess(settings.folder / (database.url.database or "hubkin.sqlite"))
        lock.hold()
        if not settings.controllers:
            raise StartRefused("On SQLite the controllers run in this process: leave them on.")
    return database, lock


def _bind(settings: HubkinPlatform) -> list[socket.socket]:
    try:
        return bind_sockets(settings.port, settings.bind, backlog=512)
    except OSError as error:
        raise StartRefused(
            "Port {port} on {bind} cannot be used: {why}. Choose another with --port.",
            params={"port": settings.port, "bind": settings.bind, "why": error.strerror or "unknown"},
        ) from None


def _listen(sockets: list[socket.socket], application: Application) -> HTTPServer:
    server = HTTPServer(
        application,
        xheaders=True,
        idle_connection_timeout=IDLE_SECONDS,
        body_timeout=BODY_SECONDS,
        max_header_size=32768,
    )
    server.add_sockets(sockets)
    return server


def _told_to_stop() -> asyncio.Event:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    return told
