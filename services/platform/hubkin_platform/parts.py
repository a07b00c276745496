"""The packages' services, each given what it needs of the others; and all their routes.

Packages do not import each other sideways: what billing asks about people, or resources about prices, is
passed in here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hubkin_billing as billing
import hubkin_catalog as catalog
import hubkin_jobs as jobs
import hubkin_records as records
import hubkin_resources as resources
import hubkin_servers as servers
import hubkin_users as users
from hubkin_kit.controllers import Runner
from hubkin_kit.database import Connection, Database
from hubkin_kit.i18n import Translator, _
from hubkin_kit.web import Route, Web

from hubkin_platform import events
from hubkin_platform.events import Fanout, merge

#: Shown where people decide what to trust: one account of the machine runs everything.
TRUST_NOTE = _(
    "Local processes of one Unix account are one trust domain: everybody here can read everybody's files."
)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the routes of all packages are made of."""

    database: Database
    catalog: catalog.Catalog
    jobs: jobs.Jobs
    people: billing.People
    market: resources.Market
    fanout: Fanout
    forget: Callable[[str], None]
    time_zone: str
    sends_mail: bool

    def stage(self, version: str, folder: Path, *, writable: bool) -> None:
        """Lay a version out: code writable, data and models not."""
        self.database.read_sync(lambda c: self.catalog.stage(c, version, folder, writable=writable))

    def routes(self) -> list[Route]:
        """List the routes of all packages."""
        return [
            *users.routes(self.database, forget=self.forget, trust_note=TRUST_NOTE),
            *resources.routes(self.market),
            *billing.routes(self.database, self.people, time_zone=self.time_zone),
            *catalog.routes(self.catalog, self.database),
            *jobs.routes(self.jobs),
            *servers.routes(self.database),
            *records.routes(self.database, sends_mail=self.sends_mail),
            *events.routes(self.fanout),
        ]


def make_parts(
    folder: Path,
    *,
    database: Database,
    web: Web,
    site: resources.Site,
    runner: Runner,
    forget: Callable[[str], None],
) -> Parts:
    """Make the packages' services.

    Args:
        folder: The data folder.
        database: With a schema that is up to date.
        web: What the handlers share.
        site: What the site decides.
        runner: Rings when the journal has news.
        forget: Drops what is remembered of a person's tokens.
    """
    files = catalog.Catalog(catalog.DirectoryStore(folder / "objects"), web.tickets)
    work = jobs.Jobs(
        database,
        files,
        jobs.Spools(folder / "logs" / "jobs"),
        policy=_policy(site),
        wake=runner.numbered.ring,
    )
    people = _people()
    return Parts(
        database=database,
        catalog=files,
        jobs=work,
        people=people,
        market=_market(database),
        fanout=Fanout(
            database, merge(_renderers(database, work, people, web.translator, site)), runner.numbered
        ),
        forget=forget,
        time_zone=site.time_zone,
        sends_mail=site.smtp is not None,
    )


def described() -> list[Route]:
    """List the routes of all packages as they are described, without anything behind them."""
    nothing: Any = None
    return Parts(
        database=nothing,
        catalog=nothing,
        jobs=nothing,
        people=nothing,
        market=nothing,
        fanout=nothing,
        forget=nothing,
        time_zone="UTC",
        sends_mail=False,
    ).routes()


def _policy(site: resources.Site) -> jobs.Policy:
    return jobs.Policy(
        confirm_above_micros=site.confirm_above_micros or 0,
        live_jobs_limit=site.quota.jobs_queued,
        jobs_at_once=site.quota.jobs_running,
    )


def _people() -> billing.People:
    def find(connection: Connection, name: str) -> str | None:
        owner = users.find_owner(connection, name)
        return owner.id if owner else None

    def page(connection: Connection, after: tuple[str, str], limit: int) -> list[tuple[str, str, str]]:
        found = users.all_owners(connection, after=after, limit=limit)
        return [(owner.id, owner.kind.value, owner.name) for owner in found]

    def names(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
        wanted = list(ids)
        return users.names(connection, wanted) | jobs.names(connection, wanted)

    return billing.People(find=find, names=names, page=page)


def _market(database: Database) -> resources.Market:
    def prices(connection: Connection, names: Any) -> dict[str, int]:
        found = billing.tariffs_at(connection, names, database.clock.now())
        return {name: tariff.micros_per_unit_hour for name, tariff in found.items()}

    return resources.Market(database, usable=users.usable_profiles, prices=prices, waiting=jobs.waiting)


def _renderers(
    database: Database,
    work: jobs.Jobs,
    people: billing.People,
    translator: Translator,
    site: resources.Site,
) -> list[dict[str, Any]]:
    return [
        jobs.renderers(work, translator, site.unit),
        servers.renderers(site.unit),
        billing.renderers(database, people, translator, unit=site.unit, time_zone=site.time_zone),
    ]
