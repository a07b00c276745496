"""Callers by their hub tokens: asked about again every few seconds while they call, forgotten on demand.

A token that the hub no longer knows is refused within `FRESH_SECONDS`.  Asking costs the hub about a
millisecond, so the questions about known tokens are rationed: with more active callers than that, an answer
is trusted for longer, `TRUSTED_SECONDS` at most, and what the hub tells us by itself (`forget`) still keeps
its time.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hubkin_kit.web.hub import Hub, HubAway
from hubkin_kit.web.identity import Caller, Identify, ServiceCaller

#: For so long an answer of the hub is as good as new.  With the pause between two looks of an open stream, a
#: revoked token is gone within five seconds.
FRESH_SECONDS = 2.5
#: For so long it is trusted when the hub is away, or has been asked enough.
TRUSTED_SECONDS = 50.0
#: An unknown token is asked about again soon: it may have been made a moment ago.
REFUSED_SECONDS = 2.5
#: After no answer, the hub is left alone for so long.
AWAY_SECONDS = 2.0
#: How many questions a second are about tokens that are known.
RATION_PER_SECOND = 50
REMEMBERED = 10_000
SCOPE_PREFIX = "custom:hubkin:"


@dataclass(frozen=True, slots=True)
class _Known:
    """An answer of the hub, and who that is here."""

    asked_at: float
    identified_at: float
    told: dict[str, Any]
    caller: Caller | None

    def is_about(self, told: dict[str, Any], *, now: float) -> bool:
        """Whether a newer answer says the same, so that nobody has to be looked up again."""
        return now - self.identified_at < TRUSTED_SECONDS and _rights(self.told) == _rights(told)


class HubAuthenticator:
    """Remembers whose token it was; many questions about one token at once are one question to the hub."""

    def __init__(
        self,
        hub: Hub,
        identify: Identify,
        *,
        service: str = "hubkin",
        fresh_seconds: float = FRESH_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._identify = identify
        self._access = frozenset({"access:services", f"access:services!service={service}"})
        self._fresh_seconds = fresh_seconds
        self._now = now
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._asking: dict[bytes, asyncio.Future[Caller | None]] = {}
        self._ration = float(RATION_PER_SECOND)
        self._rationed_at = now()
        self._away_until = 0.0
        self._forgets = 0

    async def caller(self, token: str) -> Caller | None:
        """Return whose token it is, None when it does not count (any more).

        Raises:
            HubAway: It is not remembered well enough, and the hub does not answer.
        """
        key = hashlib.sha256(token.encode()).digest()
        asking = self._asking.get(key)
        if asking is None:
            known = self._known.get(key)
            if known is not None and self._is_good(known):
                return known.caller
            asking = asyncio.ensure_future(self._ask(key, token))
            self._asking[key] = asking
            asking.add_done_callback(lambda done: self._answered(key, done))
        return await asyncio.shield(asking)

    def forget(self, name: str) -> None:
        """Ask the hub again about everyone of this name: they logged out, lost rights, or are gone.

        What the hub is being asked just now it may have answered before that, so it is not remembered.
        """
        self._forgets += 1
        self._asking.clear()
        for key, known in list(self._known.items()):
            if known.caller is not None and known.caller.name == name:
                del self._known[key]

    def _is_good(self, known: _Known) -> bool:
        age = self._now() - known.asked_at
        if known.caller is None:
            return age < REFUSED_SECONDS
        if age < self._fresh_seconds:
            return True
        return age < TRUSTED_SECONDS and (self._now() < self._away_until or not self._may_ask())

    def _may_ask(self) -> bool:
        """Take one question out of the ration, which fills up again every second."""
        now = self._now()
        filled = self._ration + (now - self._rationed_at) * RATION_PER_SECOND
        self._ration, self._rationed_at = min(RATION_PER_SECOND, filled), now
        if self._ration < 1:
            return False
        self._ration -= 1
        return True

    def _answered(self, key: bytes, asking: asyncio.Future[Caller | None]) -> None:
        if self._asking.get(key) is asking:
            del self._asking[key]

    async def _ask(self, key: bytes, token: str) -> Caller | None:
        asked_at, forgets = self._now(), self._forgets
        try:
            told = await self._hub.user_of(token)
        except HubAway:
            self._away_until = self._now() + AWAY_SECONDS
            known = self._known.get(key)
            if known is not None and known.caller is not None and asked_at - known.asked_at < TRUSTED_SECONDS:
                return known.caller
            raise
        caller, identified_at = None, asked_at
        known = self._known.get(key)
        if known is not None and told is not None and known.is_about(told, now=asked_at):
            caller, identified_at = known.caller, known.identified_at
        elif told is not None:
            caller = await self._caller_of(told)
        if forgets != self._forgets:
            return caller
        self._known[key] = _Known(asked_at, identified_at, told or {}, caller)
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller

    async def _caller_of(self, told: dict[str, Any]) -> Caller | None:
        held = set(told.get("scopes") or ())
        if not held & self._access and told.get("kind") != "service":
            return None
        # A filtered scope (custom:…!user=ada) stays as it is: it equals none that a handler asks for.
        verbs = frozenset(s for s in held if s.startswith(SCOPE_PREFIX))
        if told.get("kind") == "service":
            return ServiceCaller(str(told["name"]), verbs)
        return await self._identify({**told, "scopes": sorted(verbs)})


def _rights(told: dict[str, Any]) -> tuple[Any, ...]:
    """Return what of the hub's answer decides who somebody is and what they may."""
    return (
        told.get("kind"), told.get("name"), told.get("created"),
        sorted(told.get("groups") or ()), sorted(told.get("scopes") or ()),
    )  # fmt: skip
