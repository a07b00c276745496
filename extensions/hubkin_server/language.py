"""JupyterLab's own menus in the language of who looks, while nobody chose one in *Settings → Language*.

JupyterLab asks its server for the language ``default``, which upstream is the locale of the server's process:
of a machine, that is, not of a person.  Here it is the language switch of the hub's pages, then the browser.
"""

from __future__ import annotations

import asyncio
import json
from importlib.util import find_spec
from typing import Any

from hubkin.i18n import LANGUAGES, nearest_language
from jupyter_server.base.handlers import APIHandler
from tornado import web

COOKIE = "hubkin-language"
ROUTE = r"/lab/api/translations/default"
_LOCALES = {"en": "en", "zh": "zh_CN"}


def has_lab() -> bool:
    """Whether this server has JupyterLab's API at all; one for Notebook or for nobody has not."""
    return find_spec("jupyterlab_server") is not None


def locale_of(*, chosen: str | None, accepted: str) -> str:
    """The name that JupyterLab gives to the language of a request.

    >>> locale_of(chosen=None, accepted="zh-CN,zh;q=0.9"), locale_of(chosen="en", accepted="zh-CN")
    ('zh_CN', 'en')
    """
    return _LOCALES[chosen if chosen in LANGUAGES else nearest_language(accepted)]


class DefaultLanguageHandler(APIHandler):
    """Answers for the language ``default`` as `jupyterlab_server` does for a named one."""

    _track_activity = False

    @web.authenticated
    async def get(self) -> None:
        """The texts of the language pack, none for English."""
        locale = locale_of(
            chosen=self.get_cookie(COOKIE), accepted=self.request.headers.get("Accept-Language", "")
        )
        texts, message = await asyncio.get_running_loop().run_in_executor(None, language_pack, locale)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps({"data": texts, "message": message}))


def language_pack(locale: str) -> tuple[dict[str, Any], str]:
    """Read an installed language pack; from now on the server translates JupyterLab's settings by it."""
    from jupyterlab_server.translation_utils import get_language_pack, translator

    texts, message = get_language_pack(locale)
    if locale != "en" and not texts:
        return {}, message or f"Language pack '{locale}' not installed!"
    translator.set_locale(locale)
    return texts, message
