"""What is sold and to whom, remembered for a second: a thousand submissions need not ask a thousand times.

Only totals, prices and rights are remembered.  What is free, and what somebody owns, is never answered from
here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
from hubkin_kit.clock import SECOND
from hubkin_kit.database import Connection, Database

FRESH_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Offers:
    """One look at what is sold."""

    profiles: Sequence[resources.Profile]
    pools: Mapping[str, resources.PoolState]
    tariffs: Mapping[str, billing.Tariff]
    read_at: int
    usable: dict[tuple[str, ...], set[str]] = field(default_factory=dict)

    def for_owners(self, owners: tuple[str, ...]) -> list[resources.Profile]:
        """Return the profiles that these owners may use, in the site's order."""
        return [profile for profile in self.profiles if profile.name in self.usable[owners]]

    def tariff(self, profile: str) -> billing.Tariff:
        """Return the present tariff of a profile.

        Raises:
            NoPrice: It has none, so it cannot be had.
        """
        if profile not in self.tariffs:
            raise billing.NoPrice("The profile '{profile}' has no price yet.", params={"profile": profile})
        return self.tariffs[profile]


class OfferBook:
    """The newest look, renewed when it is older than a second."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._offers: Offers | None = None
        # One looks while the others wait: otherwise every open request would look once a second.
        self._looking = asyncio.Lock()

    async def get(self, owners: tuple[str, ...]) -> Offers:
        """Return a fresh look that knows these owners' rights."""
        offers = self._known(owners)
        if offers is not None:
            return offers
        async with self._looking:
            return self._known(owners) or await self._renewed(owners)

    def _known(self, owners: tuple[str, ...]) -> Offers | None:
        offers = self._offers
        if offers is None or self._is_old(offers) or owners not in offers.usable:
            return None
        return offers

    async def _renewed(self, owners: tuple[str, ...]) -> Offers:
        offers = self._offers
        if offers is None or self._is_old(offers):
            offers = self._offers = await self._database.read(partial(_look, self._database.clock.now()))
        offers.usable[owners] = await self._database.read(lambda c: users.usable_profiles(c, owners))
        return offers

    def _is_old(self, offers: Offers) -> bool:
        return self._database.clock.now() - offers.read_at > FRESH_SECONDS * SECOND


def _look(now: int, connection: Connection) -> Offers:
    profiles = resources.profiles(connection)
    tariffs = billing.tariffs_at(connection, [profile.name for profile in profiles], now)
    return Offers(profiles, resources.pool_state(connection), tariffs, now)
