"""One HTTP client of the platform for this Jupyter server, with the server's own token."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

#: The platform writes a comment every 15 seconds; three missed ones mean that the line is dead.
SILENCE_SECONDS = 45.0


class NotConnected(Exception):
    """This server was not started by a hub with Hubkin: there is no platform to speak to."""


class PlatformDown(Exception):
    """The platform does not answer."""


@dataclass(frozen=True)
class Timeouts:
    """How long to wait, in seconds."""

    connect: float = 5.0
    read: float = 60.0


class Platform:
    """Requests to the platform.  The session is made at first use: starting Jupyter pays nothing for it."""

    def __init__(self, environment: Mapping[str, str] = os.environ, timeouts: Timeouts | None = None) -> None:
        self.url = environment.get("HUBKIN_API_URL", "").rstrip("/")
        self._token = environment.get("JUPYTERHUB_API_TOKEN", "")
        self._timeouts = timeouts or Timeouts()
        self._session: aiohttp.ClientSession | None = None

    @property
    def is_connected(self) -> bool:
        """Whether there is a platform and a token."""
        return bool(self.url and self._token)

    @asynccontextmanager
    async def request(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        silence_seconds: float | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; `path` and `query` are passed on as they are encoded.

        An answer that sends the reader to bytes elsewhere on the platform (a signed ticket) is followed here,
        without the token: the browser could not reach it.

        Raises:
            NotConnected: There is no platform or no token.
            PlatformDown: It does not answer, or stops answering.
        """
        if not self.is_connected:
            raise NotConnected
        import aiohttp
        import yarl

        url = yarl.URL(self.url + path + (f"?{query}" if query else ""), encoded=True)
        sent = {**(headers or {}), "Authorization": f"token {self._token}"}
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=self._timeouts.connect, sock_read=silence_seconds or self._timeouts.read
        )
        session = self._opened()
        try:
            async with session.request(
                method, url, headers=sent, data=body, timeout=timeout, allow_redirects=False
            ) as answer:
                ticket = self._ticket(url, answer)
                if ticket is None:
                    yield answer
                    return
            async with session.get(ticket, timeout=timeout, allow_redirects=False) as answer:
                yield answer
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PlatformDown(str(error) or type(error).__name__) from error

    async def get(self, path: str, **query: Any) -> Any:
        """``GET`` as JSON.

        Raises:
            PlatformDown: It does not answer, or refuses.
        """
        from urllib.parse import urlencode

        asked = urlencode({name: value for name, value in query.items() if value is not None})
        async with self.request("GET", path, query=asked, headers={"Accept": "application/json"}) as answer:
            body = await answer.read()
            if answer.status >= 400:
                raise PlatformDown(f"HTTP {answer.status}")
            return json.loads(body)

    async def events(self, since: str | None, language: str = "") -> AsyncGenerator[Frame, None]:
        """The platform's event stream: rows, and the place to go on from; also when the line is quiet.

        Raises:
            PlatformDown: The line broke, or was refused.
            TooLongAgo: The platform no longer has the events after `since`.
        """
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if language:
            headers["Accept-Language"] = language
        if since is not None:
            headers["Last-Event-ID"] = since
        async with self.request("GET", "/events", headers=headers, silence_seconds=SILENCE_SECONDS) as answer:
            if answer.status == 410:
                raise TooLongAgo
            if answer.status != 200:
                raise PlatformDown(f"HTTP {answer.status}")
            async for frame in _parsed(answer.content):
                yield frame

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=64),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _ticket(self, url: Any, answer: aiohttp.ClientResponse) -> Any:
        """Where the bytes are, when the answer is a redirection within the platform."""
        import yarl

        location = answer.headers.get("Location")
        if answer.status not in (302, 303, 307) or not location:
            return None
        target = url.join(yarl.URL(location, encoded=True))
        return target if target.origin() == url.origin() and "/objects/" in target.path else None


@dataclass(frozen=True)
class Frame:
    """One block of the stream: the place after it, and a row unless it only says that the line is alive."""

    place: str | None
    row: dict[str, Any] | None


class TooLongAgo(Exception):
    """The events asked for are gone; rows must be fetched again."""


async def _parsed(stream: aiohttp.StreamReader) -> AsyncIterator[Frame]:
    """Server-sent events, block by block; the platform's blocks may have a place and no row."""
    data: list[str] = []
    place: str | None = None
    pending = b""
    async for chunk in stream.iter_any():
        *lines, pending = (pending + chunk).split(b"\n")
        for raw in lines:
            line = raw.decode("utf-8", "replace").rstrip("\r")
            name, _colon, value = line.partition(":")
            if name == "data":
                data.append(value.removeprefix(" "))
            elif name == "id":
                place = value.removeprefix(" ")
            elif not line:
                yield Frame(place, _row("\n".join(data)) if data else None)
                data = []


def _row(text: str) -> dict[str, Any]:
    try:
        row: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise PlatformDown("it sent an event that is no JSON") from error
    return row
