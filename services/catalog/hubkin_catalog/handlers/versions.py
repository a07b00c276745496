"""Versions over HTTP: what there is, which one is meant, and what is in it.

GET /datasets               versions of datasets, newest first
GET /models                 versions of models, newest first, with where they come from
GET /resolve                the version that a reference means to the caller
GET /versions/{id}          one version
GET /versions/{id}/files    its files, each with an address of its bytes
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from hubkin import wire
from hubkin_kit.database import Connection, Database, Row
from hubkin_kit.errors import Field, Invalid
from hubkin_kit.web import CATALOG_READ, ListQuery, Operation, Route, cut, read_cursor

from hubkin_catalog.domain.trees import File
from hubkin_catalog.handlers.base import CatalogBase
from hubkin_catalog.service import views
from hubkin_catalog.service.catalog import Catalog
from hubkin_catalog.service.finding import NAMED, find


def routes(catalog: Catalog, database: Database) -> list[Route]:
    """Return the routes by which files are found."""
    mine = {"catalog": catalog, "database": database}
    return [
        Route("/datasets", DatasetsHandler, mine),
        Route("/models", ModelsHandler, mine),
        Route("/resolve", ResolveHandler, mine),
        Route("/versions/{version_id}", VersionHandler, mine),
        Route("/versions/{version_id}/files", FilesHandler, mine),
    ]


class NamedQuery(ListQuery, forbid_unknown_fields=True, kw_only=True):
    """Only the versions under this name, as ``name`` or ``owner/name``."""

    name: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class ResolveQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``dataset`` or ``model``, and ``[owner/]name[@v3]``."""

    reference: Annotated[str, msgspec.Meta(max_length=400)]
    kind: str = "dataset"


class FilesQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which files: those after a path, in the order of paths."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1000, description="How many items, at most 1000.")] = 500
    cursor: Annotated[str, msgspec.Meta(max_length=4096)] | None = None


class NamedHandler(CatalogBase):
    """Versions of one kind of things with names."""

    kind: ClassVar[str]

    async def _rows(self) -> tuple[list[Row], str | None]:
        query, person = self.query(NamedQuery), self.person
        space, slash, name = (query.name or "").rpartition("/")
        owner = person.space(space) if slash else None
        owners = [owner.id] if owner else [] if slash else list(person.owners)
        found = await self.database.read(
            lambda c: self.catalog.named(
                c, self.kind, owners, name=name or None, before=query.place, limit=query.limit + 1
            )
        )
        return cut(found, query.limit, lambda row: (row["id"],))


class DatasetsHandler(NamedHandler):
    """``/datasets``."""

    kind = "dataset"
    scopes: ClassVar = {"GET": CATALOG_READ}
    operations: ClassVar = {
        "GET": Operation(
            summary="List versions of datasets", answer=wire.Page[wire.Version], query=NamedQuery
        )
    }

    async def get(self) -> None:
        """List the versions of datasets of the caller and their groups."""
        rows, next_cursor = await self._rows()
        items = await self.database.read(lambda c: views.versions(c, rows))
        self.reply(200, wire.Page(items=items, next_cursor=next_cursor))


class ModelsHandler(NamedHandler):
    """``/models``."""

    kind = "model"
    scopes: ClassVar = {"GET": CATALOG_READ}
    operations: ClassVar = {
        "GET": Operation(summary="List model versions", answer=wire.Page[wire.ModelVersion], query=NamedQuery)
    }

    async def get(self) -> None:
        """List the versions of models of the caller and their groups."""
        rows, next_cursor = await self._rows()
        items = await self.database.read(lambda c: views.models(c, rows))
        self.reply(200, wire.Page(items=items, next_cursor=next_cursor))


class ResolveHandler(CatalogBase):
    """``/resolve``."""

    scopes: ClassVar = {"GET": CATALOG_READ}
    operations: ClassVar = {
        "GET": Operation(
            summary="Say which version a reference means", answer=wire.Version, query=ResolveQuery
        )
    }

    async def get(self) -> None:
        """Answer with the version that a reference means to the caller."""
        query, person = self.query(ResolveQuery), self.person
        if query.kind not in NAMED:
            raise Invalid(
                "The kind must be one of {choices}.",
                params={"choices": list(NAMED)},
                fields=(Field("/kind", "unknown_kind"),),
            )

        def look(connection: Connection) -> wire.Version:
            return views.versions(connection, [find(connection, person, query.kind, query.reference)])[0]

        self.reply(200, await self.database.read(look))


class VersionHandler(CatalogBase):
    """``/versions/{version_id}``."""

    scopes: ClassVar = {"GET": CATALOG_READ}
    operations: ClassVar = {"GET": Operation(summary="Get a version", answer=wire.Version)}

    async def get(self, version_id: str) -> None:
        """Answer with one version of the caller's or their groups'."""
        owners = self.person.owners
        view = await self.database.read(
            lambda c: views.versions(c, [self.catalog.version(c, version_id, owners=owners)])[0]
        )
        self.reply(200, view)


class FilesHandler(CatalogBase):
    """``/versions/{version_id}/files``."""

    scopes: ClassVar = {"GET": CATALOG_READ}
    operations: ClassVar = {
        "GET": Operation(
            summary="List the files of a version", answer=wire.Page[wire.VersionFile], query=FilesQuery
        )
    }

    async def get(self, version_id: str) -> None:
        """List the files of a version, each with where its bytes are for a quarter of an hour."""
        query, owners = self.query(FilesQuery), self.person.owners
        after = read_cursor(query.cursor, tuple[str])

        def look(connection: Connection) -> tuple[str, list[File]]:
            row = self.catalog.version(connection, version_id, owners=owners)
            found = self.catalog.files_after(
                connection, version_id, after=after[0] if after else None, limit=query.limit + 1
            )
            return row["owner"], found

        owner, found = await self.database.read(look)
        page, next_cursor = cut(found, query.limit, lambda file: (file.path,))
        items = [
            wire.VersionFile(
                path=file.path,
                size_bytes=file.size_bytes,
                digest=file.digest,
                mode=file.mode,
                url=self.web.api + self.catalog.get_path(owner, file),
            )
            for file in page
        ]
        self.reply(200, wire.Page(items=items, next_cursor=next_cursor))
