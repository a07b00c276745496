"""What the commands share: their words, where and in which language they speak, what to type next.

What each takes is declared in `hubkin.cli.machine`, beside all other commands: one look, one help.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from hubkin import i18n
from hubkin.cli.parser import Parsed, UsageError, parse
from hubkin.cli.tree import command_named, common_of
from hubkin_hub.i18n import speaker

from hubkin_platform.up import elsewhere
from hubkin_platform.up.paths import Places, default_data, standard_data

PORTS = range(1, 65536)


def parsed(verb: str, argv: list[str]) -> Parsed:
    """Read the words after a verb.

    Raises:
        UsageError: They are wrong; the command line says so and exits 2.
    """
    command = command_named(verb)
    if command is None:
        raise ValueError(verb)
    return parse(command, argv, common_of(command))


def language_of(chosen: Parsed) -> str:
    """The language of ``--lang``, else the one in force, as everywhere in the command line."""
    return str(chosen.lang or i18n.language())


def places_of(chosen: Parsed) -> Places:
    """Return the places of the chosen data folder."""
    return Places((Path(chosen.data) if chosen.data else default_data()).expanduser().absolute())


def port_of(chosen: Parsed) -> int | None:
    """Return the chosen port, None when none is named.

    Raises:
        UsageError: It is no port.
    """
    text = chosen.port
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text) in PORTS):
        _ = speaker(language_of(chosen))
        raise UsageError(
            _("“%(port)s” is not a port. Write a number from 1 to 65535, such as 8001.", port=text)
        )
    return int(text)


def command_line(verb: str, data: Path, *words: str) -> str:
    """Return the command to type for this data folder, quoted for a shell.

    ``--data`` is left out only where every shell finds the folder without it.
    """
    named = [] if data == standard_data() else ["--data", str(data)]
    return shlex.join(["hubkin", verb, *words, *named])


def say_elsewhere(verb: str, data: Path, language: str) -> bool:
    """Name what runs on other data folders, with the command for each; return whether there is any."""
    _ = speaker(language)
    others = elsewhere.running(but=data)
    for other in others:
        text = _("One runs on %(path)s: %(command)s", path=str(other), command=command_line(verb, other))
        print(text, file=sys.stderr)
    return bool(others)
