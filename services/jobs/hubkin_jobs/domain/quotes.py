"""What is open at a place in a command of the shell: quotes of either kind, or a comment.

Quotes in comments and in here-documents open nothing behind them.  Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

COMMENT = "#"

_MARK = re.compile(
    r"""(?P<pair>\\.)                                  # a backslash and what it takes the meaning of
    | (?P<quote>['"])
    | (?P<comment>(?:^|(?<=[\s;&|()]))\#[^\n]*)
    | (?P<here>(?<!<)<<-?[ \t]*['"\\]?(?P<last>[\w.-]+)['"]?)
    | (?P<open>\$?\()
    | (?P<close>\))
    | (?P<end>\n)
    """,
    re.DOTALL | re.VERBOSE,
)


def open_at(command: str, places: Iterable[int]) -> list[str]:
    """Return what is open at each of these places, in their order: ``'``, ``"``, ``#`` or nothing."""
    changes = list(_changes(command))
    found, quote, next_one = [], "", 0
    for place in places:
        while next_one < len(changes) and changes[next_one][0] <= place:
            quote = changes[next_one][1]
            next_one += 1
        found.append(quote)
    return found


def _changes(command: str) -> Iterator[tuple[int, str]]:
    """Yield from where on what is open, in order."""
    opened, coming, at = [""], list[str](), 0  # within ``"$(…)"`` all begins anew
    while (mark := _MARK.search(command, at)) is not None:
        at, quote = mark.end(), opened[-1]
        if quote == "'":
            # Within them a backslash has no meaning, nor has anything else.
            at = command.find("'", mark.start()) + 1 or len(command)
            opened[-1] = ""
        elif mark["quote"] and quote in ("", mark["quote"]):
            opened[-1] = "" if quote else mark["quote"]
        elif mark["open"] and (mark["open"] == "$(" or not quote):
            opened.append("")
        elif mark["close"] and not quote and len(opened) > 1:
            opened.pop()
        elif mark["comment"] and not quote:
            yield mark.start(), COMMENT
        elif mark["here"] and not quote:
            coming.append(mark["last"])
        elif mark["end"] and coming:
            for last in coming:
                yield from _body(command, at, at := _past(command, at, last))
            coming.clear()
        yield at, opened[-1]


def _past(command: str, at: int, last: str) -> int:
    """Return where a here-document ends that begins here; without an end there is none, as in ``1<<2``."""
    end = re.compile(rf"^\t*{re.escape(last)}$", re.MULTILINE).search(command, at)
    return end.end() if end else at


def _body(command: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield what is open in a here-document, were it a command: most are programs, with words in quotes."""
    quote = ""
    yield start, quote
    for mark in re.compile(r"\\.|['\"]", re.DOTALL).finditer(command, start, end):
        if quote in ("", mark[0]):
            quote = "" if quote else mark[0] if mark[0] in ("'", '"') else ""
            yield mark.end(), quote
