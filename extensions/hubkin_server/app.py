"""The extension as Jupyter loads it: its settings, its routes, its one background loop."""

from __future__ import annotations

import asyncio

from jupyter_server.extension.application import ExtensionApp
from traitlets import Float

from hubkin_server.events import SCHEMA
from hubkin_server.language import ROUTE, DefaultLanguageHandler, has_lab
from hubkin_server.live import Live
from hubkin_server.logs import LogSocket
from hubkin_server.platform import Platform, Timeouts
from hubkin_server.proxy import ApiHandler


class HubkinServer(ExtensionApp):
    """Hubkin in a Jupyter server.  Outside a hub with Hubkin it answers *not connected*, and that is all."""

    name = "hubkin_server"
    load_other_extensions = True

    connect_timeout_seconds = Float(
        5.0, min=0.1, config=True, help="How long to wait for a connection to the platform, in seconds."
    )
    read_timeout_seconds = Float(
        60.0, min=1.0, config=True, help="How long the platform may be silent within one answer, in seconds."
    )

    def initialize_settings(self) -> None:
        """Make the client of the platform and register the event that carries its rows."""
        timeouts = Timeouts(connect=self.connect_timeout_seconds, read=self.read_timeout_seconds)
        self.platform = Platform(timeouts=timeouts)
        assert self.serverapp is not None
        event_logger = self.serverapp.event_logger
        event_logger.register_event_schema(SCHEMA)  # type: ignore[union-attr]
        self.live = Live(self.platform, event_logger, self.log)
        self._loop: asyncio.Task[None] | None = None

    def initialize_handlers(self) -> None:
        """Add the routes."""
        self.handlers.extend(
            [
                (r"/hubkin/api(/.*)", ApiHandler, {"platform": self.platform, "live": self.live}),
                (r"/hubkin/logs/([^/]+)", LogSocket, {"platform": self.platform, "live": self.live}),
            ]
        )
        if has_lab():
            # JupyterLab's own route is for every language and comes later: extensions load by name.
            self.handlers.append((ROUTE, DefaultLanguageHandler))

    async def _start_jupyter_server_extension(self, serverapp: object) -> None:  # noqa: ARG002
        """Begin to listen when the server's loop runs."""
        if self.platform.is_connected:
            self._loop = asyncio.get_running_loop().create_task(self.live.run())

    async def stop_extension(self) -> None:
        """End the loop and close every connection."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self.platform.close()
