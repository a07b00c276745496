"""A small client of the platform for the hub's process: one answer or none, within a given time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient


class Away(Exception):
    """The platform did not answer in time, or with an error of its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status below 500 and what came with it, parsed."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Where the platform is, and the token that the hub has for it."""

    api_url: str
    token: str
    timeout_seconds: float

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: dict[str, str] | None = None,
        language: str = "en",
    ) -> Answer:
        """Send one request.

        Raises:
            Away: No answer within ``timeout_seconds``, or a 5xx.
        """
        request = HTTPRequest(
            f"{self.api_url}{path}{'?' + urlencode(query) if query else ''}",
            method=method,
            body=None if body is None else json.dumps(body),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Accept-Language": language,
            },
            connect_timeout=self.timeout_seconds,
            request_timeout=self.timeout_seconds,
            follow_redirects=False,
        )
        # A client of its own, so that a class start does not queue behind the hub's ten connections.
        client = SimpleAsyncHTTPClient(force_instance=True, max_clients=1)
        try:
            response = await client.fetch(request, raise_error=False)
        except (HTTPClientError, OSError) as error:
            raise Away(str(error)) from error
        finally:
            client.close()
        if response.code >= 500 or response.code < 200:
            raise Away(f"HTTP {response.code}")
        try:
            return Answer(response.code, json.loads(response.body or b"null"))
        except ValueError as error:
            raise Away("an answer that is not JSON") from error
