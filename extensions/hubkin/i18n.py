"""Two languages: English in the source, Chinese in ``locale/zh_CN``, read as it is; standard library only.

The language is a context variable: ``%hubkin --lang zh`` in a kernel changes nothing for anybody else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from hubkin.han import Chinese

LANGUAGES = ("en", "zh")

_chosen: ContextVar[str | None] = ContextVar("hubkin_language", default=None)


def language() -> str:
    """The language in force, ``en`` or ``zh``: `use_language`, ``HUBKIN_LANG``, then POSIX's variables."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    variable = language_variable()
    return nearest_language(os.environ[variable]) if variable else "en"


def language_variable() -> str | None:
    """The variable of the environment that decides the language, where one does."""
    names = ("HUBKIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    return next((name for name in names if os.environ.get(name)), None)


def nearest_language(tag: str) -> str:
    """Map ``zh_CN.UTF-8``, ``zh-Hans``, ``de`` to a language we speak, English when it is none."""
    return "zh" if tag.strip().lower().startswith("zh") else "en"


@contextmanager
def use_language(tag: str | None) -> Iterator[None]:
    """Speak this language inside the block; `None` leaves it as it is."""
    if tag is None:
        yield
        return
    token = _chosen.set(nearest_language(tag))
    try:
        yield
    finally:
        _chosen.reset(token)


def _(message: str) -> str:
    """Translate one message; ``{names}`` in it are filled by the caller with ``.format``."""
    return translated(message, Path(__file__).parent)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    """Mark a message in a table; whoever shows it calls `_`."""
    return message


def translated(message: str, package: Path) -> str:
    """Translate a message of the package in this folder; without a translation it stays English."""
    if language() == "en":
        return message
    said = read_catalogue(package / "locale" / "zh_CN" / "LC_MESSAGES" / "hubkin.po").get(message)
    return message if said is None else Chinese(said)


def listed(items: Iterable[str]) -> str:
    """Several things in one line: ``a, b``, or ``a、b``."""
    return ("、" if language() == "zh" else ", ").join(items)


def gap() -> str:
    """What stands between two sentences: a Chinese full stop brings its own space."""
    return "" if language() == "zh" else " "


@lru_cache(maxsize=8)
def read_catalogue(path: Path) -> dict[str, str]:
    """Read the texts of a PO file; entries that are empty or fuzzy do not count.

    Its strings have the escapes of JSON, which is what makes this quick enough to do at every start.
    """
    texts: dict[str, str] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        entry: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            word, _space, rest = line.partition(" ")
            if word in ("msgid", "msgstr"):
                key, entry[word] = word, json.loads(rest)
            elif line.startswith('"') and key:
                entry[key] += json.loads(line)
            elif line.startswith("#,") and "fuzzy" in line:
                break
        if entry.get("msgid") and entry.get("msgstr"):
            texts[entry["msgid"]] = entry["msgstr"]
    return texts
