"""Ways to break the import contracts, each to be planted in a copy of the sources.

A breach is: in file F write line L, and the contract named C must refuse it.  Files that
do not exist are created, so the list does not depend on how far the packages are.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One forbidden line, or one forbidden file."""

    title: str
    file: str
    line: str
    refused_by: str
    needs: tuple[str, ...] = ()
    and_there: tuple[str, str] | None = None  # a second file and its line


BREACHES = (
    Breach(
        title="jobs reaches into the store of billing",
        file="services/jobs/hubkin_jobs/service.py",
        line="import hubkin_billing.store",
        needs=("services/billing/hubkin_billing/store/__init__.py",),
        refused_by="Billing is entered by its public API",
    ),
    Breach(
        title="the platform reaches into the domain of jobs",
        file="services/platform/hubkin_platform/main.py",
        line="import hubkin_jobs.domain",
        needs=("services/jobs/hubkin_jobs/domain.py",),
        refused_by="Jobs is entered by its public API",
    ),
    Breach(
        title="a service imports an adapter",
        file="services/jobs/hubkin_jobs/service.py",
        line="import hubkin_jobs.adapters.volcano",
        needs=("services/jobs/hubkin_jobs/adapters/volcano.py",),
        refused_by="Inside a package",
    ),
    Breach(
        title="SQL in a handler",
        file="services/jobs/hubkin_jobs/handlers.py",
        line="import sqlalchemy",
        refused_by="SQL stays in tables and stores",
    ),
    Breach(
        title="billing knows of jobs",
        file="services/billing/hubkin_billing/service.py",
        line="import hubkin_jobs",
        refused_by="A package knows only the layers below it",
    ),
    Breach(
        title="kit knows of users",
        file="services/kit/hubkin_kit/errors.py",
        line="import hubkin_users",
        refused_by="A package knows only the layers below it",
    ),
    Breach(
        title="servers knows of jobs, its equal",
        file="services/servers/hubkin_servers/service.py",
        line="import hubkin_jobs",
        refused_by="A package knows only the layers below it",
    ),
    Breach(
        title="an unplanned file",
        file="services/jobs/hubkin_jobs/utils.py",
        line="",
        refused_by="Inside a package",
    ),
    Breach(
        title="a handler touches tables",
        file="services/jobs/hubkin_jobs/handlers.py",
        line="import hubkin_jobs.tables",
        needs=("services/jobs/hubkin_jobs/tables.py",),
        refused_by="Tables are touched by their own store only",
    ),
    Breach(
        title="a handler goes round the service to the store",
        file="services/jobs/hubkin_jobs/handlers.py",
        line="import hubkin_jobs.store",
        needs=("services/jobs/hubkin_jobs/store.py",),
        refused_by="A store is used by its own service and controllers only",
    ),
    Breach(
        title="a store leans on its service",
        file="services/users/hubkin_users/store.py",
        line="import hubkin_users.service",
        needs=("services/users/hubkin_users/service.py",),
        refused_by="Inside a package",
    ),
    Breach(
        title="a domain that waits",
        file="services/jobs/hubkin_jobs/domain.py",
        line="import asyncio",
        refused_by="Domain is pure",
    ),
    Breach(
        title="magics that need the platform",
        file="extensions/hubkin_magics/client.py",
        line="import hubkin_kit",
        refused_by="Clients, magics, server extension",
    ),
    Breach(
        title="a hub configuration with SQL",
        file="hub_config/hubkin_hub/login.py",
        line="import sqlalchemy",
        refused_by="Clients, magics, server extension",
    ),
    Breach(
        title="an agent that needs the client",
        file="services/agent/hubkin_agent/ship.py",
        line="import hubkin_magics",
        refused_by="Magics and agent stand alone",
    ),
    Breach(
        title="a service that calls through the client",
        file="services/jobs/hubkin_jobs/service.py",
        line="import hubkin.client",
        needs=("extensions/hubkin/client.py",),
        refused_by="Services know of the client its wire structs only",
    ),
    Breach(
        title="pages that lean on the command line",
        file="services/platform/hubkin_platform/pages.py",
        line="import hubkin.cli",
        needs=("extensions/hubkin/cli/__init__.py",),
        refused_by="Services know of the client its wire structs only",
    ),
    Breach(
        title="two modules in a circle",
        file="services/kit/hubkin_kit/errors.py",
        line="import hubkin_kit.circle",
        and_there=("services/kit/hubkin_kit/circle.py", "import hubkin_kit.errors"),
        refused_by="Nothing imports in a circle",
    ),
)
