"""Uploads and objects over HTTP.

POST /uploads               open an upload
POST /uploads/{id}/claims   which objects are missing, with a ticket for each
PUT  /objects/{ticket}      the bytes of one object, checked while they pass
POST /uploads/{id}/commit   make a version of it
GET  /objects/{ticket}      the bytes again
"""

from __future__ import annotations

import asyncio
from typing import ClassVar, cast

import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.clock import rfc3339
from hubkin_kit.database import Database
from hubkin_kit.errors import Field, HubkinError, Invalid, NotFound, TooLarge
from hubkin_kit.ids import is_slug
from hubkin_kit.web import CATALOG_WRITE, TICKET, Operation, Route, TicketHandler
from tornado.web import stream_request_body

from hubkin_catalog.domain.trees import File, Ticket
from hubkin_catalog.errors import BadTree
from hubkin_catalog.handlers.base import CatalogBase
from hubkin_catalog.ports import BlobWriter
from hubkin_catalog.service import views
from hubkin_catalog.service.catalog import CODE, Catalog, check_may_write

KINDS = ("algorithm", "dataset")
#: What one upload of code may announce; a dataset is as large as the disk.
MAX_CODE_BYTES = 1 << 30
#: A page of versions carries the note of each.
MAX_NOTE = 4000
SEND_BYTES = 1 << 18
#: So much of a body is read on after it was refused; a sender of more sees its connection break.
MOST_IGNORED_BYTES = 64 << 20


def routes(catalog: Catalog, database: Database) -> list[Route]:
    """Return the routes by which files come."""
    mine = {"catalog": catalog, "database": database}
    return [
        Route("/uploads", UploadsHandler, mine),
        Route("/uploads/{upload_id}/claims", ClaimsHandler, mine),
        Route("/uploads/{upload_id}/commit", CommitHandler, mine),
        Route("/objects/{ticket}", ObjectHandler, mine),
    ]


class UploadsHandler(CatalogBase):
    """``/uploads``."""

    scopes: ClassVar = {"POST": CATALOG_WRITE}
    operations: ClassVar = {
        "POST": Operation(
            summary="Open an upload", request=wire.UploadRequest, answer=wire.Upload, status=201
        )
    }

    async def post(self) -> None:
        """Open an upload of the caller's, or of a group that they work for."""
        request, person = self.read(wire.UploadRequest), self.person
        if request.kind not in KINDS:
            raise BadTree(
                "Uploads can be of kind {choices}.",
                params={"choices": list(KINDS)},
                fields=(Field("/kind", "unknown_kind"),),
            )
        if (request.name is not None) != (request.kind == "dataset") or not is_slug(request.name or "a"):
            raise BadTree(
                "A dataset has a name of small letters, digits and hyphens, at most 63 of them; "
                "code has none.",
                fields=(Field("/name", "bad_name"),),
            )
        owner = _owner(person, request.owner)
        if request.declared_bytes < 0 or (request.kind == CODE and request.declared_bytes > MAX_CODE_BYTES):
            raise TooLarge("One upload has at most {limit_bytes}.", params={"limit_bytes": MAX_CODE_BYTES})
        row = await self.database.write(
            lambda tx: self.catalog.open_upload(
                tx,
                owner=owner,
                kind=request.kind,
                name=request.name,
                declared_bytes=request.declared_bytes,
                created_by=person.user_id,
            )
        )
        self.reply(201, wire.Upload(id=row["id"], state=row["state"], expires_at=rfc3339(row["expires_at"])))


class ClaimsHandler(CatalogBase):
    """``/uploads/{id}/claims``."""

    scopes: ClassVar = {"POST": CATALOG_WRITE}
    operations: ClassVar = {
        "POST": Operation(
            summary="Ask which objects are missing", request=wire.ClaimRequest, answer=wire.Claims
        )
    }

    async def post(self, upload_id: str) -> None:
        """Claim objects, and answer with tickets for what is missing."""
        request, person = self.read(wire.ClaimRequest), self.person
        items = [(item.digest, item.size) for item in request.objects]
        found = await self.database.write(
            lambda tx: self.catalog.claim(tx, upload_id, caller=person, items=items)
        )
        base = f"{self.web.api}/objects/"
        claims = [
            wire.Claim(digest=w.digest, have=not w.ticket, url=base + w.ticket if w.ticket else None)
            for w in found
        ]
        self.reply(200, wire.Claims(items=claims))


class CommitHandler(CatalogBase):
    """``/uploads/{id}/commit``."""

    body_limit_bytes: ClassVar[int] = 16 << 20
    scopes: ClassVar = {"POST": CATALOG_WRITE}
    operations: ClassVar = {
        "POST": Operation(
            summary="Make a version of an upload",
            request=wire.CommitRequest,
            answer=wire.Version,
            status=201,
        )
    }

    async def post(self, upload_id: str) -> None:
        """Make a version; committing again answers with the same one."""
        request, person = self.read(wire.CommitRequest), self.person
        files = [File(f.path, f.size, f.digest, f.mode) for f in request.files]
        note = _note(request.note or "")
        row, is_new = await self.database.write(
            lambda tx: self.catalog.commit(
                tx,
                upload_id,
                caller=person,
                files=files,
                note=note,
            )
        )
        view = await self.database.read(lambda c: views.versions(c, [row])[0])
        self.reply(201 if is_new else 200, view)


@stream_request_body
class ObjectHandler(TicketHandler):
    """``/objects/{ticket}``: bytes by signed ticket, streamed both ways."""

    ticket_type: ClassVar[type[msgspec.Struct]] = Ticket
    body_limit_bytes: ClassVar[int] = 1 << 40
    scopes: ClassVar = {"PUT": TICKET, "GET": TICKET}
    operations: ClassVar = {
        "PUT": Operation(summary="Put the bytes of an object", status=204),
        "GET": Operation(summary="Get the bytes of an object", answer=bytes),
    }
    _writer: BlobWriter | None = None
    _refused: Exception | None = None
    _ignored_bytes = 0

    def initialize(self, catalog: Catalog, database: Database) -> None:
        """Receive the service."""
        self.catalog = catalog
        self.database = database

    async def prepare(self) -> None:
        """Open the object before its first byte comes."""
        await super().prepare()
        if self.request.method == "PUT":
            ticket = cast(Ticket, self.ticket)
            connection = self.request.connection
            connection.set_max_body_size(ticket.size_bytes + 1)  # type: ignore[union-attr]
            self._writer = await self.database.read(lambda c: self.catalog.receive(c, ticket))

    def data_received(self, chunk: bytes) -> None:
        """Pass the bytes on; nothing is collected in memory.

        Once they are refused the rest is let pass, or the sender would see a broken connection and no reason.
        """
        if self._writer is None:
            return
        try:
            if self._refused is None:
                self._writer.write(chunk)
        except (HubkinError, OSError) as error:
            self._refused = error
            self._writer.abort()
        if self._refused is not None:
            self._ignored_bytes += len(chunk)
            if self._ignored_bytes > MOST_IGNORED_BYTES:
                raise self._refused

    async def put(self, **_: str) -> None:
        """Check and keep the bytes."""
        writer, ticket = self._writer, cast(Ticket, self.ticket)
        assert writer is not None, "prepare has opened it"
        if self._refused is not None:
            raise self._refused
        await asyncio.to_thread(writer.commit)
        await self.database.write(lambda tx: self.catalog.received(tx, ticket))
        self.no_content()

    async def get(self, **_: str) -> None:
        """Send the bytes, as a download: nobody's file is a page of ours."""
        ticket = cast(Ticket, self.ticket)
        opened = await self.database.read(lambda c: self.catalog.open_ticket(c, ticket))
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")
        self.set_header("Content-Length", str(ticket.size_bytes))
        with opened:
            while data := await asyncio.to_thread(opened.read, SEND_BYTES):
                self.write(data)
                await self.flush()
        self.finish()

    def on_finish(self) -> None:
        """Leave nothing half-written behind."""
        super().on_finish()
        if self._writer is not None:
            self._writer.abort()

    def on_connection_close(self) -> None:
        """Leave nothing half-written behind."""
        super().on_connection_close()
        if self._writer is not None:
            self._writer.abort()


def _owner(person: users.Identity, name: str | None) -> str:
    """Return who will own what comes: the caller, or a group in whose name they may work."""
    owner = person.space(name or "me")
    if owner is None:
        raise NotFound(
            "There is no space '{name}' in which you could keep files.",
            params={"name": (name or "me")[:80]},
            fields=(Field("/owner", "not_found"),),
        )
    check_may_write(person, owner.id)
    return owner.id


def _note(text: str) -> str:
    """Return what is new in a version, when it is short enough to be listed."""
    if len(text) > MAX_NOTE or "\0" in text:
        raise Invalid(
            "A note has at most {limit} characters.",
            params={"limit": MAX_NOTE},
            fields=(Field("/note", "too_long"),),
        )
    return text
