"""The packages put together on one machine: a real database, real files, real agents, real HTTP for them.

Its controllers step when a test says so, so that a test sees every state on the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import hubkin_billing as billing
import hubkin_catalog as catalog_package
import hubkin_jobs as jobs_package
import hubkin_resources as resources
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_catalog import Catalog, DirectoryStore
from hubkin_jobs import Jobs, LocalBackend, Policy, Reader, Spools
from hubkin_jobs.controllers.dispatcher import dispatch_all
from hubkin_jobs.controllers.metering import meter_all
from hubkin_jobs.controllers.reconciler import Reconciler
from hubkin_jobs.service import reading
from hubkin_kit import idempotency, leases
from hubkin_kit.database import Database
from hubkin_kit.i18n import Translator
from hubkin_kit.web import Signer, Web, make_app
from hubkin_kit.web.identity import Caller
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from tests.support.clock import MovableClock

KEY = b"k" * 32
MACHINE = resources.Machine(cores=2, memory_bytes=8 << 30)
VERBS = frozenset(
    f"custom:hubkin:{verb}"
    for verb in ("jobs:read", "jobs:submit", "catalog:read", "catalog:write", "billing:read")
)


class Nobody:
    """Knows no tokens: people reach the rig by its methods, agents by their signed tokens."""

    async def caller(self, token: str) -> Caller | None:
        """Know nobody."""
        return None


def _bind(port: int) -> tuple[list[Any], int]:
    sockets = bind_sockets(port, "127.0.0.1")
    return sockets, sockets[0].getsockname()[1]


class Rig:
    """One machine's platform without its hub."""

    def __init__(
        self, folder: Path, *, policy: Policy | None = None, port: int = 0, database_url: str = ""
    ) -> None:
        self.folder = folder
        self.clock = MovableClock()
        self.database = Database(database_url or f"sqlite:///{folder / 'hubkin.sqlite'}", clock=self.clock)
        self.database.create_all()
        self.site = resources.demo_site(MACHINE)
        self.database.write_sync(self._apply_site)
        self.web = Web(
            authenticator=Nobody(),
            translator=Translator([]),
            attempts=Signer(KEY, purpose="attempt", clock=self.clock),
            tickets=Signer(KEY, purpose="ticket", clock=self.clock),
            clock=self.clock,
        )
        self.catalog = Catalog(DirectoryStore(folder / "objects"), self.web.tickets)
        self.policy = policy or Policy()
        self.jobs = Jobs(
            self.database, self.catalog, Spools(folder / "spools"), policy=self.policy, wake=lambda: None
        )
        sockets, self.port = _bind(port)
        routes = jobs_package.routes(self.jobs) + catalog_package.routes(self.catalog, self.database)
        self._server = HTTPServer(make_app(self.web, routes))
        self._server.add_sockets(sockets)
        self.backend = LocalBackend(
            folder / "runs",
            api=f"http://127.0.0.1:{self.port}{self.web.api}",
            token=lambda attempt_id: self.web.attempts.sign(attempt_id, seconds=86400),
            stage=self._stage,
        )
        self.reconciler = Reconciler(self.database, self.backend, self.catalog)
        self.lease = self._lease()
        self.reader = Reader(self.web.translator, "en", self.site.unit)

    async def close(self) -> None:
        """End what runs and let go of everything."""
        await self.reconciler.drain()
        for attempt in await self.backend.leftovers():
            await self.backend.stop(attempt, signal="SIGKILL", grace_seconds=0)
        self.backend.close()
        self._server.stop()
        await self._server.close_all_connections()
        self.database.close()

    # --- people and money

    def person(
        self, name: str, *, groups: tuple[str, ...] = (), scopes: frozenset[str] = VERBS
    ) -> users.Identity:
        """Return a person, known from now on."""
        who = users.HubUser(name=name, groups=groups, scopes=scopes)
        return self.database.write_sync(lambda tx: users.enroll(tx, who))

    def top_up(self, owner: str, micros: int) -> None:
        """Put money on an account."""
        self.database.write_sync(
            lambda tx: billing.top_up(tx, owner, micros, note="a test", actor="test", key=f"{owner}:{micros}")
        )

    def balance(self, owner: str) -> billing.Balance:
        """Return an account at a glance."""
        return self.database.read_sync(lambda c: billing.usage(c, owner, month_start=0)).balance

    def audit(self) -> tuple[str, ...]:
        """Return what is wrong with the books: nothing, ever."""
        return self.database.read_sync(billing.audit).complaints

    # --- jobs

    async def submit(self, who: users.Identity, spec: Mapping[str, Any], *, key: str | None = None) -> str:
        """Submit a job."""
        request = wire.JobRequest(spec=msgspec.convert(spec, wire.JobSpec))
        body = idempotency.fingerprint(str(sorted(spec.items())).encode())
        sent = await self.jobs.submit(who, request, key=key, request_hash=body)
        return sent.job_id

    def job(self, job_id: str) -> wire.Job:
        """Return a job as its owner sees it."""
        return self.database.read_sync(
            lambda c: self.jobs.view(c, self.jobs.get(c, None, job_id), self.reader)
        )

    async def step(self) -> None:
        """Let every controller do what is due, once."""
        await self.database.write(dispatch_all)
        await self.reconciler.step(self.lease)
        await self.reconciler.drain()

    async def meter(self) -> None:
        """Let the meter do what is due, after a look at what is alive."""
        await self.reconciler.step(self.lease)
        await self.database.write(lambda tx: meter_all(self.lease, self.reconciler.sightings.alive_at, tx))

    async def until(self, job_id: str, *states: str, timeout_seconds: float = 60) -> wire.Job:
        """Step until the job is in one of these states."""
        return await self.when(lambda: self._in(job_id, states), timeout_seconds=timeout_seconds)

    async def when(self, look: Callable[[], Awaitable[Any]], *, timeout_seconds: float = 60) -> Any:
        """Step until a look finds something."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while True:
            await self.step()
            found = await look()
            if found:
                return found
            assert asyncio.get_running_loop().time() < deadline, "it never came to that"
            await asyncio.sleep(0.02)

    async def _in(self, job_id: str, states: tuple[str, ...]) -> wire.Job | None:
        job = self.job(job_id)
        assert job.state in states or job.state not in jobs_package.FINAL, f"{job.state}: {job.reason.text}"
        return job if job.state in states else None

    def log(self, job_id: str) -> list[str]:
        """Return the lines of a job's log so far."""
        page = self.database.read_sync(
            lambda c: self.jobs.logs(
                c, self.jobs.get(c, None, job_id), self.reader, replica=None, cursor=None, tail=None,
                limit_bytes=1 << 20,
            )
        )  # fmt: skip
        return [line.text for line in page.lines]

    def files(self, job_id: str) -> list[wire.FileEntry]:
        """Return what a job has left."""
        return self.database.read_sync(lambda c: reading.files(c, self.jobs.get(c, None, job_id)))

    def models(self, owner: str) -> list[wire.ModelVersion]:
        """Return the versions of models that an owner has, newest first."""
        return self.database.read_sync(
            lambda c: catalog_package.model_views(
                c, self.catalog.named(c, "model", [owner], before=None, limit=100)
            )
        )

    def ticket(self, method: str, owner: str, file: catalog_package.File) -> catalog_package.Ticket:
        """Return the right to put or get a file's bytes."""
        return catalog_package.Ticket(
            method=method, owner=owner, digest=file.digest, size_bytes=file.size_bytes
        )

    def _apply_site(self, tx: Any) -> None:
        resources.apply_site(tx, self.site)
        billing.set_prices(tx, self.site.prices)
        users.set_entitlements(tx, self.site.entitlements)
        users.set_roles(tx, self.site.groups)

    def _lease(self) -> leases.Lease:
        lease = self.database.write_sync(lambda tx: leases.acquire(tx, "test", "rig"))
        assert lease is not None
        return lease

    def _stage(self, version: str, folder: Path, *, writable: bool) -> None:
        self.database.read_sync(lambda c: self.catalog.stage(c, version, folder, writable=writable))
