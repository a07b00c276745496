"""Signing in on one machine: by a link that works once, or by a password of our own.

Sites with many people use their own authenticator; nothing of this is loaded there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.handlers import BaseHandler
from tornado import web
from traitlets import Instance, Unicode, default

from hubkin_hub.account import account_name
from hubkin_hub.i18n import speaker
from hubkin_hub.leaving import TellsPlatform
from hubkin_hub.once import OnceKey
from hubkin_hub.pages import language_of
from hubkin_hub.passwords import Brake, PasswordFile

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
LONGEST_NAME = 64

#: What the hub itself says on the page of our login form; the page translates it.
SENTENCES = {
    "wrong": "Invalid username or password",
    "expired": "Login form invalid or expired. Try again.",
}


def is_local(request: Any) -> bool:
    """Whether a request came over loopback and was addressed to it.

    The second half keeps out pages of other sites that point their own name at 127.0.0.1.
    """
    try:
        from_here = ip_address(request.remote_ip).is_loopback
        name = urlsplit(f"//{request.host}").hostname
    except ValueError:
        return False
    return from_here and name in LOOPBACK_NAMES


class OnceAuthenticator(TellsPlatform):
    """Signs in the Unix user who runs the hub, by the link that `hubkin up` printed."""

    key_file = Unicode(
        config=True, help="The file that holds the key of the link; only its owner may read it."
    )
    user_name = Unicode(
        config=True, help="The name to sign in as; empty: the Unix user who runs the hub, in lower case."
    )
    brake = Instance(Brake, args=())

    @default("allow_all")
    def _allow_all(self) -> bool:
        return True

    def get_handlers(self, app: Any) -> Sequence[tuple[str, type[BaseHandler]]]:
        """Add the page that the link opens."""
        return [*super().get_handlers(app), (r"/once", OnceHandler)]

    async def authenticate(self, handler: BaseHandler, data: dict[str, Any]) -> str | None:
        """Return the Unix user for the right key, ``None`` for any other."""
        _ = speaker(language_of(handler))
        if not is_local(handler.request):
            raise web.HTTPError(403, _("This link works only in a browser on the same machine."))
        now = time.monotonic()
        if self.brake.wait_seconds("", now=now):
            raise web.HTTPError(429, _("Too many wrong keys. Wait a minute and try again."))
        if not OnceKey(Path(self.key_file)).take(str(data.get("key", ""))[:256], now=time.time()):
            self.brake.failed("", now=now)
            return None
        self.brake.succeeded("")
        return self.user_name or account_name()


class OnceHandler(BaseHandler):
    """``/hub/once?key=…``: sign in and go on to the start page; the key is used up."""

    async def get(self) -> None:
        """Take the key."""
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        user = await self.login_user({"username": "", "key": self.get_query_argument("key", "")})
        if user is None:
            if self.current_user is not None:
                # The same link again in a browser that it has signed in already.
                self.redirect(self.hub.base_url)
                return
            _ = speaker(language_of(self))
            raise web.HTTPError(
                403, _("This link has been used or is too old. A new one: run “hubkin link” in a terminal.")
            )
        self.redirect(self.hub.base_url)


class PasswordAuthenticator(TellsPlatform):
    """Signs in the people of a password file; wrong passwords are answered slower and slower."""

    password_file = Unicode(config=True, help="The file of scrypt hashes that `hubkin up --demo` makes.")
    brake = Instance(Brake, args=())

    @default("allow_all")
    def _allow_all(self) -> bool:
        return True

    async def authenticate(self, handler: BaseHandler, data: dict[str, Any]) -> str | None:
        """Return the name if the password is right, ``None`` if not."""
        name, password = str(data.get("username", "")), str(data.get("password", ""))
        if not 0 < len(name) <= LONGEST_NAME:
            return None
        wait = self.brake.wait_seconds(name, now=time.monotonic())
        if wait:
            _ = speaker(language_of(handler))
            raise web.HTTPError(
                429,
                _(
                    "Too many wrong passwords for this name. Try again in %(seconds)s s.",
                    seconds=int(wait) + 1,
                ),
            )
        # Counted before the slow part, so that many tries at once are many tries.
        self.brake.failed(name, now=time.monotonic())
        loop = asyncio.get_running_loop()
        people = PasswordFile(Path(self.password_file))
        if not await loop.run_in_executor(None, people.admits, name, password):
            return None
        self.brake.succeeded(name)
        return name
