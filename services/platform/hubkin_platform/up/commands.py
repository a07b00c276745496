"""The commands of one machine: each takes the words after its verb and returns an exit code."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from hubkin.cli.parser import Parsed
from hubkin_hub.account import account_name
from hubkin_hub.i18n import speaker, speaks

from hubkin_platform.up import checks, demo, doctor, elsewhere, ports, record, removal, secret_files
from hubkin_platform.up.children import tail
from hubkin_platform.up.paths import Places
from hubkin_platform.up.plan import PLATFORM, Plan
from hubkin_platform.up.supervisor import DidNotStart, Supervisor
from hubkin_platform.up.welcome import fresh_link, say, welcome
from hubkin_platform.up.words import command_line, language_of, parsed, places_of, port_of, say_elsewhere

speaks(Path(__file__).parents[1])

OK, ERROR, NOT_FOUND, CONFLICT = 0, 1, 4, 5
DEFAULT_PORT = 8000
#: What a file system refuses, where a person can do something about it.
REFUSALS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG})
#: What `--detach` starts.
PROGRAM = (sys.executable, "-m", "hubkin_platform.up", "up")


def _sentences(command: Callable[..., int]) -> Callable[..., int]:
    """Have a command say in a sentence what the file system refuses."""

    @wraps(command)
    def run(argv: list[str], **more: Any) -> int:
        try:
            return command(argv, **more)
        except OSError as error:
            if error.filename is None or error.errno not in REFUSALS:
                raise
            path, why = os.fsdecode(error.filename), os.strerror(error.errno or 0)
            print(f"✘ {path}: {why}", file=sys.stderr)
            return ERROR

    return run


@_sentences
def up(argv: list[str], *, platform_command: tuple[str, ...] = PLATFORM) -> int:
    """Start everything and stay until Ctrl-C; `--detach` leaves it running."""
    chosen = parsed("up", argv)
    port_of(chosen)
    if chosen.link:
        return link([word for word in argv if word != "--link"])
    places = places_of(chosen)
    language = language_of(chosen)
    folder = checks.folder(places.data, language)
    if folder.fatal and not folder.good:  # what is not fatal is said with the rest
        _complain([folder])
        return ERROR
    if chosen.detach:
        return _detached(argv, places)
    places.make()
    lock = record.take_lock(places.lock)
    if lock is None:
        return _runs_already(places, language)
    with lock:
        return _up(chosen, places, language, platform_command)


def _up(chosen: Parsed, places: Places, language: str, platform_command: tuple[str, ...]) -> int:
    before = record.read(places.state)
    if before is not None:
        # The last one was killed; what it had started would hold its ports.
        record.end(list(before.children.values()), within_seconds=10)
    port = port_of(chosen) or _last_port(places) or DEFAULT_PORT
    if not _complain(checks.before_start(places, port=port, language=language)):
        return ERROR
    is_demo = chosen.demo or places.passwords.exists()
    passwords = demo.prepare(places, renew=chosen.new_passwords) if is_demo else {}
    plan = Plan(
        places=places,
        ports=ports.choose(places.ports, public=port),
        secrets=secret_files.ensure(places.secrets),
        demo=is_demo,
        admins=(demo.ADMIN,) if is_demo else (account_name(),),
        platform_command=platform_command,
    )
    plan.write_files()
    began = time.monotonic()

    def ready() -> None:
        url = welcome(plan, passwords, language, seconds=time.monotonic() - began)
        if not chosen.no_browser and sys.stdout.isatty() and _has_display():
            webbrowser.open(url)

    elsewhere.noted(places.data)
    try:
        asyncio.run(
            Supervisor(
                plan=plan, language=language, ready=ready, keep_notebooks=chosen.keep_notebooks, out=say
            ).run()
        )
    except DidNotStart as error:
        print(error, file=sys.stderr)
        return ERROR
    finally:
        elsewhere.forgotten(places.data)
    _ = speaker(language)
    say(_("Stopped. Files, jobs and accounts are kept."))
    return OK


@_sentences
def link(argv: list[str]) -> int:
    """Print a fresh link that signs in once."""
    chosen = parsed("link", argv)
    places, language = places_of(chosen), language_of(chosen)
    _ = speaker(language)
    running = record.read(places.state)
    if running is None or not running.supervisor.runs:
        start = command_line("up", places.data)
        said = _("Nothing runs on %(path)s. Start it: %(command)s", path=str(places.data), command=start)
        print(said, file=sys.stderr)
        say_elsewhere("link", places.data, language)
        return NOT_FOUND
    if running.demo:
        renew = command_line("up", places.data, "--demo", "--new-passwords")
        said = _("The demo is entered by password. For new ones stop it, then: %(command)s", command=renew)
        print(said, file=sys.stderr)
        return ERROR
    print(fresh_link(places, running.url))
    return OK


@_sentences
def down(argv: list[str]) -> int:
    """Stop what `hubkin up` has started; jobs go on."""
    chosen = parsed("down", argv)
    places, language = places_of(chosen), language_of(chosen)
    _ = speaker(language)
    running = record.read(places.state)
    if running is None:
        said = _(
            "Nothing runs on %(path)s. For another data folder: hubkin down --data FOLDER",
            path=str(places.data),
        )
        print(said, file=sys.stderr)
        return NOT_FOUND if say_elsewhere("down", places.data, language) else OK
    record.end([running.supervisor], within_seconds=45)
    # Whatever is left is of a supervisor that was killed.
    record.end(list(running.children.values()), within_seconds=10)
    if running.supervisor.runs:
        print(_("Process %(pid)s did not stop.", pid=running.pid), file=sys.stderr)
        return ERROR
    places.state.unlink(missing_ok=True)
    elsewhere.forgotten(places.data)
    say(_("Stopped. Files, jobs and accounts are kept."))
    return OK


@_sentences
def examine(argv: list[str]) -> int:
    """Print one screen about this installation, to paste into a question."""
    chosen = parsed("doctor", argv)
    report = doctor.examine(places_of(chosen), language=language_of(chosen))
    print(doctor.as_json(report) if chosen.json else doctor.as_text(report))
    return OK if report.healthy else ERROR


@_sentences
def uninstall(argv: list[str]) -> int:
    """List what there is on disk, and remove it where it is said yes to."""
    chosen = parsed("uninstall", argv)
    places, language = places_of(chosen), language_of(chosen)
    _ = speaker(language)
    running = record.read(places.state)
    if running is not None and running.supervisor.runs:
        stop = command_line("down", places.data)
        print(_("It still runs. Stop it first: %(command)s", command=stop), file=sys.stderr)
        return CONFLICT
    return removal.remove(places, language=language, sure=chosen.yes, with_data=chosen.delete_data)


def _complain(findings: list[checks.Finding]) -> bool:
    """Say what is not as it should be; return whether it may go on."""
    for finding in findings:
        if not finding.good:
            print(f"{'✘' if finding.fatal else '!'} {finding.said}", file=sys.stderr)
    return not any(finding.fatal and not finding.good for finding in findings)


def _runs_already(places: Places, language: str) -> int:
    _ = speaker(language)
    running = record.read(places.state)
    where = running.url if running is not None else "?"
    print(
        _(
            "Hubkin runs already on %(path)s: %(url)s. A link: %(link)s. Stop it: %(down)s. "
            "A second one needs its own --data and --port.",
            path=str(places.data),
            url=where,
            link=command_line("link", places.data),
            down=command_line("down", places.data),
        ),
        file=sys.stderr,
    )
    return CONFLICT


def _detached(argv: list[str], places: Places) -> int:
    """Start `hubkin up` in a session of its own and wait until it is ready."""
    places.make()
    words = [word for word in argv if word not in ("--detach", "--foreground")]
    log = places.logs / "up.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [*PROGRAM, *words, "--no-browser"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    while child.poll() is None:
        running = record.read(places.state)
        if running is not None and running.pid == child.pid and running.ready:
            break
        time.sleep(0.05)
    # The last line of the welcome is written after `ready`; it needs a moment more.
    _until(lambda: child.poll() is not None or "uninstall" in tail(log, lines=40))
    print(log.read_text(), end="")
    return child.returncode or OK if child.poll() is not None else OK


def _until(happened: Callable[[], bool], *, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.05)


def _last_port(places: Places) -> int | None:
    try:
        return int(json.loads(places.ports.read_text())["public"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def _has_display() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
