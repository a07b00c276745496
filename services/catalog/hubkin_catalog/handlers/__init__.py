"""The catalog over HTTP."""

from __future__ import annotations

from hubkin_kit.database import Database
from hubkin_kit.web import Route

from hubkin_catalog.handlers import uploads, versions
from hubkin_catalog.service.catalog import Catalog

__all__ = ["routes"]


def routes(catalog: Catalog, database: Database) -> list[Route]:
    """Return the routes of the catalog."""
    return [*uploads.routes(catalog, database), *versions.routes(catalog, database)]
