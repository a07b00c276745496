"""The composition: which packages there are, what each is given, and what becomes of it.

The only place that knows them all.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import hubkin_billing as billing
import hubkin_catalog as catalog
import hubkin_kit
import hubkin_users as users
import msgspec
from hubkin_kit.clock import SystemClock
from hubkin_kit.controllers import Controller, Runner
from hubkin_kit.database import Database
from hubkin_kit.i18n import Translator
from hubkin_kit.web import Hub, HubAuthenticator, Route, Signer, Web, make_app
from hubkin_kit.web.identity import Caller
from hubkin_kit.web.openapi import describe
from hubkin_kit.web.sessions import Sessions
from tornado.web import Application

import hubkin_platform
from hubkin_platform import health, mirror, pages
from hubkin_platform.secret_file import Secrets
from hubkin_platform.settings import HubkinPlatform

PACKAGES = (hubkin_kit, users, billing, catalog, hubkin_platform)


@dataclass(kw_only=True)
class Platform:
    """Everything that one process runs, and how it ends."""

    application: Application
    database: Database
    runner: Runner
    hub: Hub
    controllers: list[Controller]
    at_end: list[Callable[[], None]] = field(default_factory=list)

    def start(self) -> None:
        """Start the loops."""
        self.runner.start_sequencer()
        self.runner.start(self.controllers)

    async def close(self) -> None:
        """End the loops and let go of everything."""
        for end in self.at_end:
            end()
        await self.runner.close()
        self.hub.close()
        self.database.close()


def holder_name() -> str:
    """Return the name by which this process holds leases."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{os.urandom(3).hex()}"


def compose(settings: HubkinPlatform, secrets: Secrets, database: Database, *, holder: str) -> Platform:
    """Put the platform together; needs a running event loop, starts nothing."""
    hub = Hub(settings.hub_api_url, secrets.hub_token)
    runner = Runner(database, holder=holder)
    clock = SystemClock()

    async def identify(model: dict[str, object]) -> Caller:
        return await users.identify(database, model)

    web = Web(
        authenticator=HubAuthenticator(hub, identify),
        translator=translator(),
        attempts=Signer(secrets.attempt_key.encode(), purpose="attempt", clock=clock),
        tickets=Signer(secrets.ticket_key.encode(), purpose="ticket", clock=clock),
        sessions=Sessions(
            hub,
            secret=secrets.cookie_secret.encode(),
            client_id=settings.client_id,
            client_secret=secrets.hub_token,
            prefix=settings.prefix,
            hub_base=settings.hub_base_url,
        ),
        prefix=settings.prefix,
        hosts=settings.hosts,
        clock=clock,
    )
    ready = health.health_of(database, hub, lambda: runner.is_healthy("sequencer"))
    api = package_routes()
    probes = health.routes(ready, lambda: document(api + probes))
    page_routes = pages.routes(hub_base=settings.hub_base_url)
    return Platform(
        application=make_app(web, [*api, *probes], [*probes, *page_routes]),
        database=database,
        runner=runner,
        hub=hub,
        controllers=[mirror.controller(database, hub)],
    )


def package_routes() -> list[Route]:
    """List the routes of all packages."""
    return []


def translator() -> Translator:
    """Return all packages' texts."""
    return Translator(Path(str(package.__file__)).parent for package in PACKAGES)


def document(routes: list[Route]) -> bytes:
    """Return ``openapi.json``."""
    return msgspec.json.format(
        msgspec.json.encode(describe(routes, version=hubkin_platform.__version__), order="sorted")
    )
