"""The hub's pages: our templates in front of the hub's, and a switch between the two languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, pass_context
from jinja2.ext import InternationalizationExtension
from jinja2.runtime import Context
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.static import CacheControlStaticFilesHandler
from tornado.web import HTTPError, RequestHandler
from traitlets.config import Config

from hubkin_hub.i18n import COOKIE, LANGUAGES, catalogue, negotiate
from hubkin_hub.settings import PREFIX

TEMPLATES = str(Path(__file__).parent / "templates")


def add(c: Config) -> None:
    """Put our templates before the hub's own and let them speak two languages."""
    c.JupyterHub.template_paths.insert(0, TEMPLATES)
    options = c.JupyterHub.jinja_environment_options
    options.update({"extensions": [*_extensions(c), Languages]})
    c.JupyterHub.template_vars.update({"hubkin_prefix": PREFIX, "hubkin_languages": LANGUAGES})
    c.JupyterHub.extra_handlers.append((r"/language", LanguageHandler))
    c.JupyterHub.tornado_settings.update({"static_handler_class": StaticFiles})


def _extensions(c: Config) -> list[Any]:
    """Return the Jinja extensions that the site has set."""
    options = c.JupyterHub.get("jinja_environment_options")
    return list(options.get("extensions", [])) if isinstance(options, dict) else []


def language_of(handler: RequestHandler | None) -> str:
    """Return the language of one request: the switch's cookie, else what the browser asks for."""
    if handler is None:
        return "en"
    return negotiate(
        chosen=handler.get_cookie(COOKIE), accepted=handler.request.headers.get("Accept-Language", "")
    )


class LanguageHandler(BaseHandler):
    """``/hub/language?to=zh&next=…``: remember the language and go back."""

    def get(self) -> None:
        """Set the cookie; it is read by the hub, the platform's pages and Lab alike."""
        to = self.get_argument("to", "")
        if to in LANGUAGES:
            self.set_cookie(COOKIE, to, path=self.settings["base_url"], expires_days=365, samesite="Lax")
        # The hub's own check of `next` keeps us from redirecting to another site.
        self.redirect(self.get_next_url(self.current_user, default=self.hub.base_url))


class StaticFiles(CacheControlStaticFilesHandler):
    """The hub's static files; upstream fails at a name that no file can have, which any scanner sends."""

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Return where a file would be."""
        if "\0" in path:
            raise HTTPError(404)
        return str(super().get_absolute_path(root, path))


class Languages(InternationalizationExtension):
    """Jinja's ``_()`` and ``trans`` in the language of the request that renders the page."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
        environment.globals["hubkin_language"] = _language
        environment.globals["hubkin_here"] = _here
        environment.globals["hubkin_next"] = _next


def _request(context: Context) -> RequestHandler | None:
    # The hub gives templates no handler, but its method `static_url`, which knows whose it is.
    handler = getattr(context.get("static_url"), "__self__", None)
    return handler if isinstance(handler, RequestHandler) else None


@pass_context
def _language(context: Context) -> str:
    return language_of(_request(context))


@pass_context
def _here(context: Context) -> str:
    """The path to come back to after switching the language."""
    handler = _request(context)
    return handler.request.path if handler is not None else ""


@pass_context
def _next(context: Context) -> str:
    """``?next=…`` of the request, for a form to carry on; empty without one."""
    handler = _request(context)
    following = handler.get_query_argument("next", "") if handler is not None else ""
    return f"?{urlencode({'next': following})}" if following else ""


@pass_context
def _gettext(context: Context, text: str) -> str:
    return catalogue(_language(context)).gettext(text)


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int) -> str:
    return catalogue(_language(context)).ngettext(one, many, n)
