"""The hub's REST interface, as far as we need it.

``jupyterhub.services.auth`` is not used: it costs 0.7 s of CPU at start and blocks the loop (docs/decisions).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import structlog
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPHeaders
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from hubkin_kit.errors import Unavailable

log = structlog.get_logger()

TIMEOUT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 5
#: How long the end waits for the hub's last answers.
CLOSING_SECONDS = 1.0


class HubAway(Unavailable):
    """The hub does not answer; who is calling cannot be known."""

    code = "hub_away"
    title = "The hub does not answer"


class Hub:
    """Calls to the hub's API."""

    def __init__(self, url: str, token: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._timeout = timeout_seconds
        # A client of our own: the shared one may be set up otherwise by others in the process.
        self._client = SimpleAsyncHTTPClient(force_instance=True, max_clients=100)
        self._under_way: set[asyncio.Future[HTTPResponse]] = set()

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        token: str | None = None,
        accept: str = "application/json",
    ) -> tuple[int, Any]:
        """Return status and JSON of an API call, with our own token unless another is given.

        Raises:
            HubAway: No answer, or one that says the hub is in trouble.
        """
        encoded = msgspec.json.encode(body) if body is not None else None
        if encoded is None and method in ("POST", "PUT", "PATCH"):
            encoded = b""
        headers = {"Authorization": f"token {token or self._token}", "Accept": accept}
        response = await self._fetch(method, self.url + path, encoded, headers)
        return response.code, _json(response)

    async def post_form(self, path: str, form: Mapping[str, str]) -> tuple[int, Any]:
        """Post a form, as OAuth's token endpoint wants it."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        response = await self._fetch("POST", self.url + path, urlencode(form).encode(), headers)
        return response.code, _json(response)

    async def user_of(self, token: str) -> dict[str, Any] | None:
        """Return the hub's model of a token's user or service; None when the token does not count.

        Raises:
            HubAway: It cannot be known now.
        """
        status, model = await self.request("GET", "/user", token=token)
        if status == 200 and isinstance(model, dict):
            return model
        if status in (401, 403, 404):
            return None
        raise _away()

    async def stop_server(self, user: str, server_name: str) -> bool:
        """Ask the hub to stop a server; whether it took the order (or there is none)."""
        which = f"servers/{_quoted(server_name)}" if server_name else "server"
        status, _ = await self.request("DELETE", f"/users/{_quoted(user)}/{which}")
        return status in (202, 204, 404)

    async def is_ready(self) -> bool:
        """Whether the hub answers and knows our own token."""
        try:
            status, _ = await self.request("GET", "/user")
        except HubAway:
            return False
        return status == 200

    async def close(self) -> None:
        """Let what was asked come to its end, for a moment: nobody else closes its connections."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=CLOSING_SECONDS)
        self._client.close()

    async def _fetch(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> HTTPResponse:
        request = HTTPRequest(
            url,
            method=method,
            headers=HTTPHeaders(dict(headers)),
            body=body,
            allow_nonstandard_methods=True,
            request_timeout=self._timeout,
            connect_timeout=self._timeout,
            follow_redirects=False,
        )
        try:
            response = await self._fetched(request)
        except (OSError, HTTPClientError) as error:
            log.warning("hub_unreachable", error=type(error).__name__)
            raise _away() from error
        if response.code >= 500 or response.code == 429:
            log.warning("hub_unreachable", status=response.code)
            raise _away()
        return response

    async def _fetched(self, request: HTTPRequest) -> HTTPResponse:
        fetched = asyncio.ensure_future(self._client.fetch(request, raise_error=False))
        self._under_way.add(fetched)
        fetched.add_done_callback(self._under_way.discard)
        return await asyncio.shield(fetched)  # who stops waiting leaves the connection open


def _json(response: HTTPResponse) -> Any:
    try:
        return msgspec.json.decode(response.body or b"null")
    except msgspec.DecodeError:
        return None


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _away() -> HubAway:
    return HubAway(
        "The hub does not answer, so it cannot be known who you are. Nothing was changed. Try again.",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
