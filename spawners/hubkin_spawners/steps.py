"""The named steps of a start, for whoever watches it: asking, Lab starting, its first answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from hubkin_hub.i18n import speaker


class Steps:
    """Which step a start has reached; watchers may come and go."""

    def __init__(self) -> None:
        self._reached: list[tuple[str, dict[str, str]]] = []
        self._news = asyncio.Event()

    def begin(self) -> None:
        """Start again from the first step."""
        self._reached = []
        self.reach("ask")

    def reach(self, step: str, **values: str) -> None:
        """Note a step and wake whoever watches."""
        self._reached.append((step, values))
        self._news.set()
        self._news = asyncio.Event()

    async def events(self, language: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the hub's progress events until the last step; the hub adds that the server answers."""
        seen = 0
        while True:
            news = self._news
            for step, values in self._reached[seen:]:
                seen += 1
                yield {"step": step, **told(step, language, values)}
                if step == "answer":
                    return
            await news.wait()


def told(step: str, language: str, values: dict[str, str]) -> dict[str, Any]:
    """Return how far a step is and what it is called."""
    _ = speaker(language)
    if step == "ask":
        return {"progress": 10, "message": _("Asking for a place")}
    if step == "lab":
        return {"progress": 35, "message": _("Place found (%(label)s); starting JupyterLab", **values)}
    return {"progress": 60, "message": _("JupyterLab is loading; waiting for its first answer")}
