"""``%jobs`` and ``%hubkin``: the commands of the terminal, in a notebook."""

from __future__ import annotations

import shlex
import sys

from hubkin_magics.failures import BadOptions, CommandFailed
from hubkin_magics.i18n import _, said


def run(line: str) -> None:
    """Run one command line; nothing is ever asked, so destructive verbs need ``-y``.

    Raises:
        CommandFailed: The command ended with an exit code; it has said why itself.
    """
    from hubkin.cli import main

    try:
        words = shlex.split(line)
    except ValueError as error:
        raise BadOptions(f"%hubkin: {error}") from None
    code = main.run(words or ["--help"], out=sys.stdout, err=sys.stderr)
    if code:
        raise CommandFailed(said(_("%hubkin ended with exit code {code}."), {"code": code}))
