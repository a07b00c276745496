"""How the journal's rows about jobs look in the event stream: whole rows, as they are when they are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hubkin_kit.database import Connection
from hubkin_kit.i18n import Translator
from hubkin_kit.journal import Happening

from hubkin_jobs.service.jobs import Jobs
from hubkin_jobs.service.words import Reader
from hubkin_jobs.store import jobs

Render = Callable[[Connection, Happening, str], dict[str, Any] | None]


def renderers(service: Jobs, translator: Translator, unit: str) -> dict[str, Render]:
    """Return topic → how its rows look in a language; None hides a row."""

    def whole(connection: Connection, happening: Happening, language: str) -> dict[str, Any] | None:
        row = jobs.get(connection, happening.subject)
        if row is None:
            return None
        view = service.view(connection, row, Reader(translator, language, unit))
        built: dict[str, Any] = msgspec.to_builtins(view)
        return built

    def progress(connection: Connection, happening: Happening, _: str) -> dict[str, Any] | None:
        row = jobs.get(connection, happening.subject)
        if row is None:
            return None
        return {
            "job_id": row["id"],
            "revision": row["revision"],
            "progress": msgspec.json.decode(row["progress"]) if row["progress"] else None,
            "latest": msgspec.json.decode(row["latest"]) if row["latest"] else {},
        }

    def log(_: Connection, happening: Happening, __: str) -> dict[str, Any]:
        return {"job_id": happening.subject, **happening.body}

    return {"job": whole, "files": whole, "progress": progress, "log": log}
