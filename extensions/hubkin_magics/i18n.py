"""The magics' words in the reader's language: English in the source, catalogues beside the client.

The language is ``HUBKIN_LANG``, else what ``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES`` or ``LANG`` says.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Callable, Mapping

DOMAIN = "magics"


def _(message: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown, by `said`."""
    return message


def said(message: str, params: Mapping[str, Any] = {}) -> str:
    """Return the message in the reader's language with its values filled in."""
    text = _catalogue(language())(message)
    return text.format_map(params) if params else text


def language() -> str:
    """Return ``zh`` or ``en``."""
    for variable in ("HUBKIN_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


@lru_cache(maxsize=None)
def _catalogue(code: str) -> Callable[[str], str]:
    if code != "zh":
        return _
    import gettext

    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "hubkin", "locale")
    return gettext.translation(DOMAIN, folder, languages=["zh_CN"], fallback=True).gettext
