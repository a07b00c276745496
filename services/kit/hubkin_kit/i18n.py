"""What people read, in their language.

Texts in the code are English and are the keys (msgids) of each package's
``locale/<language>/LC_MESSAGES/hubkin.po``.
Those files are read as they are when the process starts: there is nothing to compile, nothing to forget.

Parameters are formatted for people by the unit that ends their name: ``_seconds``, ``_bytes``, ``_micros``
and ``_at`` (microseconds); so is anything shaped like money (``amount`` and ``unit``).  The same parameters
travel to programs raw.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from hubkin.han import Chinese

from hubkin_kit.clock import rfc3339
from hubkin_kit.money import MICROS, shown_amount

LANGUAGES = ("en", "zh")
SOURCE = "en"
_FOLDERS = {"zh": "zh_CN"}
_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}
_DURATIONS = {
    "en": (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)),
    "zh": (("天", 86400), ("小时", 3600), ("分钟", 60), ("秒", 1)),
}
#: What a terminal would obey: colours, moves of the cursor, titles.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z])|\x9b[0-?]*[ -/]*[@-~]"
)
#: Control characters, and those that turn the direction of text: names must not rearrange our sentences.
_UNSEEMLY = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_BREAKS = re.compile(r"\r\n|[\n\r\t]")
_SHOWN = 300
_TAG = re.compile(r"\s*([a-zA-Z-]+|\*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*")


def _(text: str) -> str:
    """Mark a text for translation without translating it yet."""
    return text


class Translator:
    """Every package's texts in every language."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._texts: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        for folder in folders:
            for language, name in _FOLDERS.items():
                file = folder / "locale" / name / "LC_MESSAGES" / "hubkin.po"
                if file.exists():
                    self._texts[language].update(read_catalogue(file.read_text("utf-8")))

    def text(self, msgid: str, params: Mapping[str, Any] | None = None, *, language: str = SOURCE) -> str:
        """Translate, and fill in the parameters; a text that is missing stays English."""
        said = self._texts.get(language, {}).get(msgid)
        text = Chinese(said) if said else msgid
        shown = {name: shown_as(name, value, language=language) for name, value in (params or {}).items()}
        try:
            return text.format(**shown)
        except (KeyError, IndexError, ValueError):
            return text

    def has(self, msgid: str, language: str) -> bool:
        """Whether the text exists in the language."""
        return language == SOURCE or bool(self._texts[language].get(msgid))


def shown_as(name: str, value: Any, *, language: str) -> str:
    """Write one parameter for a person."""
    if isinstance(value, str):
        return seemly(value[:_SHOWN])
    if isinstance(value, Mapping) and {"amount", "unit"} <= value.keys():
        return money(str(value["amount"]), str(value["unit"]))
    if isinstance(value, list | tuple | set | frozenset):
        joined = [shown_as(name, item, language=language) for item in value]
        return ("、" if language == "zh" else ", ").join(joined)
    if type(value) in (int, float):
        return _number(name, value, language)
    return seemly(str(value)[:_SHOWN])


def seemly(text: str, *, lines: bool = False) -> str:
    """Return somebody's text as every screen shows it: the one rule for names, messages and tracebacks.

    Escape sequences go, other control characters and those that turn text around become ``\ufffd``. Line
    breaks and tabs become spaces, unless the text may have `lines`.
    """
    text = _ESCAPES.sub("", text)
    text = text.replace("\r\n", "\n") if lines else _BREAKS.sub(" ", text)
    return _UNSEEMLY.sub("\N{REPLACEMENT CHARACTER}", text)


def duration(seconds: float, *, language: str) -> str:
    """Write a duration with its two largest units: ``2 h 5 min``."""
    left = int(seconds)
    parts = []
    for name, size in _DURATIONS.get(language, _DURATIONS[SOURCE]):
        if left >= size:
            parts.append(f"{left // size} {name}")
            left %= size
    return " ".join(parts[:2]) or f"0 {_DURATIONS.get(language, _DURATIONS[SOURCE])[-1][0]}"


def money(amount: str, unit: str) -> str:
    """Write an exact amount for a person: ``¥384.00``, or ``12.50 机时`` when the unit has no sign."""
    shown = shown_amount(int(Decimal(amount) * MICROS))
    sign, size = ("-", shown[1:]) if shown.startswith("-") else ("", shown)
    return f"{sign}{_SYMBOLS[unit]}{size}" if unit in _SYMBOLS else f"{shown} {unit}"


def size(count: float) -> str:
    """Write a number of bytes in binary units: ``1.5 GiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def language_of(accepted: str) -> str | None:
    """Return the best language that we have of an ``Accept-Language``, None when it names none of ours."""
    best, quality = None, 0.0
    for part in accepted[:256].split(","):
        match = _TAG.fullmatch(part)
        if match is None:
            continue
        language = match[1].lower().partition("-")[0]
        if language in LANGUAGES and float(match[2] or 1) > quality:
            best, quality = language, float(match[2] or 1)
    return best


def read_catalogue(text: str) -> dict[str, str]:
    """Read the msgid and msgstr of a PO file; fuzzy and obsolete entries do not count."""
    texts: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        lines = block.splitlines()
        if any(line.startswith("#,") and "fuzzy" in line for line in lines):
            continue
        parts: dict[str, str] = {}
        current = ""
        for line in lines:
            keyword, _, quoted = line.partition(" ")
            if keyword in ("msgid", "msgstr"):
                current = keyword
                parts[current] = ast.literal_eval(quoted)
            elif line.startswith('"') and current:
                parts[current] += ast.literal_eval(line)
        if parts.get("msgid") and parts.get("msgstr"):
            texts[parts["msgid"]] = parts["msgstr"]
    return texts


def _number(name: str, value: Any, language: str) -> str:
    if name.endswith("_seconds"):
        return duration(value, language=language)
    if name.endswith("_bytes"):
        return size(value)
    if name.endswith("_micros"):
        return shown_amount(int(value))
    if name.endswith("_at"):
        return rfc3339(int(value) // MICROS * MICROS).replace("T", " ").replace(".000Z", " UTC")
    return f"{value:g}" if isinstance(value, float) else str(value)
