"""English and Chinese for the hub's pages, the spawner's sentences and `hubkin up`.

The English text is the key; ``locale/zh/LC_MESSAGES/hubkin.po`` holds the Chinese.  It is read as it is:
there is no compiled file that could be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "zh": "中文"}
COOKIE = "hubkin-language"


def negotiate(*, chosen: str | None, accepted: str, fallback: str = "en") -> str:
    """Return the language to speak: the person's choice, else the browser's first that we have.

    Args:
        chosen: The value of the language cookie, if any.
        accepted: An ``Accept-Language`` header.
        fallback: What to speak when neither names a language of ours.
    """
    if chosen in LANGUAGES:
        return chosen
    wishes = []
    for place, part in enumerate(accepted.split(",")[:32]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), place, tag.strip().lower().partition("-")[0]))
        except ValueError:
            continue
    return next((tag for weight, _, tag in sorted(wishes) if tag in LANGUAGES and weight < 0), fallback)


_FOLDERS = {"zh": "zh_CN"}
_packages: list[Path] = [Path(__file__).parent]


def speaks(package: Path) -> None:
    """Add another package's ``locale`` folder, once, when the package is imported."""
    if package not in _packages:
        _packages.append(package)
        catalogue.cache_clear()


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the translations of one language; English and unknown ones return the text itself."""
    if language not in _FOLDERS:
        return NullTranslations()
    everything = Catalog(locale=language)
    for package in _packages:
        path = package / "locale" / _FOLDERS[language] / "LC_MESSAGES" / "hubkin.po"
        if not path.exists():
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    everything[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, everything)
    compiled.seek(0)
    return GNUTranslations(compiled)


def N_(text: str) -> str:  # noqa: N802 - the usual name
    """Mark a text for translation without translating it yet."""
    return text


def speaker(language: str) -> Callable[..., str]:
    """Return ``_(text, **values)`` for one language; placeholders are ``%(name)s``."""

    def _(text: str, **values: Any) -> str:
        said = catalogue(language).gettext(text)
        return said % values if values else said

    return _


def duration(seconds: int, language: str) -> str:
    """Return a length of time in its two largest units, e.g. ``2 h 13 min``."""
    _ = speaker(language)
    minutes = max(seconds, 0) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days >= 2:
        return _("%(days)s days", days=days)
    if days or hours:
        hours += days * 24
        return (
            _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
            if minutes
            else _("%(hours)s h", hours=hours)
        )
    return _("%(minutes)s min", minutes=minutes)


SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}
_CENT = Decimal("0.01")


def money(amount: str, unit: str) -> str:
    """Return an amount in the site's one unit: ``¥2.00``, or ``2.00 机时`` for units that are no currency.

    Two decimals; of less than a cent the first two digits that count, as on every other screen.
    """
    size = abs(Decimal(amount))
    step = _CENT if size >= _CENT or not size else Decimal(1).scaleb(max(size.adjusted() - 1, -6))
    text = f"{size.quantize(step, ROUND_HALF_UP):,f}"
    whole, _point, part = text.partition(".")
    shown = f"{whole}.{part.rstrip('0').ljust(2, '0')}"
    sign = "-" if Decimal(amount) < 0 else ""
    return f"{sign}{SYMBOLS[unit]}{shown}" if unit in SYMBOLS else f"{sign}{shown} {unit}"
