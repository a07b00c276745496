"""Notebook servers: the gate, metering, what is seen of them."""

from collections.abc import Callable
from typing import Any

import msgspec
from hubkin_kit.database import Connection
from hubkin_kit.journal import Happening

from hubkin_servers.controllers import controllers
from hubkin_servers.domain import ServerState
from hubkin_servers.handlers import routes
from hubkin_servers.service import ask, end, page, report, view


def renderers(unit: str) -> dict[str, Callable[[Connection, Happening, str], dict[str, Any] | None]]:
    """Return how the journal's rows about servers look in the event stream."""

    def whole(connection: Connection, happening: Happening, _: str) -> dict[str, Any] | None:
        found = view(connection, happening.subject, unit=unit)
        return msgspec.to_builtins(found) if found else None

    return {"server": whole}


__all__ = ["ServerState", "ask", "controllers", "end", "page", "renderers", "report", "routes", "view"]
