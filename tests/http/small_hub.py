"""A small real HTTP server with the hub's documented answers to what we ask of it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

USER_VERBS = (
    "custom:hubkin:jobs:read",
    "custom:hubkin:jobs:submit",
    "custom:hubkin:catalog:read",
    "custom:hubkin:catalog:write",
    "custom:hubkin:billing:read",
)
ADMIN_VERBS = ("custom:hubkin:jobs:admin", "custom:hubkin:billing:admin")
ACCESS = "access:services!service=hubkin"


class SmallHub:
    """Tokens and their models; it can be away, and it counts what it was asked."""

    def __init__(self) -> None:
        self.models: dict[str, dict[str, Any]] = {}
        self.away = False
        self.asked = 0
        self.was_asked = asyncio.Event()
        self.answered = 0
        self.pause_seconds = 0.0
        self.stopped: list[str] = []
        self.created: dict[str, str] = {}
        socket, self.port = bind_unused_port()
        self._server = HTTPServer(
            Application(
                [
                    (r"/hub/api/user", _User, {"hub": self}),
                    (r"/hub/api/users/([^/]+)", _Person, {"hub": self}),
                    (r"/hub/api/users/([^/]+)/servers?/?([^/]*)", _Server, {"hub": self}),
                ]
            )
        )
        self._server.add_socket(socket)
        self.own_token = self.add("hubkin", kind="service", scopes=())

    @property
    def url(self) -> str:
        """The API's address."""
        return f"http://127.0.0.1:{self.port}/hub/api"

    def add(
        self,
        name: str,
        *,
        kind: str = "user",
        groups: tuple[str, ...] = (),
        scopes: tuple[str, ...] = USER_VERBS,
        access: bool = True,
    ) -> str:
        """Make a token."""
        token = f"token-{name}-{len(self.models)}"
        self.models[token] = {
            "kind": kind,
            "name": name,
            "groups": list(groups),
            "admin": False,
            "scopes": [*scopes, *([ACCESS] if access else [])],
        }
        return token

    def revoke(self, token: str) -> None:
        """Make a token void."""
        del self.models[token]

    async def close(self) -> None:
        """Stop listening, and end what is open."""
        self._server.stop()
        await self._server.close_all_connections()


class HubOnAThread:
    """A small hub that answers while tests wait for programs."""

    def __enter__(self) -> SmallHub:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self.hub

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self.hub = SmallHub()
        self._ready.set()
        await self._stop.wait()
        await self.hub.close()

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


class _User(RequestHandler):
    def initialize(self, hub: SmallHub) -> None:
        self.hub = hub

    async def get(self) -> None:
        self.hub.asked += 1
        self.hub.was_asked.set()
        await asyncio.sleep(self.hub.pause_seconds)
        self.hub.answered += 1
        if self.hub.away:
            self.set_status(503)
            return
        token = self.request.headers.get("Authorization", "").removeprefix("token ")
        model = self.hub.models.get(token)
        if model is None:
            self.set_status(403)
            return
        self.finish(model)


class _Person(RequestHandler):
    def initialize(self, hub: SmallHub) -> None:
        self.hub = hub

    def get(self, name: str) -> None:
        if name not in self.hub.created:
            self.set_status(404)
            return
        self.finish({"kind": "user", "name": name, "created": self.hub.created[name]})


class _Server(RequestHandler):
    def initialize(self, hub: SmallHub) -> None:
        self.hub = hub

    def delete(self, user: str, name: str) -> None:
        self.hub.stopped.append(f"{user}/{name}")
        self.set_status(204)
