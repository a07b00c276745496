"""``hubkin/api/…``: the allowed routes of the platform, for this server's browsers.

Nothing that the browser is known by (cookies, its token) goes on; the platform sees the owner of this server.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from hubkin_server.allowed import is_allowed
from hubkin_server.live import Live
from hubkin_server.platform import NotConnected, Platform, PlatformDown
from hubkin_server.problems import problem

PREFIX = "/hubkin/api"
BODY_LIMIT_BYTES = 2_000_000
CHUNK_BYTES = 64 * 1024

ASKED = ("Accept", "Accept-Language", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-ID")
ANSWERED = (
    "Content-Type", "Content-Language", "Content-Encoding", "Content-Length", "ETag", "Retry-After",
    "X-Request-ID",
)  # fmt: skip
OURS = frozenset({"no_track_activity", "token", "_xsrf"})  #: parameters that are for this server


class ApiHandler(APIHandler):
    """Passes a request on, as it is, with this server's token.  It never counts as activity of the server."""

    auth_resource = "hubkin"
    _track_activity = False

    def initialize(self, platform: Platform, live: Live) -> None:
        """Receive the client of the platform, and the line that brings its rows."""
        self.platform = platform
        self.live = live

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Pass a reading request on."""
        await self._pass_on(path)

    @web.authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Pass a doing request on."""
        await self._pass_on(path)

    @web.authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Pass a writing request on."""
        await self._pass_on(path)

    @web.authenticated
    @authorized
    async def delete(self, path: str) -> None:
        """Pass a deleting request on."""
        await self._pass_on(path)

    async def _pass_on(self, _decoded: str) -> None:
        method = self.request.method or ""
        path = self.request.path.partition(PREFIX)[2]  # as it was encoded; tornado's own group is decoded
        if not is_allowed(method, path):
            self._refuse("not_found")
            return
        body = self.request.body if method in ("POST", "PUT") else None
        if len(body or b"") > BODY_LIMIT_BYTES:
            self._refuse("too_large")
            return
        headers = {name: self.request.headers[name] for name in ASKED if name in self.request.headers}
        self.live.speak(headers.get("Accept-Language", ""))
        try:
            async with self.platform.request(
                method, path, query=_query(self.request.query), headers=headers, body=body
            ) as answer:
                await self._answer(answer, is_file="/files/" in path)
        except NotConnected:
            self._refuse("not_connected")
        except PlatformDown as error:
            self.log.warning("The platform does not answer %s %s: %s", method, path, error)
            if self._headers_written:
                self.request.connection.stream.close()  # type: ignore[union-attr] # half an answer must not look whole
                return
            self._refuse("platform_down")

    async def _answer(self, answer: Any, *, is_file: bool) -> None:
        self.set_status(answer.status, answer.reason)
        for name in ANSWERED:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        if is_file and answer.status < 400:
            # A job's output must not run as a page of this server's address.
            self.set_header("Content-Type", "application/octet-stream")
            self.set_header("Content-Disposition", "attachment")
            self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
            self.write(chunk)
            await self.flush()
        kind = str(self._headers.get("Content-Type", "application/json"))
        await self.finish(set_content_type=kind)

    def _refuse(self, code: str) -> None:
        status, body = problem(
            code,
            accept_language=self.request.headers.get("Accept-Language", ""),
            request_id=self.request.headers.get("X-Request-ID", ""),
        )
        self.set_status(status)
        self.finish(body, set_content_type="application/problem+json")


def _query(raw: str) -> str:
    """Return the parameters that are for the platform.

    JupyterLab's client puts the time, as a parameter without a value, behind what must not come from a cache.
    """
    pairs = parse_qsl(raw, keep_blank_values=True)
    passed = [
        (name, value) for name, value in pairs if name not in OURS and not (name.isdigit() and not value)
    ]
    return urlencode(passed)
