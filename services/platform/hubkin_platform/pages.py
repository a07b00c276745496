"""The pages: one shell of HTML around the bundle of the front end; it holds no data, only who is there.

The bundle is built by ``make front`` into ``static/`` with hashed names and a ``manifest.json``.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from hubkin_kit.errors import NotAllowed, Unavailable
from hubkin_kit.i18n import SOURCE, language_of
from hubkin_kit.web import JOBS_ADMIN, PUBLIC, PublicHandler, Route
from hubkin_kit.web.pages import PageHandler, SignInHandler, SignOutHandler
from tornado.web import HTTPError

#: Set by the switch on the hub's own pages.
LANGUAGE_COOKIE = "hubkin-language"
STATIC = Path(__file__).parent / "static"
YEAR_SECONDS = 365 * 86400
_KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
}


class NotBuilt(Unavailable):
    """This copy was installed from source without its pages."""

    code = "pages_not_built"
    title = "The pages are not built"


class Manifest(msgspec.Struct):
    """Names of the bundle's entry files in ``static/``."""

    script: str
    style: str | None = None


class ShellHandler(PageHandler):
    """A page: home, a job, administration."""

    page: ClassVar[str] = "home"

    def initialize(self, static: Path = STATIC) -> None:
        """Receive where the bundle is."""
        self.static = static

    @property
    def language(self) -> str:
        """A page follows the switch first, then what the person chose once, then the browser."""
        accepted = self.request.headers.get("Accept-Language", "")
        for wish in (self.get_cookie(LANGUAGE_COOKIE) or "", self.caller.language, accepted):
            if found := language_of(wish):
                return found
        return SOURCE

    async def get(self, id: str | None = None) -> None:  # noqa: A002 - the name in the address
        """Write the shell."""
        manifest = read_manifest(self.static)
        config = {
            "api": self.web.api,
            "xsrf": self.xsrf,
            "language": self.language,
            "user": self.caller.name,
            "admin": JOBS_ADMIN in self.caller.scopes,
            "page": self.page,
            "id": id,
        }
        without = self.said(
            "This page needs JavaScript. Starting a notebook and the command line work without it."
        )
        body = shell(config, manifest, base=self.web.prefix, title=self.said("Hubkin"), without=without)
        self.reply_bytes(body, kind="text/html; charset=utf-8")


class JobPageHandler(ShellHandler):
    """``/jobs/{id}``: the page reads the job itself, and says when it is not there."""

    page = "job"


class AdminPageHandler(ShellHandler):
    """``/admin``: for admins of the platform."""

    page = "admin"

    async def get(self, id: str | None = None) -> None:  # noqa: A002 - as in the base
        """Write the shell, for admins only."""
        if JOBS_ADMIN not in self.caller.scopes:
            raise NotAllowed("This page is for admins of the platform.")
        await super().get(id)


class AdminJobPageHandler(AdminPageHandler):
    """``/admin/jobs/{id}``: anybody's job, as an admin sees it."""

    page = "admin-job"


class StaticHandler(PublicHandler):
    """``/static/{name}``: the bundle's files; their names change with their content."""

    scopes = {"GET": PUBLIC}

    def initialize(self, static: Path = STATIC) -> None:
        """Receive where the bundle is."""
        self.static = static

    async def get(self, name: str) -> None:
        """Answer with a file, to be kept for a year."""
        file = self.static / name
        if "/" in name or name.startswith(".") or file.suffix not in _KINDS or not file.is_file():
            raise HTTPError(404)
        headers = {"Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable"}
        self.reply_bytes(file.read_bytes(), kind=_KINDS[file.suffix], headers=headers)


def routes(*, hub_base: str, static: Path = STATIC) -> list[Route]:
    """List the pages."""
    where: dict[str, Any] = {"static": static}
    return [
        Route("/", ShellHandler, where),
        Route("/jobs/{id}", JobPageHandler, where),
        Route("/admin", AdminPageHandler, where),
        Route("/admin/jobs/{id}", AdminJobPageHandler, where),
        Route("/static/{name}", StaticHandler, where),
        Route("/oauth_callback", SignInHandler),
        Route("/logout", SignOutHandler, {"hub_logout": f"{hub_base}hub/logout"}),
    ]


def read_manifest(static: Path) -> Manifest:
    """Return the bundle's entry files.

    Raises:
        NotBuilt: There is no bundle.
    """
    try:
        return msgspec.json.decode((static / "manifest.json").read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise NotBuilt("The pages are not built in this installation. Run `make front`.") from None


def shell(config: dict[str, Any], manifest: Manifest, *, base: str, title: str, without: str) -> bytes:
    """Return a page's HTML; the configuration cannot break out of its element."""
    data = msgspec.json.encode(config).replace(b"<", b"\\u003c").replace(b">", b"\\u003e").decode()
    at = html.escape(f"{base}static/")
    style = f'<link rel="stylesheet" href="{at}{html.escape(manifest.style)}">' if manifest.style else ""
    return (
        f'<!doctype html><html lang="{html.escape(str(config["language"]))}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title>{style}"
        f'<script id="hubkin-config" type="application/json">{data}</script>'
        f'<script type="module" src="{at}{html.escape(manifest.script)}"></script></head>'
        f'<body><div id="hubkin-root"></div><noscript>{html.escape(without)}</noscript></body></html>'
    ).encode()
