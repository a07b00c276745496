"""Serves a tornado application over HTTP/1.1: llhttp parses, asyncio reads and writes.

tornado's own server costs more than all that we do for a submission, most of it in coroutines, timers and
calls of the system that give the interpreter's lock away.  This one speaks the same public interface to the
application (`tornado.httputil`), and leaves what strangers send to the parser that Node uses.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable

from tornado.httputil import HTTPServerConnectionDelegate

from hubkin_kit.web.connection import Connection

#: How long a client may be silent between requests or take to send headers, and to send a body.
IDLE_SECONDS = 180.0
BODY_SECONDS = 600.0
#: How often it is looked whether somebody takes longer.
SWEEP_SECONDS = 5.0


class Server:
    """Listens, and keeps the open connections."""

    def __init__(
        self,
        application: HTTPServerConnectionDelegate,
        *,
        behind_proxy: bool = False,
        idle_seconds: float = IDLE_SECONDS,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.application = application
        #: Whether X-Forwarded-For and its kin say who asks.
        self.behind_proxy = behind_proxy
        self.connections: set[Connection] = set()
        self.loop = asyncio.get_running_loop()
        #: What flushing returns when there is nothing to wait for: one for all.
        self.flushed: asyncio.Future[None] = self.loop.create_future()
        self.flushed.set_result(None)
        self._idle_seconds = idle_seconds
        self._body_seconds = body_seconds
        self._listening: list[asyncio.Server] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._none_left = asyncio.Event()

    async def listen(self, sockets: Iterable[socket.socket]) -> None:
        """Begin to accept connections."""
        for one in sockets:
            self._listening.append(await self.loop.create_server(lambda: Connection(self), sock=one))
        self._sweep()

    def stop(self) -> None:
        """Accept no more connections."""
        for server in self._listening:
            server.close()

    async def close_all_connections(self) -> None:
        """End all connections, once what was written is sent."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self.connections):
            connection.transport.close()
        while self.connections:
            self._none_left.clear()
            await self._none_left.wait()

    def left(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self.connections.discard(connection)
        if not self.connections:
            self._none_left.set()

    def _sweep(self) -> None:
        """Close what is silent for too long: one timer for all, where one for each request costs more."""
        now = self.loop.time()
        for connection in list(self.connections):
            longest = {"headers": self._idle_seconds, "body": self._body_seconds}.get(connection.awaits)
            if longest is not None and now - connection.since > longest:
                connection.transport.abort()
        self._sweeper = self.loop.call_later(min(SWEEP_SECONDS, self._idle_seconds), self._sweep)
