"""The Jupyter server extension between JupyterLab and the platform: a proxy, live rows, open logs.

The browser speaks to this server only; the server speaks to the platform with its own token.
"""

from __future__ import annotations

from typing import Any

from hubkin_server.app import HubkinServer

__all__ = ["HubkinServer"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter where the extension is."""
    return [{"module": "hubkin_server", "app": HubkinServer}]
