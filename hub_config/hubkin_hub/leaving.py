"""``TellsPlatform``: put before any authenticator, so that whoever leaves is unknown to the platform at once.

The platform remembers for a moment whose token it was.  It asks again by itself within seconds, on a busy
site within a minute; this spares those.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from inspect import isawaitable
from typing import Any, ClassVar
from urllib.parse import quote

from jupyterhub.auth import Authenticator
from jupyterhub.handlers.login import LogoutHandler
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from traitlets import Unicode

from hubkin_hub.revoking import Revocations

#: Nobody waits longer to be logged out because the platform is slow.
TIMEOUT_SECONDS = 1.0
#: The hub deletes a person right after it has asked the authenticator to.
DELETED_SECONDS = 0.5


class TellsPlatform(Authenticator):
    """Tells the platform of who logged out and who was deleted; what it cannot say changes nothing here."""

    platform_api_url = Unicode(
        config=True, help="The base of the platform's REST interface; empty: nobody is told."
    )
    gate_token = Unicode(config=True, help="The hub token of the service `hubkin-gate`.")

    _telling: ClassVar[set[asyncio.Task[None]]] = set()

    def get_handlers(self, app: Any) -> Sequence[tuple[Any, ...]]:
        """Let every way to log out tell, and every change of a right."""
        Revocations(self.tell_left).watch(app.db)
        handlers = [tuple(handler) for handler in super().get_handlers(app)]
        told = [
            (path, telling(kind), *rest) if path == "/logout" else (path, kind, *rest)
            for path, kind, *rest in handlers
        ]
        return told if told != handlers else [*handlers, ("/logout", telling(LogoutHandler))]

    async def delete_user(self, user: Any) -> None:
        """Tell once the person is gone."""
        done = super().delete_user(user)
        if isawaitable(done):
            await done
        task = asyncio.create_task(self._tell_later(str(user.name)))
        self._telling.add(task)  # the loop alone would not keep it
        task.add_done_callback(self._telling.discard)

    async def _tell_later(self, name: str) -> None:
        await asyncio.sleep(DELETED_SECONDS)
        await self.tell_left(name)

    async def tell_left(self, name: str) -> None:
        """Have the platform forget what it remembers of a person's tokens."""
        if not self.platform_api_url:
            return
        request = HTTPRequest(
            f"{self.platform_api_url}/callers/{quote(name, safe='')}",
            method="DELETE",
            headers={"Authorization": f"Bearer {self.gate_token}"},
            connect_timeout=TIMEOUT_SECONDS,
            request_timeout=TIMEOUT_SECONDS,
        )
        client = SimpleAsyncHTTPClient(force_instance=True, max_clients=1)
        try:
            answer = await client.fetch(request, raise_error=False)
            if answer.code != 204:
                self.log.warning("The platform did not hear that %s left: HTTP %s", name, answer.code)
        except (HTTPClientError, OSError) as error:
            self.log.warning("The platform did not hear that %s left: %s", name, error)
        finally:
            client.close()


def telling(kind: type[LogoutHandler]) -> type[LogoutHandler]:
    """Return a way to log out that tells the platform after it has done what it does."""

    class Telling(kind):  # type: ignore[valid-type, misc]
        async def handle_logout(self) -> None:
            user = self.current_user
            await super().handle_logout()
            if user is not None:
                await self.authenticator.tell_left(user.name)

    return Telling
