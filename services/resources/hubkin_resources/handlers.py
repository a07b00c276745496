"""Hardware over HTTP.

GET /profiles   what I may use, with its price and what is free now
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hubkin import wire
from hubkin_kit.database import Database
from hubkin_kit.money import format_amount
from hubkin_kit.web import JOBS_READ, HubkinHandler, ListQuery, Operation, Route

from hubkin_resources.service import pool_state, profiles

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Market:
    """What the list of profiles needs, and other packages know; whoever composes them passes it in."""

    database: Database
    usable: Callable[[Connection, Iterable[str]], set[str]]
    """The names of the profiles that these owners may use."""
    prices: Callable[[Connection, Iterable[str]], Mapping[str, int]]
    """Profile → micro-units per unit and hour now."""
    waiting: Callable[[Connection], Mapping[str, int]]
    """Pool → how many jobs wait for it."""


def routes(market: Market) -> list[Route]:
    """Return the routes of resources."""
    return [Route("/profiles", ProfilesHandler, {"market": market})]


class ProfilesHandler(HubkinHandler):
    """``/profiles``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {
        "GET": Operation(summary="What I may use", answer=wire.Page[wire.Profile], query=ListQuery)
    }

    def initialize(self, market: Market) -> None:
        """Receive what it needs."""
        self.market = market

    async def get(self) -> None:
        """Show what is sold to the caller, in the site's order; one page holds them all."""
        self.reply(200, wire.Page(items=await self.market.database.read(self._list)))

    def _list(self, connection: Connection) -> list[wire.Profile]:
        usable = self.market.usable(connection, self.caller.owners)
        offered = [profile for profile in profiles(connection) if profile.name in usable]
        prices = self.market.prices(connection, [profile.name for profile in offered])
        states, waiting = pool_state(connection), self.market.waiting(connection)
        return [
            wire.Profile(
                name=profile.name,
                label=profile.label_in(self.language),
                pool=profile.pool,
                accelerator=profile.accelerator,
                simulated=profile.simulated,
                cpu=profile.cpu,
                memory_bytes=profile.memory_bytes,
                per_hour=wire.Money(amount=format_amount(prices[profile.name]), unit=self.web.unit),
                free_units=states[profile.pool].free if profile.pool in states else 0,
                total_units=states[profile.pool].total if profile.pool in states else 0,
                notebook=profile.notebook,
                waiting=waiting.get(profile.pool, 0),
            )
            for profile in offered
            # Without a price it cannot be had: nothing is free by mistake.
            if profile.name in prices
        ]
