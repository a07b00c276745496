"""The gate and the list of notebook servers over HTTP.

GET  /offers                what the start page shows a person (the hub only)
POST /gate                  may this server start? (the hub's spawner only)
PUT  /servers/{id}/facts    what the spawner saw of it (the hub's spawner only)
GET  /servers               my notebook servers, newest first
"""

from __future__ import annotations

from typing import ClassVar, cast

import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.database import Connection, Database
from hubkin_kit.errors import Field, Invalid
from hubkin_kit.web import (
    JOBS_READ,
    SERVERS_GATE,
    HubkinHandler,
    ListQuery,
    Operation,
    Route,
    cut,
)

from hubkin_servers import service

MAX_UNITS = 64
STATES = ("running", "stopped")
REASONS = ("stopped", "exited")


def routes(database: Database) -> list[Route]:
    """Return the routes of notebook servers."""
    mine = {"database": database}
    return [
        Route("/gate", GateHandler, mine),
        Route("/offers", OffersHandler, mine),
        Route("/servers", ServersHandler, mine),
        Route("/servers/{server_id}/facts", FactsHandler, mine),
    ]


class ServersBase(HubkinHandler):
    """A route about notebook servers."""

    def initialize(self, database: Database) -> None:
        """Receive what it reads and writes."""
        self.database = database


class GateHandler(ServersBase):
    """``/gate``."""

    for_services: ClassVar[bool] = True
    scopes: ClassVar = {"POST": SERVERS_GATE}
    operations: ClassVar = {
        "POST": Operation(
            summary="Ask whether a notebook server may start",
            request=wire.GateRequest,
            answer=wire.GateAnswer,
            status=201,
        )
    }

    async def post(self) -> None:
        """Decide, once per spawn."""
        request = self.read(wire.GateRequest)
        if not 1 <= request.units <= MAX_UNITS or not request.spawn_id or len(request.spawn_id) > 128:
            raise Invalid(
                "A server has 1 to {most} units.",
                params={"most": MAX_UNITS},
                fields=(Field("/units", "out_of_range"),),
            )
        unit, language, home = self.web.unit, self.language, self.web.prefix
        answer = await self.database.write(
            lambda tx: service.ask(tx, request, unit=unit, language=language, home=home)
        )
        self.reply(201, answer)


class OffersQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who stands at the start page, and when the hub created them; groups are joined by commas."""

    user: str
    groups: str = ""
    created: str = ""


class OffersHandler(ServersBase):
    """``/offers``."""

    for_services: ClassVar[bool] = True
    scopes: ClassVar = {"GET": SERVERS_GATE}
    operations: ClassVar = {
        "GET": Operation(summary="What the start page shows a person", answer=wire.Offers, query=OffersQuery)
    }

    async def get(self) -> None:
        """Show every notebook profile, and why some cannot be had."""
        query = self.query(OffersQuery)
        groups = tuple(name for name in query.groups.split(",") if name)
        person = service.Person(query.user, groups, service.created_at(query.created))
        self.reply(200, await self.database.read(lambda c: self._offers(c, person)))

    def _offers(self, connection: Connection, person: service.Person) -> wire.Offers:
        return service.offers(
            connection,
            person,
            now=self.database.clock.now(),
            unit=self.web.unit,
            language=self.language,
            said=self.said,
        )


class FactsHandler(ServersBase):
    """``/servers/{id}/facts``."""

    for_services: ClassVar[bool] = True
    scopes: ClassVar = {"PUT": SERVERS_GATE}
    operations: ClassVar = {
        "PUT": Operation(summary="Say what was seen of a server", request=wire.ServerFacts, status=204)
    }

    async def put(self, server_id: str) -> None:
        """Write down what the spawner saw."""
        facts = self.read(wire.ServerFacts)
        if facts.state not in STATES:
            raise Invalid(
                "The state must be one of {choices}.",
                params={"choices": list(STATES)},
                fields=(Field("/state", "unknown_state"),),
            )
        if facts.reason not in (None, *REASONS):
            raise Invalid(
                "The reason must be one of {choices}.",
                params={"choices": list(REASONS)},
                fields=(Field("/reason", "unknown_reason"),),
            )
        await self.database.write(lambda tx: service.report(tx, server_id, facts))
        self.no_content()


class ServersHandler(ServersBase):
    """``/servers``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {
        "GET": Operation(summary="List notebook servers", answer=wire.Page[wire.Server], query=ListQuery)
    }

    async def get(self) -> None:
        """List the caller's notebook servers."""
        query, owners = self.query(ListQuery), cast(users.Identity, self.caller).owners
        before = query.place
        found = await self.database.read(lambda c: self._page(c, owners, before, query.limit + 1))
        items, next_cursor = cut(found, query.limit, lambda server: (server.id,))
        self.reply(200, wire.Page(items=items, next_cursor=next_cursor))

    def _page(
        self, connection: Connection, owners: tuple[str, ...], before: str | None, limit: int
    ) -> list[wire.Server]:
        return service.page(connection, owners, before=before, limit=limit, unit=self.web.unit)
