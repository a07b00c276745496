"""Money, durations, sizes and times as people read them, in English and Chinese; no Babel at run time.

Inside and on the wire they are numbers and RFC 3339; only screens and terminals come here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from hubkin.i18n import _

SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}

SIZES = {
    "b": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)},
}  # fmt: skip

_DURATION = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m(?:in)?)?\s*(?:(\d+)s)?")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?b)", re.IGNORECASE)


def money(value: Mapping[str, Any] | None) -> str:
    """``{"amount": "384.00", "unit": "CNY"}`` as ``¥384.00``; a unit without a symbol follows the amount.

    Two decimals, rounded; less than a cent has its first two digits that count, so that nothing becomes zero.
    The exact amount is on the wire.

    >>> money({"amount": "-1384.499", "unit": "CNY"}), money({"amount": "0.003389", "unit": "CNY"})
    ('-¥1,384.50', '¥0.0034')
    """
    if value is None:
        return "–"
    sign, amount = ("-", value["amount"][1:]) if value["amount"].startswith("-") else ("", value["amount"])
    whole, _point, part = amount.partition(".")
    micros = int(whole or 0) * 1_000_000 + int(part[:6].ljust(6, "0"))
    text = _decimals(micros)
    symbol = SYMBOLS.get(value["unit"])
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {value['unit']}"


def _decimals(micros: int) -> str:
    cent = 10_000
    step = cent if micros >= cent or not micros else 10 ** max(0, len(str(micros)) - 2)
    rounded = (micros + step // 2) // step * step
    whole, part = divmod(rounded, 1_000_000)
    return f"{whole:,}." + f"{part:06}".rstrip("0").ljust(2, "0")


def duration(seconds: float | None) -> str:
    """The two biggest parts of a span of time.

    >>> duration(7980)
    '2 h 13 min'
    """
    if seconds is None:
        return "–"
    total = max(0, round(seconds))
    days, hours, minutes = total // 86400, total // 3600 % 24, total // 60 % 60
    if days:
        parts = [_("{n} d").format(n=days), _("{n} h").format(n=hours) if hours else ""]
    elif hours:
        parts = [_("{n} h").format(n=hours), _("{n} min").format(n=minutes) if minutes else ""]
    elif minutes:
        rest = total % 60
        parts = [_("{n} min").format(n=minutes), _("{n} s").format(n=rest) if rest and minutes < 10 else ""]
    else:
        parts = [_("{n} s").format(n=total)]
    return " ".join(part for part in parts if part)


def size(count: int | None) -> str:
    """Bytes in decimal units, as disks and networks count them.

    >>> size(1_234_567)
    '1.2 MB'
    """
    if count is None:
        return "–"
    value, unit = float(count), "B"
    for bigger in ("kB", "MB", "GB", "TB", "PB"):
        if value < 1000:
            break
        value, unit = value / 1000, bigger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"


def memory(count: int | None) -> str:
    """Memory in binary units, as it is sold.

    >>> memory(2 * 2**30), memory(3 * 2**29)
    ('2 GiB', '1.5 GiB')
    """
    return "–" if count is None else f"{count / 2**30:.1f}".removesuffix(".0") + " GiB"


def moment(text: str | None) -> str:
    """A moment of the wire in this machine's time zone, to the second; programs read it from ``--json``.

    >>> moment(None)
    '–'
    """
    if not text:
        return "–"
    return parse_moment(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def clock(text: str) -> str:
    """A moment of the wire as ``14:20`` here, with the date when it is not today."""
    local = parse_moment(text).astimezone()
    today = datetime.now(timezone.utc).astimezone().date()
    return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")


def ago(text: str | None, *, now: datetime | None = None) -> str:
    """How long ago a moment was.

    >>> ago("2026-11-24T08:00:00Z", now=datetime(2026, 11, 24, 8, 5, tzinfo=timezone.utc))
    '5 min ago'
    """
    if not text:
        return "–"
    since = ((now or datetime.now(timezone.utc)) - parse_moment(text)).total_seconds()
    return _("{duration} ago").format(duration=duration(since))


def width(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese characters take two.

    >>> width("任务 7")
    6
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def padded(text: str, columns: int) -> str:
    """The text with spaces behind it, so many columns wide."""
    return text + " " * (columns - width(text))


def number(value: float) -> str:
    """A metric's value, short: at most four digits that matter.

    >>> number(0.000123456), number(12345678.0), number(3.0)
    ('0.0001235', '1.235e+07', '3')
    """
    return f"{value:.4g}"


def parse_moment(text: str) -> datetime:
    """Read RFC 3339."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def parse_duration(text: str) -> int | None:
    """Read ``8h``, ``90m``, ``1d 12h``, ``30s`` as whole seconds; `None` when it is no duration.

    >>> parse_duration("1d 12h"), parse_duration("8")
    (129600, None)
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if not match:
        return None
    parts = [int(part or 0) for part in match.groups()]
    return sum(n * scale for n, scale in zip(parts, (86400, 3600, 60, 1))) or None


def parse_size(text: str) -> int | None:
    """Read ``16GB``, ``512 MiB`` as bytes; `None` when it is no size.

    >>> parse_size("16GB"), parse_size("1.5 GiB"), parse_size("16")
    (16000000000, 1610612736, None)
    """
    match = _SIZE.fullmatch(text.strip())
    if not match:
        return None
    return round(float(match[1]) * SIZES[match[2].lower()]) or None
