"""The magics' words in the reader's language; the catalogue lies in this package, the client reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional


def _(message: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown, by `said`."""
    return message


def said(message: str, params: Optional[Mapping[str, Any]] = None) -> str:
    """Return the message in the reader's language with its values filled in."""
    from hubkin.i18n import listed, translated

    text = translated(message, Path(__file__).parent)
    if not params:
        return text
    return text.format_map({name: listed(v) if isinstance(v, list) else v for name, v in params.items()})
