"""The link that signs in once: ``http://127.0.0.1:8000/hub/once?key=…``.

`hubkin up` and `hubkin link` write the key to a file that only the Unix user reads; the first visit takes it.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

VALID_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class OnceKey:
    """The one key that is out, in its file; a new one replaces the old."""

    path: Path

    def renew(self, *, now: float) -> str:
        """Write a fresh key and return it."""
        key = secrets.token_urlsafe(32)
        fresh = self.path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"key": key, "expires_at": now + VALID_SECONDS}, file)
        fresh.replace(self.path)
        return key

    def take(self, offered: str, *, now: float) -> bool:
        """Whether the offered key is the one that is out and still good; it is used up by that."""
        try:
            kept = json.loads(self.path.read_text())
        except FileNotFoundError:
            kept = {"key": secrets.token_urlsafe(32), "expires_at": 0}
        right = hmac.compare_digest(str(kept["key"]).encode(), offered.encode())
        if not right or now >= kept["expires_at"]:
            return False
        try:
            self.path.unlink()
        except FileNotFoundError:  # somebody else was faster with the same key
            return False
        return True
