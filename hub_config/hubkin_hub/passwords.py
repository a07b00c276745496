"""Passwords of the demo and of small installations: scrypt hashes in one file, and a brake on guessing.

Nothing here knows HTTP or the hub; ``login.py`` asks it.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from hashlib import scrypt
from pathlib import Path

COST = 2**14
LONGEST = 1024


def hash_password(password: str) -> str:
    """Return ``scrypt$n$r$p$salt$hash`` for a new password."""
    salt = secrets.token_bytes(16)
    return f"scrypt${COST}$8$1${salt.hex()}${_derive(password, salt, COST).hex()}"


def is_right(password: str, hashed: str) -> bool:
    """Whether a password belongs to a hash; compares in constant time."""
    _, cost, _, _, salt, digest = hashed.split("$")
    return hmac.compare_digest(_derive(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(digest))


def _derive(password: str, salt: bytes, cost: int) -> bytes:
    return scrypt(password.encode(), salt=salt, n=cost, r=8, p=1, dklen=32)


@cache
def _nobody() -> str:
    """A hash to check for names that do not exist, so that they take as long as those that do."""
    return hash_password(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """``{"ada": "scrypt$…"}`` in a file that only its owner reads."""

    path: Path

    def read(self) -> dict[str, str]:
        """Return the hashes by user name; a missing file holds nobody."""
        try:
            return dict(json.loads(self.path.read_text()))
        except FileNotFoundError:
            return {}

    def write(self, hashes: dict[str, str]) -> None:
        """Replace the file in one step."""
        fresh = self.path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(hashes, file, indent=1)
        fresh.replace(self.path)

    def admits(self, name: str, password: str) -> bool:
        """Whether the name exists and the password is its own; takes the same time either way."""
        hashed = self.read().get(name)
        right = is_right(password[:LONGEST], hashed or _nobody())
        return right and hashed is not None and len(password) <= LONGEST


@dataclass(slots=True)
class Brake:
    """Slows guessing down: after ``free`` failures for one name each further try waits twice as long.

    The table is bounded: names are the visitor's own words.
    """

    free: int = 5
    longest_seconds: float = 300.0
    most_names: int = 10_000
    _failures: dict[str, tuple[int, float]] = field(default_factory=dict)

    def wait_seconds(self, name: str, *, now: float) -> float:
        """Return how long this name must still wait before its next try; 0 when it may try."""
        count, at = self._failures.get(name, (0, 0.0))
        if count < self.free:
            return 0.0
        pause = min(2.0 ** (count - self.free), self.longest_seconds)
        return max(0.0, at + pause - now)

    def failed(self, name: str, *, now: float) -> None:
        """Count one wrong password."""
        count, _ = self._failures.pop(name, (0, 0.0))
        self._failures[name] = (min(count + 1, 64), now)
        if len(self._failures) > self.most_names:
            self._failures.pop(next(iter(self._failures)))

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name."""
        self._failures.pop(name, None)
