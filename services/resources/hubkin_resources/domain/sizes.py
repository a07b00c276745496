"""Sizes as people write them."""

from __future__ import annotations

import re

from hubkin_kit.errors import Field, Invalid

_SIZE = re.compile(r"(\d{1,12})(?:\.(\d{1,3}))?\s*(k|m|g|t)(i?b?|i)", re.IGNORECASE)
_POWER = {"k": 1, "m": 2, "g": 3, "t": 4}
MAX_BYTES = 2**60
GIB = 2**30


def parse_size(text: str, *, pointer: str) -> int:
    """Read ``16GiB``, ``16Gi`` (1024³), ``16GB``, ``16G`` (1000³) as bytes; a unit is required.

    Raises:
        Invalid: No size above zero.
    """
    match = _SIZE.fullmatch(text.strip())
    if match:
        whole, part, letter, rest = match.groups()
        base = 1024 if rest.lower().startswith("i") else 1000
        factor = int(base ** _POWER[letter.lower()])
        digits = part or "0"
        size = int(whole) * factor + int(digits) * factor // int("1" + "0" * len(digits))
        if 0 < size <= MAX_BYTES:
            return size
    raise Invalid(
        "'{text}' is not a size. Write a number with a unit, such as 500MB or 16GiB.",
        params={"text": text[:40]},
        fields=(Field(pointer, "not_a_size"),),
    )


def format_size(size_bytes: int) -> str:
    """Write a size so that `parse_size` reads the same number, in GiB or MiB where that is exact."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size_bytes >= factor and size_bytes % factor == 0:
            return f"{size_bytes // factor}{unit}"
    return f"{size_bytes // 2**20}MiB"
