"""The hub's REST interface, as far as we need it, and callers by their hub tokens.

``jupyterhub.services.auth`` is not used: it costs 0.7 s of CPU at start and blocks the loop (docs/decisions).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import structlog
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPHeaders
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from hubkin_kit.errors import Unavailable
from hubkin_kit.web.identity import Caller, Identify, ServiceCaller

log = structlog.get_logger()

#: With the pause between two looks of an open stream, a revoked token is gone within a minute.
CACHED_SECONDS = 50
#: An unknown token is asked about again soon: it may have been made a moment ago.
REFUSED_SECONDS = 5
REMEMBERED = 10_000
TIMEOUT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 5
SCOPE_PREFIX = "custom:hubkin:"


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
        path = f"/users/{_quoted(user)}/servers/{_quoted(server_name)}"
        status, _ = await self.request("DELETE", path if server_name else f"/users/{_quoted(user)}/server")
        return status in (202, 204, 404)

    async def is_ready(self) -> bool:
        """Whether the hub answers and knows our own token."""
        try:
            status, _ = await self.request("GET", "/user")
        except HubAway:
            return False
        return status == 200

    def close(self) -> None:
        """Close the connections."""
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
            response = await self._client.fetch(request, raise_error=False)
        except (OSError, HTTPClientError) as error:
            log.warning("hub_unreachable", error=type(error).__name__)
            raise _away() from error
        if response.code >= 500 or response.code == 429:
            log.warning("hub_unreachable", status=response.code)
            raise _away()
        return response


class HubAuthenticator:
    """Callers by hub token: asked once, remembered for most of a minute, forgotten on demand."""

    def __init__(
        self, hub: Hub, identify: Identify, *, service: str = "hubkin", cached_seconds: float = CACHED_SECONDS
    ) -> None:
        self._hub = hub
        self._identify = identify
        self._access = frozenset({"access:services", f"access:services!service={service}"})
        self._seconds = cached_seconds
        self._known: OrderedDict[bytes, tuple[float, Caller | None]] = OrderedDict()
        self._asking: dict[bytes, asyncio.Future[Caller | None]] = {}

    async def caller(self, token: str) -> Caller | None:
        """Return whose token it is; concurrent questions about one token ask the hub once.

        Raises:
            HubAway: It is not remembered, and the hub does not answer.
        """
        key = hashlib.sha256(token.encode()).digest()
        found = self._known.get(key)
        if found is not None and found[0] > time.monotonic():
            return found[1]
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.ensure_future(self._ask(token))
            self._asking[key] = asking
            asking.add_done_callback(lambda done: self._answered(key, done))
        return await asyncio.shield(asking)

    def forget(self, name: str) -> None:
        """Ask the hub again about everyone of this name: they logged out, lost rights, or are gone."""
        for key, (_, caller) in list(self._known.items()):
            if caller is not None and caller.name == name:
                del self._known[key]

    async def _ask(self, token: str) -> Caller | None:
        model = await self._hub.user_of(token)
        if model is None:
            return None
        held = set(model.get("scopes") or ())
        if not held & self._access and model.get("kind") != "service":
            return None
        # A filtered scope (custom:…!user=ada) stays as it is: it equals none that a handler asks for.
        verbs = frozenset(s for s in held if s.startswith(SCOPE_PREFIX))
        if model.get("kind") == "service":
            return ServiceCaller(str(model["name"]), verbs)
        return await self._identify({**model, "scopes": sorted(verbs)})

    def _answered(self, key: bytes, done: asyncio.Future[Caller | None]) -> None:
        self._asking.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        caller = done.result()
        seconds = self._seconds if caller is not None else min(REFUSED_SECONDS, self._seconds)
        self._known[key] = (time.monotonic() + seconds, caller)
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


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
