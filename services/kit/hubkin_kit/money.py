"""Money is an integer of micro-units of the site's one unit; text appears only at the edges."""

from __future__ import annotations

import re
from decimal import Decimal

from hubkin_kit.errors import Field, Invalid

MICROS = 1_000_000
CENT = MICROS // 100
MAX_MICROS = 10**15 * 9  #: fits a signed 64-bit integer with room for sums
SECONDS_PER_HOUR = 3600


#: A number as people and programs write it; Decimal by itself takes much more.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")


def parse_amount(text: str | float | int, *, pointer: str = "/amount") -> int:
    """Read a decimal amount as micro-units.

    Raises:
        Invalid: Not a number, not finite, finer than a micro-unit, or too large.  The sign is the caller's
        business.
    """
    written = str(text).strip()
    if _NUMBER.fullmatch(written) is None:
        raise _bad(text, pointer)
    value = Decimal(written)
    if abs(value) * MICROS > MAX_MICROS or (value * MICROS) % 1:
        raise _bad(text, pointer)
    return int(value * MICROS)


def format_amount(micros: int) -> str:
    """Write micro-units as a decimal: at least two places, as many as are needed to lose nothing."""
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    whole, part = divmod(micros, MICROS)
    digits = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{digits}"


def shown_amount(micros: int) -> str:
    """Write micro-units for a person: two decimals; of less than a cent the first two digits that count."""
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    step = CENT if micros >= CENT or not micros else 10 ** max(0, len(str(micros)) - 2)
    whole, part = divmod((micros + step // 2) // step * step, MICROS)
    return f"{sign}{whole:,}." + f"{part:06d}".rstrip("0").ljust(2, "0")


def price_of(seconds_micros: int, *, micros_per_hour: int) -> int:
    """Price a duration given in microseconds, rounded half up to the micro-unit.

    Raises:
        ValueError: The duration or the price is negative.
    """
    if seconds_micros < 0 or micros_per_hour < 0:
        raise ValueError(f"negative duration or price: {seconds_micros}, {micros_per_hour}")
    hour = SECONDS_PER_HOUR * 1_000_000
    return (seconds_micros * micros_per_hour + hour // 2) // hour


def _bad(text: object, pointer: str) -> Invalid:
    return Invalid(
        "'{amount}' is not an amount of money. Write a number such as 12.50.",
        params={"amount": str(text)[:40]},
        fields=(Field(pointer, "not_an_amount"),),
    )
