"""The tokens and keys that the platform needs, from the file that `hubkin up` or the chart writes."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hubkin_kit.settings import StartRefused


class Secrets(msgspec.Struct, kw_only=True):
    """Hex or any other text of at least 32 characters each."""

    hub_token: str
    cookie_secret: str
    attempt_key: str
    ticket_key: str

    def __repr__(self) -> str:
        """Say nothing."""
        return "Secrets(…)"


def read_secrets(path: Path) -> Secrets:
    """Read the file.

    Raises:
        StartRefused: It is not there, not readable, others may read it, or something is missing in it.
    """
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        raise StartRefused(
            "The secrets in {path} cannot be read: {why}. Start with `hubkin up`, which makes them.",
            params={"path": str(path), "why": error.strerror or type(error).__name__},
        ) from None
    if mode & 0o077:
        raise StartRefused(
            "Others may read the secrets in {path}. Run: chmod 600 {path}", params={"path": str(path)}
        )
    try:
        secrets = msgspec.json.decode(content, type=Secrets)
    except msgspec.DecodeError as error:
        raise StartRefused(
            "The secrets in {path} do not fit: {why}.", params={"path": str(path), "why": str(error)}
        ) from None
    if min(len(key) for key in (secrets.cookie_secret, secrets.attempt_key, secrets.ticket_key)) < 32:
        raise StartRefused("A key in {path} is shorter than 32 characters.", params={"path": str(path)})
    return secrets
