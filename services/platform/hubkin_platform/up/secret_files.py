"""The tokens and keys of one installation, made once."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

NAMES = (
    "hub_token",
    "gate_token",
    "control_token",
    "terminal_token",
    "proxy_token",
    "cookie_secret",
    "attempt_key",
    "ticket_key",
)


def ensure(path: Path) -> dict[str, str]:
    """Return the secrets, making those that are missing; the file is readable by its owner only."""
    try:
        kept: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        kept = {}
    missing = [name for name in NAMES if name not in kept]
    if missing:
        kept.update({name: secrets.token_hex(32) for name in missing})
        write_private(path, kept)
    return kept


def write_private(path: Path, value: Any) -> None:
    """Replace a JSON file in one step, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file, indent=1)
    fresh.replace(path)
