"""What this server itself says when something is wrong, as the platform would (RFC 9457)."""

from __future__ import annotations

import json
from pathlib import Path

from hubkin.i18n import N_, translated, use_language

TITLES = {
    "not_connected": N_("Not connected"),
    "platform_down": N_("The platform does not answer"),
    "not_found": N_("Not here"),
    "too_large": N_("Too large"),
}
DETAILS = {
    "not_connected": N_(
        "This Jupyter server was not started by a hub with Hubkin, so there are no jobs to show."
    ),
    "platform_down": N_("Running jobs are not affected. Try again in a moment."),
    "not_found": N_("JupyterLab cannot reach this part of the platform."),
    "too_large": N_("A request from JupyterLab may have at most 2 MB."),
}
STATUS = {"not_connected": 503, "platform_down": 502, "not_found": 404, "too_large": 413}


def problem(code: str, *, accept_language: str, request_id: str = "") -> tuple[int, bytes]:
    """The status and the body of a problem of ours."""
    with use_language(accept_language or None):
        title = translated(TITLES[code], Path(__file__).parent)
        detail = translated(DETAILS[code], Path(__file__).parent)
    body = {
        "type": f"https://hubkin.dev/problems/{code.replace('_', '-')}",
        "title": title,
        "status": STATUS[code],
        "detail": detail,
        "code": code,
        "params": {},
        "errors": [],
        "actions": [],
        "request_id": request_id or None,
    }
    return STATUS[code], json.dumps(body, ensure_ascii=False).encode()
