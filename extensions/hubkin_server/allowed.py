"""Which routes of the platform a browser may reach through its Jupyter server; the rest is not there."""

from __future__ import annotations

import re
from urllib.parse import unquote

#: One segment, still percent-encoded; dots alone never are one.
_SEGMENT = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._~%!$&'()*+,;=:@-]+"

_TEMPLATES = {
    "GET": (
        "/me", "/profiles", "/plans/{}", "/jobs", "/jobs/{}", "/jobs/{}/explanation", "/jobs/{}/logs",
        "/jobs/{}/metrics", "/jobs/{}/result", "/jobs/{}/files", "/jobs/{}/files/{...}", "/models", "/usage",
        "/usage/entries", "/hooks", "/servers",
    ),
    "POST": (
        "/plans", "/jobs", "/jobs/{}/stop", "/jobs/{}/extend", "/jobs/{}/restart", "/jobs/{}/register",
        "/hooks",
    ),
    "PUT": ("/preferences",),
    "DELETE": ("/hooks/{}",),
}  # fmt: skip


def _pattern(template: str) -> re.Pattern[str]:
    text = (
        re.escape(template).replace(r"\{\.\.\.\}", f"{_SEGMENT}(?:/{_SEGMENT})*").replace(r"\{\}", _SEGMENT)
    )
    return re.compile(text + r"\Z")


ALLOWED = {method: tuple(map(_pattern, templates)) for method, templates in _TEMPLATES.items()}


def is_allowed(method: str, path: str) -> bool:
    """Whether this method of this path, as it stood in the request, may pass.

    A path whose decoded form has a step upwards, a backslash or a control character never may.
    """
    decoded = unquote(path)
    if (
        any(part in (".", "..") for part in decoded.split("/"))
        or "\\" in decoded
        or not decoded.isprintable()
    ):
        return False
    return any(pattern.match(path) for pattern in ALLOWED.get(method, ()))
