"""A person's session at our pages: the hub's OAuth, without state in this process.

Everything that must survive between two requests travels encrypted, so any replica can finish what another
began: the session cookie carries the hub's token, the OAuth state the PKCE verifier and the next page.
A cookie alone is no right to call the API: `token_for_fetch` also wants the XSRF token of this very session.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlencode

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from tornado.web import RequestHandler

from hubkin_kit.errors import NotAllowed, NotSignedIn
from hubkin_kit.web.hub import Hub

SESSION_COOKIE = "hubkin-session"
BROWSER_COOKIE = "hubkin-browser"
XSRF_HEADER = "X-XSRFToken"
SESSION_SECONDS = 14 * 86400
SIGN_IN_SECONDS = 600


class SignInFailed(NotSignedIn):
    """The way back from the hub was not the one that began here."""

    code = "sign_in_failed"
    title = "Signing in did not work"


class _State(msgspec.Struct):
    """What an OAuth round trip must bring back."""

    next: str
    verifier: str
    browser: str


class Sessions:
    """Signs people in through the hub and knows them again."""

    def __init__(
        self, hub: Hub, *, secret: bytes, client_id: str, client_secret: str, prefix: str, hub_base: str
    ) -> None:
        if len(secret) < 32:
            raise ValueError("the cookie secret has at least 32 bytes")
        self._hub = hub
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(secret, b"session")))
        self._xsrf_key = _derived(secret, b"xsrf")
        self._client_id = client_id
        self._client_secret = client_secret
        self._prefix = prefix
        self._authorize = f"{hub_base}hub/api/oauth2/authorize"

    @property
    def _callback(self) -> str:
        return f"{self._prefix}oauth_callback"

    def token_for_page(self, handler: RequestHandler) -> str | None:
        """Return the hub token of a page's reader; pages are read by navigation only.

        Raises:
            NotAllowed: A script or a frame fetches the page, which holds the XSRF token.
        """
        mode = handler.request.headers.get("Sec-Fetch-Mode", "navigate")
        target = handler.request.headers.get("Sec-Fetch-Dest", "document")
        if (mode, target) != ("navigate", "document"):
            raise NotAllowed("Pages are opened, not fetched.", code="not_a_navigation")
        return self._token(handler.get_cookie(SESSION_COOKIE))

    def token_for_fetch(self, handler: RequestHandler) -> str | None:
        """Return the hub token of a call by one of our pages, None unless every sign says that it is."""
        cookie = handler.get_cookie(SESSION_COOKIE)
        headers = handler.request.headers
        if not cookie or headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return None
        if not _same_host(headers.get("Origin"), handler.request.host):
            return None
        given = headers.get(XSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.xsrf_token(cookie).encode()):
            return None
        return self._token(cookie)

    def xsrf_token(self, cookie: str | None) -> str:
        """Return the XSRF token that belongs to a session cookie."""
        digest = hmac.new(self._xsrf_key, (cookie or "").encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def begin(self, handler: RequestHandler) -> str:
        """Return the hub's address where this browser signs in; it comes back to the page it wanted."""
        browser = handler.get_cookie(BROWSER_COOKIE) or ""
        if not 20 <= len(browser) <= 64:
            browser = secrets.token_urlsafe(24)
        self._set_cookie(handler, BROWSER_COOKIE, browser, seconds=SIGN_IN_SECONDS)
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        state = _State(next=handler.request.uri or self._prefix, verifier=verifier, browser=browser)
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._callback,
            "state": self._fernet.encrypt(msgspec.json.encode(state)).decode(),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._authorize}?{urlencode(query)}"

    async def finish(self, handler: RequestHandler, *, code: str, state: str) -> tuple[str, str]:
        """Trade the hub's code for a token.

        Returns:
            The token, and the page that was wanted.

        Raises:
            SignInFailed: Not begun in this browser, too old, or the hub says no.
        """
        begun = self._state(state)
        browser = handler.get_cookie(BROWSER_COOKIE) or ""
        if begun is None or not hmac.compare_digest(begun.browser.encode(), browser.encode()):
            raise SignInFailed("Signing in took too long or was begun elsewhere. Open the page again.")
        form = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": begun.verifier,
        }
        status, answer = await self._hub.post_form("/oauth2/token", form)
        if status != 200 or not isinstance(answer, dict) or "access_token" not in answer:
            raise SignInFailed("The hub did not confirm the sign-in. Open the page again.")
        return str(answer["access_token"]), _local(begun.next, self._prefix)

    def remember(self, handler: RequestHandler, token: str) -> None:
        """Set the session cookie."""
        value = self._fernet.encrypt(token.encode()).decode()
        self._set_cookie(handler, SESSION_COOKIE, value, seconds=None)
        handler.clear_cookie(BROWSER_COOKIE, path=self._prefix)

    def forget(self, handler: RequestHandler) -> None:
        """Drop the session cookie."""
        handler.clear_cookie(SESSION_COOKIE, path=self._prefix)

    def _token(self, cookie: str | None) -> str | None:
        if not cookie:
            return None
        try:
            return self._fernet.decrypt(cookie.encode(), ttl=SESSION_SECONDS).decode()
        except InvalidToken:
            return None

    def _state(self, text: str) -> _State | None:
        try:
            return msgspec.json.decode(self._fernet.decrypt(text.encode(), ttl=SIGN_IN_SECONDS), type=_State)
        except (InvalidToken, msgspec.DecodeError):
            return None

    def _set_cookie(self, handler: RequestHandler, name: str, value: str, *, seconds: int | None) -> None:
        options: dict[str, Any] = {"path": self._prefix, "httponly": True, "samesite": "Lax"}
        if seconds is not None:
            options["max_age"] = seconds
        handler.set_cookie(name, value, secure=handler.request.protocol == "https", **options)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.new(secret, b"hubkin " + purpose, hashlib.sha256).digest()


def _same_host(origin: str | None, host: str) -> bool:
    return origin is None or origin.partition("://")[2] == host


def _local(path: str, prefix: str) -> str:
    """Return a path of ours, or our start page: never another site, whatever the slashes."""
    is_ours = path.startswith(prefix) and "\\" not in path and "//" not in path.partition("?")[0]
    return path if is_ours else prefix
