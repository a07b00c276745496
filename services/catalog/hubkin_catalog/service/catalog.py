"""What one can ask of the catalog: uploads with claims, versions, staging, model versions.

The database row is the only commit point; bytes go to the store first, by signed tickets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import hubkin_users as users
import msgspec
from hubkin_kit import disk, journal
from hubkin_kit.clock import HOUR
from hubkin_kit.database import Connection, Row, Transaction
from hubkin_kit.errors import Field, NotAllowed, TooLarge
from hubkin_kit.ids import new_id
from hubkin_kit.web.signing import Signer

from hubkin_catalog import store
from hubkin_catalog.domain.trees import (
    TICKET_SECONDS,
    File,
    Ticket,
    check_tree,
    is_digest,
    tree_digest,
)
from hubkin_catalog.errors import (
    BadTree,
    ObjectGone,
    TicketRefused,
    UploadClosed,
    UploadNotFound,
    VersionNotFound,
)
from hubkin_catalog.ports import BlobStore, BlobWriter
from hubkin_catalog.service.staging import lay_out

UPLOAD_HOURS = 24 * 7
MAX_CLAIMS = 500
MAX_FILES = 20_000
#: What has neither a name nor numbers.
CODE = "algorithm"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object that somebody has: ``ticket`` is empty when the store has it as well."""

    digest: str
    size_bytes: int
    ticket: str = ""


class Catalog:
    """Versioned files of owners, in one object store."""

    def __init__(self, blobs: BlobStore, tickets: Signer) -> None:
        self._blobs = blobs
        self._tickets = tickets

    # --- objects

    def want(
        self, tx: Transaction, owner: str, items: Iterable[tuple[str, int]], *, most: int | None = None
    ) -> list[Wanted]:
        """Say which of an owner's objects are here, and give a ticket for each that is not.

        With `most`, for so many of them: whoever asks again hears about the rest.

        Raises:
            BadTree: Something is no digest or has no size.
        """
        pairs = list(items)
        for n, (digest, size) in enumerate(pairs):
            if not is_digest(digest) or size < 0:
                raise BadTree("Object {n} has a bad digest or size.", params={"n": n})
        known = store.objects_of(tx.connection, owner, {digest for digest, _ in pairs})
        if most is not None:
            stored = {digest for digest, row in known.items() if row["state"] == "stored"}
            pairs = [pair for pair in dict.fromkeys(pairs) if pair[0] not in stored][:most]
        missing = {digest: size for digest, size in pairs if digest not in known}
        store.add_objects(
            tx,
            [
                {
                    "owner": owner,
                    "digest": digest,
                    "key": _key(digest),
                    "size_bytes": size,
                    "state": "pending",
                }
                for digest, size in missing.items()
            ],
        )
        return [self._wanted(owner, digest, size, known) for digest, size in pairs]

    def receive(self, connection: Connection, ticket: Ticket) -> BlobWriter:
        """Open the object that a PUT ticket names.

        Raises:
            TicketRefused, ObjectGone: The ticket is for something else; the row is not there any more.
        """
        if ticket.method != "PUT":
            raise TicketRefused
        row = self._row(connection, ticket.owner, ticket.digest)
        return self._blobs.writer(row["key"], size_bytes=ticket.size_bytes, digest=ticket.digest)

    def received(self, tx: Transaction, ticket: Ticket) -> None:
        """Note that the bytes of a ticket are durable; again is fine."""
        store.mark_stored(tx, ticket.owner, ticket.digest, size_bytes=ticket.size_bytes)

    def open_ticket(self, connection: Connection, ticket: Ticket) -> BinaryIO:
        """Open the object that a GET ticket names."""
        if ticket.method != "GET":
            raise TicketRefused
        return self.open(connection, ticket.owner, ticket.digest)

    def open(self, connection: Connection, owner: str, digest: str) -> BinaryIO:
        """Open an owner's object.

        Raises:
            ObjectGone: It is not there.
        """
        try:
            return self._blobs.open(self._row(connection, owner, digest)["key"])
        except FileNotFoundError:
            raise ObjectGone from None

    def are_stored(self, connection: Connection, owner: str, files: Iterable[File]) -> bool:
        """Whether every file's bytes are here, of the size it says."""
        wanted = {(file.digest, file.size_bytes) for file in files}
        known = store.objects_of(connection, owner, {digest for digest, _ in wanted})
        return all(
            digest in known and known[digest]["state"] == "stored" and known[digest]["size_bytes"] == size
            for digest, size in wanted
        )

    def get_path(self, owner: str, file: File) -> str:
        """Return the path, below the API, of a GET ticket for one file."""
        return f"/objects/{self._ticket('GET', owner, file.digest, file.size_bytes)}"

    # --- uploads

    def open_upload(
        self,
        tx: Transaction,
        *,
        owner: str,
        kind: str,
        declared_bytes: int,
        created_by: str,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Open an upload for a week."""
        row = {
            "id": new_id("upload"),
            "owner": owner,
            "kind": kind,
            "name": name,
            "state": "open",
            "declared_bytes": declared_bytes,
            "created_by": created_by,
            "expires_at": tx.now + UPLOAD_HOURS * HOUR,
        }
        store.add_upload(tx, row)
        return row

    def claim(
        self, tx: Transaction, upload_id: str, *, caller: users.Identity, items: Sequence[tuple[str, int]]
    ) -> list[Wanted]:
        """Claim objects for an upload: the answer for each is *have*, or a ticket to put it.

        Raises:
            UploadNotFound, NotAllowed, UploadClosed, BadTree, TooLarge: Nothing was claimed.
            DiskFull: What is missing has no room; said here, because who refuses the bytes themselves
                breaks the sender's connection.
        """
        upload = self._open_upload(tx, upload_id, caller)
        if len(items) > MAX_CLAIMS:
            raise TooLarge("At most {limit} objects at once.", params={"limit": MAX_CLAIMS})
        wanted = self.want(tx, upload["owner"], items)
        if not self._blobs.fits(sum(one.size_bytes for one in wanted if one.ticket)):
            raise disk.full()
        store.add_claims(tx, upload_id, {w.digest for w in wanted})
        return wanted

    def commit(
        self,
        tx: Transaction,
        upload_id: str,
        *,
        caller: users.Identity,
        files: Sequence[File],
        note: str,
    ) -> tuple[Row | dict[str, Any], bool]:
        """Make a version of an upload; committing again returns the same version.

        So does committing what the newest version of that name already holds.

        Returns:
            The version, and whether this upload made it.

        Raises:
            UploadNotFound, NotAllowed, UploadClosed, BadPath, BadTree: Nothing was written.
        """
        found = store.locked_upload(tx, upload_id)
        if found and found["owner"] in caller.owners and found["state"] == "committed":
            row = self.version(tx.connection, found["version_id"], owners=caller.owners)
            opened_at = found["expires_at"] - UPLOAD_HOURS * HOUR
            return row, row["created_at"] >= opened_at
        upload = self._open_upload(tx, upload_id, caller)
        tree = check_tree(list(files))
        self._check_stored(tx, upload, tree)
        same = self._same_as_newest(tx, upload, tree)
        row = same or self.create_version(
            tx,
            owner=upload["owner"],
            kind=upload["kind"],
            name=upload["name"],
            tree=tree,
            note=note,
            by=caller.user_id,
        )
        store.close_upload(tx, upload_id, row["id"])
        return row, same is None

    # --- versions and models

    def create_version(
        self,
        tx: Transaction,
        *,
        owner: str,
        kind: str,
        tree: Sequence[File],
        note: str,
        by: str,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Write a version whose objects are all here; with a name, it is the next one under it."""
        version_id = new_id("version")
        row = {
            "id": version_id,
            "owner": owner,
            "kind": kind,
            "name": name,
            "number": store.next_number(tx.connection, kind, owner, name) if name else None,
            "state": "ready",
            "tree": tree_digest(tree),
            "files": len(tree),
            "bytes": sum(file.size_bytes for file in tree),
            "created_by": by,
            "created_at": tx.now,
            "note": note,
        }
        store.add_version(tx, row, tree)
        if name:
            journal.append(
                tx, kind, owner=owner, subject=version_id, actor=by, name=name, number=row["number"]
            )
        return row

    def version(self, connection: Connection, version_id: str, *, owners: Sequence[str]) -> dict[str, Any]:
        """Return a version that one of these owners has.

        Raises:
            VersionNotFound: Absent, or somebody else's.
        """
        row = store.version(connection, version_id)
        if row is None or row["owner"] not in owners:
            raise VersionNotFound("There is no version '{id}'.", params={"id": version_id[:80]})
        return dict(row)

    def named(
        self,
        connection: Connection,
        kind: str,
        owners: Sequence[str],
        *,
        name: str | None = None,
        before: str | None,
        limit: int,
    ) -> list[store.Row]:
        """Return versions of what has a name, newest first."""
        return store.named(connection, kind, owners, name=name, before=before, limit=limit)

    def files_after(
        self, connection: Connection, version_id: str, *, after: str | None, limit: int
    ) -> list[File]:
        """Return a page of a version's files, in path order."""
        return store.files_after(connection, version_id, after=after, limit=limit)

    def files(self, connection: Connection, version_id: str) -> list[File]:
        """Return the files of a version, in path order."""
        return store.files_of(connection, version_id)

    def read_file(self, connection: Connection, version_id: str, path: str, *, limit: int) -> bytes | None:
        """Return a small file of a version; None when it has none of this path, or a larger one."""
        row, file = store.version(connection, version_id), store.file_of(connection, version_id, path)
        if row is None or file is None or file.size_bytes > limit:
            return None
        try:
            with self.open(connection, row["owner"], file.digest) as opened:
                return opened.read(limit)
        except ObjectGone:
            return None

    def stage(self, connection: Connection, version_id: str, folder: Path, *, writable: bool) -> None:
        """Lay a version out as files: a writable copy (code), or hard links without write bits (data).

        Who may use the version was asked when it was named: a group's job may run its submitter's code.

        Raises:
            FileNotFoundError: Bytes are gone that this version needs.
        """
        row = store.version(connection, version_id)
        assert row is not None, "a version that a job names is kept"
        tree = store.files_of(connection, version_id)
        rows = store.objects_of(connection, row["owner"], {file.digest for file in tree})
        keys = {digest: row["key"] for digest, row in rows.items()}
        lay_out(self._blobs, keys, tree, folder, writable=writable)

    def register_model(
        self,
        tx: Transaction,
        *,
        owner: str,
        name: str,
        tree: Sequence[File],
        job_id: str,
        by: str,
        alias: str | None = None,
        metric: tuple[str, float] | None = None,
        lineage: dict[str, Any] | None = None,
    ) -> tuple[str, int]:
        """Register a job's files as the next version of a model, once per job and name.

        Returns:
            The model version's name and number.
        """
        found = store.model_of_job(tx.connection, job_id, name)
        if found is not None:
            return found["name"], found["number"]
        version = self.create_version(
            tx, owner=owner, kind="model", name=name, tree=tree, note=f"job {job_id}", by=by
        )
        row = {
            "version_id": version["id"],
            "name": name,
            "job_id": job_id,
            "metric": metric[0] if metric else None,
            "metric_value": repr(metric[1]) if metric else None,
            "lineage": msgspec.json.encode(lineage or {}).decode(),
        }
        store.add_model(tx, row)
        if alias:
            store.move_alias(tx, owner, name, alias, version["number"])
        return name, version["number"]

    def model(self, connection: Connection, owner: str, name: str, number: int) -> Row:
        """Return one model version."""
        row = store.numbered(connection, "model", owner, name, number)
        assert row is not None, "it was just registered"
        return row

    def _wanted(self, owner: str, digest: str, size: int, known: dict[str, store.Row]) -> Wanted:
        if digest in known and known[digest]["state"] == "stored":
            return Wanted(digest, size)
        return Wanted(digest, size, self._ticket("PUT", owner, digest, size))

    def _ticket(self, method: str, owner: str, digest: str, size: int) -> str:
        ticket = Ticket(method=method, owner=owner, digest=digest, size_bytes=size)
        return self._tickets.seal(ticket, seconds=TICKET_SECONDS)

    def _row(self, connection: Connection, owner: str, digest: str) -> store.Row:
        row = store.objects_of(connection, owner, [digest]).get(digest)
        if row is None:
            raise ObjectGone
        return row

    def _open_upload(self, tx: Transaction, upload_id: str, caller: users.Identity) -> store.Row:
        upload = store.upload(tx.connection, upload_id)
        if upload is None or upload["owner"] not in caller.owners:
            raise UploadNotFound("There is no upload '{id}'.", params={"id": upload_id[:80]})
        # Asked each time: since it was opened, its opener may have become one who only reads.
        check_may_write(caller, upload["owner"])
        if upload["state"] != "open" or upload["expires_at"] < tx.now:
            raise UploadClosed("The upload '{id}' is closed. Open a new one.", params={"id": upload_id})
        return upload

    def _check_stored(self, tx: Transaction, upload: store.Row, tree: Sequence[File]) -> None:
        if len(tree) > MAX_FILES:
            raise TooLarge("At most {limit} files in one version.", params={"limit": MAX_FILES})
        unclaimed = {file.digest for file in tree} - store.claimed(tx.connection, upload["id"])
        if unclaimed or not self.are_stored(tx.connection, upload["owner"], tree):
            raise BadTree(
                "Some files have not been uploaded yet, or have another size.",
                fields=(Field("/files", "not_uploaded"),),
            )

    def _same_as_newest(
        self, tx: Transaction, upload: store.Row, tree: Sequence[File]
    ) -> dict[str, Any] | None:
        if upload["name"] is None:
            return None
        owner = upload["owner"]
        newest = store.newest_named(tx.connection, upload["kind"], [owner], upload["name"]).get(owner)
        return dict(newest) if newest is not None and newest["tree"] == tree_digest(tree) else None


def check_may_write(caller: users.Identity, owner_id: str) -> None:
    """Refuse who may see an owner's files and not add any.

    Raises:
        NotAllowed: They are a viewer.
    """
    if not caller.may_spend(owner_id):
        raise NotAllowed(
            "You can see '{name}' but not put files there. Ask its lead.",
            params={"name": next((one.name for one in caller.spaces if one.id == owner_id), owner_id)},
            fields=(Field("/owner", "forbidden"),),
        )


def _key(digest: str) -> str:
    generation = new_id("g").removeprefix("g-")
    return f"objects/{digest[:2]}/{digest}-{generation}"
