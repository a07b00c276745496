"""Base of page handlers, and the two addresses of signing in and out."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import ClassVar

from hubkin_kit.errors import HubkinError, NotSignedIn, Unavailable
from hubkin_kit.web import scopes
from hubkin_kit.web.handler import BaseHandler, PublicHandler
from hubkin_kit.web.sessions import SESSION_COOKIE, Sessions, SignInFailed

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class _HtmlHandler(BaseHandler):
    """Errors as a page."""

    @property
    def sessions(self) -> Sessions:
        """The sign-in; without a hub there are no pages."""
        if self.web.sessions is None:
            raise Unavailable("Pages need a hub to sign in with.")
        return self.web.sessions

    def set_default_headers(self) -> None:
        """Allow a page its own scripts and styles, nothing else, and no frame around it."""
        super().set_default_headers()
        self._headers["Content-Security-Policy"] = PAGE_POLICY
        self._headers["Cross-Origin-Opener-Policy"] = "same-origin"

    def write_problem(self, error: HubkinError) -> None:
        """Write the error as a page with its sentence and its request id."""
        title = html.escape(self.said(error.title, **error.params))
        detail = html.escape(self.said(error.detail, **{"request_id": self.request_id, **error.params}))
        back = html.escape(self.said("To the start"))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            f'<!doctype html><html lang="{self.language}"><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width"><body><main><h1>{title}</h1><p>{detail}</p>'
            f'<p><a href="{html.escape(self.web.prefix)}">{back}</a></p>'
            f"<p><small>{self.request_id}</small></p></main></body></html>"
        )


class PageHandler(_HtmlHandler):
    """A page: whoever is not signed in is sent to the hub and comes back."""

    scopes: ClassVar[Mapping[str, str]] = {"GET": scopes.PAGE}

    async def authorize(self, scope: str) -> None:  # noqa: ARG002 - what is on the page asks for its own
        """Know the reader, or send them to sign in."""
        token = self.sessions.token_for_page(self)
        caller = await self.web.authenticator.caller(token) if token else None
        if caller is None:
            self.redirect(self.sessions.begin(self))
            return
        self.caller = caller

    @property
    def xsrf(self) -> str:
        """What the page's own calls must carry."""
        return self.sessions.xsrf_token(self.get_cookie(SESSION_COOKIE))


class SignInHandler(_HtmlHandler, PublicHandler):
    """``/oauth_callback``: where the hub sends people back to."""

    scopes: ClassVar[Mapping[str, str]] = {"GET": scopes.PUBLIC}

    async def prepare(self) -> None:
        """Take the hub's parameters as they come; they are checked below."""
        self._check_host()

    async def get(self) -> None:
        """Finish signing in and go where the person wanted to."""
        if self.get_query_argument("error", None) is not None:
            raise SignInFailed("The hub did not confirm the sign-in. Open the page again.")
        token, page = await self.sessions.finish(
            self, code=self.get_query_argument("code", ""), state=self.get_query_argument("state", "")
        )
        if await self.web.authenticator.caller(token) is None:
            raise NotSignedIn("Your account may not use this service. Ask an admin.")
        self.sessions.remember(self, token)
        self.redirect(page)


class SignOutHandler(PageHandler):
    """``/logout``: forget the session here, then at the hub."""

    scopes: ClassVar[Mapping[str, str]] = {"GET": scopes.PUBLIC}
    hub_logout: str

    def initialize(self, hub_logout: str) -> None:
        """Receive where the hub's own log-out is."""
        self.hub_logout = hub_logout

    async def authorize(self, scope: str) -> None:
        """Let everyone leave."""

    async def get(self) -> None:
        """Leave."""
        self.sessions.forget(self)
        self.redirect(self.hub_logout)
