"""A client of one served application."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.testing import bind_unused_port
from tornado.web import Application

API = "/services/hubkin/api/v1"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json["code"]


class Client:
    """Calls an application over a real socket."""

    def __init__(self, app: Application) -> None:
        socket, self.port = bind_unused_port()
        self.server = HTTPServer(app)
        self.server.add_socket(socket)
        self._client = SimpleAsyncHTTPClient(force_instance=True, max_clients=200)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: bytes | None = None,
        json_body: Any = None,
        headers: dict[str, str] | None = None,
        base: str = API,
    ) -> Answer:
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if json_body is not None:
            body = json.dumps(json_body).encode()
        if body is None and method in ("POST", "PUT", "PATCH"):
            body = b""
        request = HTTPRequest(
            self.origin + base + path,
            method=method,
            headers=sent,
            body=body,
            allow_nonstandard_methods=True,
            follow_redirects=False,
            request_timeout=20,
        )
        response = await self._client.fetch(request, raise_error=False)
        return Answer(response.code, response.headers, response.body)

    async def get(self, path: str, **kwargs: Any) -> Answer:
        return await self.request("GET", path, **kwargs)

    async def post(self, path: str, **kwargs: Any) -> Answer:
        return await self.request("POST", path, **kwargs)

    async def close(self) -> None:
        self._client.close()
        self.server.stop()
        await self.server.close_all_connections()


async def fetch(url: str, *, token: str | None = None, headers: dict[str, str] | None = None) -> Answer:
    """Get any address once."""
    sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    client = SimpleAsyncHTTPClient(force_instance=True)
    response = await client.fetch(
        HTTPRequest(url, headers=sent, follow_redirects=False, request_timeout=20), raise_error=False
    )
    client.close()
    return Answer(response.code, response.headers, response.body)
