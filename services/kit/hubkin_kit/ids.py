"""Ids: a prefix, a hyphen and a lower-case ULID, so that they sort by time and are DNS-safe."""

from __future__ import annotations

import os
import re
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_lock = threading.Lock()
_last = 0
#: Random bytes in store: every call of the system gives the interpreter's lock away.
_random: list[bytes] = []
_RANDOM_BYTES = 10
_STORED = 400


def new_id(prefix: str) -> str:
    """Return an id that nobody can guess and that sorts after every earlier one of this process.

    48 bits of milliseconds and 80 random bits; within one millisecond the random part counts up (ULID
    specification).
    """
    global _last
    with _lock:
        if not _random:
            drawn = os.urandom(_STORED * _RANDOM_BYTES)
            _random.extend(drawn[at : at + _RANDOM_BYTES] for at in range(0, len(drawn), _RANDOM_BYTES))
        value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(_random.pop(), "big")
        if value <= _last:
            value = _last + 1
        _last = value
    return f"{prefix}-{_base32(value)}"


# A child of this process would otherwise draw what its parent draws.
os.register_at_fork(after_in_child=_random.clear)


def is_slug(text: str) -> bool:
    """Whether the text can be a name in a URL, a label and a host: ``[a-z0-9][a-z0-9-]{0,62}``."""
    return _SLUG.fullmatch(text) is not None


def _base32(value: int) -> str:
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])
