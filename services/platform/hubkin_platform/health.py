"""What operators and probes ask: is it alive, is it ready, how is it doing; and what the API is like."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import ClassVar

from hubkin_kit import telemetry
from hubkin_kit.database import Database
from hubkin_kit.errors import Unavailable
from hubkin_kit.web import METRICS_READ, PUBLIC, Hub, HubkinHandler, Operation, PublicHandler, Route

from hubkin_platform import schema

#: A hub that starts after us must not make us look dead at once; a hub that is gone makes us not ready.
HUB_CACHED_SECONDS = 5.0
#: The checks that fail whenever nothing can be written, and say less than why.
WRITERS = frozenset({"sequencer"})


class NotReady(Unavailable):
    """Alive, and not able to serve."""

    code = "not_ready"
    title = "The platform is not ready"


@dataclass(frozen=True)
class Health:
    """The checks that make us ready, and what keeps us from writing."""

    checks: Mapping[str, Callable[[], Awaitable[bool]]]
    trouble: Callable[[], Unavailable | None] = field(default=lambda: None)

    async def failing(self) -> list[str]:
        """Return the names of the checks that fail."""
        answers = await asyncio.gather(*(check() for check in self.checks.values()))
        return [name for name, is_fine in zip(self.checks, answers, strict=True) if not is_fine]


class HealthHandler(PublicHandler):
    """``/healthz``: ready; ``/livez``: the event loop turns."""

    scopes = {"GET": PUBLIC}
    operations = {"GET": Operation(summary="Whether the platform is ready", answer=dict)}

    def initialize(self, health: Health | None = None) -> None:
        """Receive the checks; none for liveness."""
        self.health = health

    async def get(self) -> None:
        """Answer 200, or 503 with what is missing.

        Who cannot write still reads: taking us away for it would take away the screens that say so, too.
        """
        failing = await self.health.failing() if self.health else []
        trouble = self.health.trouble() if self.health else None
        if trouble is not None:
            failing = [name for name in failing if name not in WRITERS]
        if failing:
            raise NotReady("Not ready yet: {missing}.", params={"missing": failing}, retry_after_seconds=2)
        if trouble is not None:
            detail = self.said(trouble.detail, **trouble.params)
            self.reply(200, {"status": "degraded", "code": trouble.code, "detail": detail})
            return
        self.reply(200, {"status": "ok"})


#: Whoever passes a request on says so in one of these; nobody behind a proxy can take them away.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP")


class MetricsHandler(HubkinHandler):
    """``/metrics``: Prometheus' figures; they name routes and codes, never people.

    They tell how busy a site is and when its machines fail, so they are for those who watch it: with a token
    that has the verb, or from this machine itself, past the proxy, which needs no hub to be up.
    """

    for_services: ClassVar[bool | None] = None
    scopes = {"GET": METRICS_READ}
    operations = {"GET": Operation(summary="Figures for Prometheus", answer=bytes)}

    async def authorize(self, scope: str) -> None:
        """Let this machine pass; everybody else needs the verb."""
        if not self._is_from_here():
            await super().authorize(scope)

    def _is_from_here(self) -> bool:
        if any(name in self.request.headers for name in FORWARDED):
            return False
        try:
            return ip_address(self.request.remote_ip or "").is_loopback
        except ValueError:
            return False

    async def get(self) -> None:
        """Answer with all figures."""
        self.reply_bytes(telemetry.figures(), kind="text/plain; version=0.0.4; charset=utf-8")


class OpenApiHandler(PublicHandler):
    """``/openapi.json``."""

    scopes = {"GET": PUBLIC}
    operations = {"GET": Operation(summary="This description", answer=dict)}

    def initialize(self, document: Callable[[], bytes]) -> None:
        """Receive the description, made when first asked for."""
        self.document = document

    async def get(self) -> None:
        """Answer with the description."""
        self.reply_bytes(self.document(), kind="application/json")


def health_of(database: Database, hub: Hub | None, sequencer: Callable[[], Awaitable[bool]]) -> Health:
    """Ready means: our schema, a sequencer that numbers, a hub that knows our token."""

    async def has_schema() -> bool:
        return await database.read(schema.is_current)

    checks: dict[str, Callable[[], Awaitable[bool]]] = {"schema": has_schema, "sequencer": sequencer}
    if hub is not None:
        checks["hub"] = _Remembered(hub.is_ready).check
    return Health(checks, lambda: database.trouble)


def routes(health: Health, document: Callable[[], bytes]) -> list[Route]:
    """List the routes; they are below the API and below the service's prefix alike."""
    return [
        Route("/healthz", HealthHandler, {"health": health}),
        Route("/livez", HealthHandler),
        Route("/metrics", MetricsHandler),
        Route("/openapi.json", OpenApiHandler, {"document": document}),
    ]


class _Remembered:
    """Asks the hub at most every few seconds, however often probes come."""

    def __init__(self, ask: Callable[[], Awaitable[bool]]) -> None:
        self._ask = ask
        self._until = 0.0
        self._is_fine = False

    async def check(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now >= self._until or not self._is_fine:
            self._is_fine = await self._ask()
            self._until = now + HUB_CACHED_SECONDS
        return self._is_fine
