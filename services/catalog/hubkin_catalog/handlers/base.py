"""What the routes about versioned files share."""

from __future__ import annotations

from typing import cast

import hubkin_users as users
from hubkin_kit.database import Database
from hubkin_kit.web import HubkinHandler

from hubkin_catalog.service.catalog import Catalog


class CatalogBase(HubkinHandler):
    """A route about versioned files."""

    def initialize(self, catalog: Catalog, database: Database) -> None:
        """Receive the service."""
        self.catalog = catalog
        self.database = database

    @property
    def person(self) -> users.Identity:
        """The caller; services do not reach these routes."""
        return cast(users.Identity, self.caller)
