"""Signed tokens that need no look-up: one attempt's token for its agents, one object's ticket.

``payload.expiry.signature``, HMAC-SHA256 over purpose, payload and expiry; a key serves one purpose.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TypeVar

import msgspec

from hubkin_kit.clock import SECOND, Clock
from hubkin_kit.errors import NotSignedIn

Content = TypeVar("Content")

_LENGTH = 2048


class BadToken(NotSignedIn):
    """Forged, damaged, expired, or meant for something else: the same to the sender."""

    code = "bad_token"
    title = "The token does not count"


class Signer:
    """Signs and checks texts for one purpose."""

    def __init__(self, key: bytes, *, purpose: str, clock: Clock) -> None:
        if len(key) < 32:
            raise ValueError("a signing key has at least 32 bytes")
        self._key = key
        self._purpose = purpose.encode()
        self._clock = clock

    def sign(self, payload: str, *, seconds: int) -> str:
        """Return a token for ``payload`` (no dots in it) that counts for so many seconds."""
        if "." in payload:
            raise ValueError("a payload has no dots")
        signed = f"{payload}.{self._clock.now() // SECOND + seconds}"
        return f"{signed}.{self._signature(signed)}"

    def check(self, token: str) -> str:
        """Return the payload of a token that counts.

        Raises:
            BadToken: It does not.
        """
        signed, _, signature = token[:_LENGTH].rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            raise BadToken("The token does not count.")
        payload, _, expiry = signed.rpartition(".")
        if int(expiry) <= self._clock.now() // SECOND:
            raise BadToken("The token has expired.")
        return payload

    def seal(self, content: msgspec.Struct, *, seconds: int) -> str:
        """Return a token that carries a struct; it is readable by its bearer, and not alterable."""
        payload = base64.urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")
        return self.sign(payload, seconds=seconds)

    def open(self, token: str, content: type[Content]) -> Content:
        """Return the struct of a token that counts.

        Raises:
            BadToken: It does not.
        """
        payload = self.check(token)
        try:
            raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
            return msgspec.json.decode(raw, type=content)
        except (binascii.Error, msgspec.DecodeError):
            raise BadToken("The token does not count.") from None

    def _signature(self, signed: str) -> str:
        digest = hmac.new(self._key, self._purpose + b"\n" + signed.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
