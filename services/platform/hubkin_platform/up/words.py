"""What the commands share: ``--data``, ``--lang``, and where and in which language they speak."""

from __future__ import annotations

import argparse
import os
from itertools import pairwise
from pathlib import Path

from hubkin_hub.i18n import LANGUAGES, negotiate

from hubkin_platform.up.paths import Places, default_data


def parser_of(verb: str) -> argparse.ArgumentParser:
    """Return the parser of one verb with what all of them take."""
    parser = argparse.ArgumentParser(prog=f"hubkin {verb}", allow_abbrev=False)
    parser.add_argument("--data", type=Path, help="the data directory")
    parser.add_argument("--lang", choices=list(LANGUAGES), help="en, zh")
    return parser


def language_of(argv: list[str]) -> str:
    """The language of ``--lang``, else of the terminal; needed before the words are parsed."""
    named = [b for a, b in pairwise(argv) if a == "--lang"]
    named += [word.partition("=")[2] for word in argv if word.startswith("--lang=")]
    terminal = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return negotiate(
        chosen=named[0] if named else None, accepted=terminal.replace("_", "-").partition(".")[0]
    )


def places_of(chosen: argparse.Namespace) -> Places:
    """Return the places of the chosen data directory."""
    return Places((chosen.data or default_data()).expanduser().absolute())
