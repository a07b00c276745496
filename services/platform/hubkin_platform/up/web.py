"""What `hubkin up` asks its own processes over loopback."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


# Without the environment's proxies: these are addresses of this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def fetch(
    url: str, *, method: str = "GET", token: str = "", timeout_seconds: float = 2.0, language: str = ""
) -> tuple[int, bytes]:
    """Return status and body; status 0 when nobody answers."""
    headers = {"Authorization": f"token {token}"} if token else {}
    if language:
        headers["Accept-Language"] = language
    request = urllib.request.Request(url, method=method, headers=headers)  # noqa: S310 - our own address
    try:
        with _OPENER.open(request, timeout=timeout_seconds) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (OSError, ValueError):
        return 0, b""


async def answers(url: str) -> bool:
    """Whether the address answers with 200."""
    status, _ = await asyncio.to_thread(fetch, url)
    return status == 200


def notebooks(hub_api: str, token: str) -> list[tuple[str, str]]:
    """Return (person, server name) of every notebook that runs."""
    status, body = fetch(f"{hub_api}/users?state=active&limit=200", token=token)
    if status != 200:
        return []
    return [(user["name"], name) for user in json.loads(body) for name in user.get("servers", {})]


def stop_notebook(hub_api: str, token: str, person: str, name: str) -> None:
    """Ask the hub to stop one; it answers before or after it has stopped."""
    where = f"servers/{name}" if name else "server"
    fetch(f"{hub_api}/users/{person}/{where}", method="DELETE", token=token, timeout_seconds=10.0)
