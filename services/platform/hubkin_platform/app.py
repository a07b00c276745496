"""The composition: which packages there are, what each is given, and what becomes of it.

The only place that knows them all.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hubkin_billing as billing
import hubkin_catalog as catalog
import hubkin_jobs as jobs
import hubkin_kit
import hubkin_records as records
import hubkin_resources as resources
import hubkin_servers as servers
import hubkin_users as users
import msgspec
from hubkin_jobs import LocalBackend
from hubkin_kit import telemetry
from hubkin_kit.clock import SystemClock
from hubkin_kit.controllers import Controller, Runner
from hubkin_kit.database import Database
from hubkin_kit.i18n import Translator
from hubkin_kit.web import Hub, HubAuthenticator, Route, Signer, Web, make_app
from hubkin_kit.web.identity import Caller
from hubkin_kit.web.openapi import describe
from hubkin_kit.web.sessions import Sessions
from hubkin_kit.web.traffic import Traffic
from tornado.web import Application

import hubkin_platform
from hubkin_platform import health, mirror, pages, site, upkeep
from hubkin_platform.events import Fanout
from hubkin_platform.parts import described, make_parts
from hubkin_platform.secret_file import Secrets
from hubkin_platform.settings import HubkinPlatform

PACKAGES = (hubkin_kit, records, users, resources, billing, catalog, jobs, servers, hubkin_platform)

#: Longer than any job: a token names one attempt, and an ended attempt takes nothing new.
ATTEMPT_TOKEN_SECONDS = 400 * 86400


@dataclass(kw_only=True)
class Platform:
    """Everything that one process runs, and how it ends."""

    application: Application
    traffic: Traffic
    database: Database
    runner: Runner
    hub: Hub
    fanout: Fanout
    controllers: list[Controller] | None
    """None where other processes run them."""
    at_end: list[Callable[[], None]] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Start the loops."""
        await self.fanout.open()
        if self.controllers is not None:
            self.runner.start_sequencer()
            self.runner.start(self.controllers)
        self.tasks += [
            asyncio.create_task(self.fanout.run()),
            asyncio.create_task(telemetry.watch_loop_lag()),
        ]

    async def drain(self, timeout_seconds: float) -> None:
        """End the streams, begin nothing new, and let what was begun be answered."""
        self.traffic.end()
        self.fanout.close()
        if not await self.traffic.drained(timeout_seconds):
            telemetry.log.warning("requests_cut_off")

    async def close(self) -> None:
        """End the streams and the loops, and let go of everything."""
        self.fanout.close()
        for end in self.at_end:
            end()
        await self.runner.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.hub.close()
        self.database.close()


def holder_name() -> str:
    """Return the name by which this process holds leases."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{os.urandom(3).hex()}"


def is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that runs no more."""
    host, pid, _ = holder.rsplit("-", 2)
    if host != socket.gethostname()[:30]:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def compose(
    settings: HubkinPlatform, secrets: Secrets, database: Database, *, holder: str, port: int
) -> Platform:
    """Put the platform together; needs a running event loop, starts nothing.

    Args:
        settings: The settings of the process.
        secrets: Its keys and tokens.
        database: With a schema that is up to date.
        holder: The name by which this process holds leases.
        port: Where it listens, for the agents of this machine.
    """
    decided = site.read(settings.site)
    database.write_sync(lambda tx: site.apply(tx, decided))
    hub = Hub(settings.hub_api_url, secrets.hub_token)
    runner = Runner(database, holder=holder)
    clock = SystemClock()

    async def identify(model: dict[str, object]) -> Caller:
        return await users.identify(database, await mirror.completed(hub, model))

    authenticator = HubAuthenticator(hub, identify)
    web = Web(
        authenticator=authenticator,
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
        unit=decided.unit,
        clock=clock,
    )
    parts = make_parts(
        settings.folder, database=database, web=web, site=decided, runner=runner, forget=authenticator.forget
    )
    backend = LocalBackend(
        settings.folder / "runs",
        api=f"http://127.0.0.1:{port}{web.api}",
        token=lambda attempt_id: web.attempts.sign(attempt_id, seconds=ATTEMPT_TOKEN_SECONDS),
        stage=parts.stage,
    )
    webhooks = records.WebhookChannel(web.clock, networks=settings.hook_networks)
    ready = health.health_of(database, hub, runner.has_sequencer)
    api = parts.routes()
    probes = health.routes(ready, lambda: document(api + probes))
    page_routes = pages.routes(hub_base=settings.hub_base_url)
    return Platform(
        application=make_app(web, [*api, *probes], [*probes, *page_routes]),
        traffic=web.traffic,
        database=database,
        runner=runner,
        hub=hub,
        fanout=parts.fanout,
        controllers=[
            mirror.controller(database, hub),
            upkeep.controller(database),
            *jobs.controllers(
                database,
                backend,
                parts.catalog,
                policy=parts.jobs.policy,
                meter_seconds=settings.meter_seconds,
            ),
            *servers.controllers(database, hub.stop_server, meter_seconds=settings.meter_seconds),
            *records.controllers(database, channels(settings, decided, web, webhooks)),
        ]
        if settings.controllers
        else None,
        at_end=[backend.close, webhooks.close],
    )


def channels(
    settings: HubkinPlatform, decided: resources.Site, web: Web, webhooks: records.WebhookChannel
) -> dict[records.Kind, records.Channel]:
    """Return the ways by which notices leave: webhooks, and mail where the site has a mail server."""
    found: dict[records.Kind, records.Channel] = {records.Kind.WEBHOOK: webhooks}
    if decided.smtp is not None:
        server = records.MailServer(**msgspec.structs.asdict(decided.smtp))
        found[records.Kind.MAIL] = records.MailChannel(server, web.translator, public_url=settings.public_url)
    return found


def translator() -> Translator:
    """Return all packages' texts."""
    return Translator(Path(str(package.__file__)).parent for package in PACKAGES)


def reference() -> bytes:
    """Return ``openapi.json`` without anything running."""
    nothing: Any = None
    return document([*described(), *health.routes(nothing, nothing)])


def document(routes: list[Route]) -> bytes:
    """Return ``openapi.json``."""
    return msgspec.json.format(
        msgspec.json.encode(describe(routes, version=hubkin_platform.__version__), order="sorted")
    )
