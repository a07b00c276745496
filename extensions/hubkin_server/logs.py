"""``hubkin/logs/<job>``: the merged log of one job, followed on a WebSocket of its own while it is open.

Messages are pages as the platform sends them (``{"lines": […], "cursor": …, "complete": …}``); after the last
one the socket closes with code 1000.  A client that comes back says from where: ``?cursor=…``.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from hubkin_server.live import Live
from hubkin_server.platform import NotConnected, Platform, PlatformDown

#: A hint may get lost when the line to the platform breaks; then this is how late a line can be.
LONGEST_QUIET_SECONDS = 10.0
RETRY_SECONDS = 2.0
#: A page with as much text as this may not be all there was; less is, and the next hint brings the rest.
FULL_PAGE = 64_000


class LogSocket(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Follows one log.  It never counts as activity of the server."""

    auth_resource = "hubkin"

    def initialize(self, platform: Platform, live: Live) -> None:
        """Receive the client of the platform and the live rows."""
        super().initialize()
        self.platform = platform
        self.live = live
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @ws_authenticated
    @authorized
    async def get(self, job: str) -> None:
        """Open the socket, for whoever may use this server."""
        self.job = job
        await super().get(job)

    def open(self, *_: str) -> None:
        """Begin to follow."""
        super().open()
        self._task = asyncio.get_running_loop().create_task(self._follow())

    def on_message(self, message: str | bytes) -> None:
        """Nothing is expected from the browser."""

    def on_close(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()

    async def _follow(self) -> None:
        query: dict[str, Any] = {
            name: self.get_query_argument(name, None) for name in ("replica", "cursor", "tail_bytes")
        }
        forget = self.live.follow(self._heard)
        try:
            while True:
                self._news.clear()
                page = await self._page(query)
                if page is not None:
                    if page["lines"] or page["complete"] or page.get("gaps"):
                        await self.write_message(json.dumps(page))
                    if page["complete"]:
                        self.close(1000)
                        return
                    query = {"replica": query["replica"], "cursor": page["cursor"]}
                    if sum(len(line["text"]) for line in page["lines"]) > FULL_PAGE:
                        continue
                await self._wait(RETRY_SECONDS if page is None else LONGEST_QUIET_SECONDS)
        except NotConnected:
            self.close(4503, "not_connected")
        except WebSocketClosedError:
            return
        finally:
            forget()

    async def _page(self, query: dict[str, Any]) -> dict[str, Any] | None:
        try:
            page: dict[str, Any] = await self.platform.get(f"/jobs/{quote(self.job, safe='')}/logs", **query)
        except PlatformDown as error:
            if str(error).startswith("HTTP 4"):
                self.close(4404, "not_found")
                raise WebSocketClosedError from error
            return None
        return page

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            pass

    def _heard(self, event: dict[str, Any]) -> None:
        data = event["data"]
        if (
            event["topic"] in ("log", "job")
            and self.job
            in (
                data.get("job_id"),
                data.get("id"),
                data.get("name"),
            )
        ) or (event["topic"] == "connection" and data.get("up")):
            self._news.set()
