"""Somebody else's text as a terminal may show it: the platform's own rule (`hubkin_kit.i18n.seemly`)."""

from __future__ import annotations

import re

#: What a terminal would obey: colours, moves of the cursor, titles.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z])|\x9b[0-?]*[ -/]*[@-~]"
)
_COLOUR = re.compile(r"(\x1b\[[0-9;:]*m)")
#: Control characters, those that turn the direction of text, and halves of characters.
_UNSEEMLY = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAKS = re.compile(r"\r\n|[\n\r\t]")


def seemly(text: str) -> str:
    r"""Text on one line: names, sentences, cells of a table.

    >>> seemly("a\x1b[31mb\n")
    'ab '
    """
    return _plain(_BREAKS.sub(" ", _ESCAPES.sub("", text)))


def seemly_line(text: str, *, colour: bool) -> str:
    r"""A line of a log, which keeps its tabs and, if wanted, its colours.

    >>> seemly_line("a\x1b[31mb\x1b[2J", colour=True)
    'a\x1b[31mb'
    """
    kept = _ESCAPES.sub(lambda found: found[0] if colour and _COLOUR.fullmatch(found[0]) else "", text)
    # Every second part is a colour.
    return "".join(part if n % 2 else _plain(part) for n, part in enumerate(_COLOUR.split(kept)))


def _plain(text: str) -> str:
    return _UNSEEMLY.sub("\N{REPLACEMENT CHARACTER}", text)
