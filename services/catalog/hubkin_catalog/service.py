"""What one can ask of the catalog: uploads with claims, versions, staging, model versions.

The database row is the only commit point; bytes go to the store first, by signed tickets.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from hubkin import wire
from hubkin_kit import journal
from hubkin_kit.clock import HOUR, rfc3339
from hubkin_kit.database import Connection, Row, Transaction
from hubkin_kit.errors import Field, TooLarge
from hubkin_kit.ids import new_id
from hubkin_kit.web.signing import Signer

from hubkin_catalog import store
from hubkin_catalog.domain import (
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

UPLOAD_HOURS = 24 * 7
MAX_CLAIMS = 500
MAX_FILES = 20_000


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
        self, tx: Transaction, *, owner: str, kind: str, declared_bytes: int, created_by: str
    ) -> dict[str, Any]:
        """Open an upload for a week."""
        row = {
            "id": new_id("upload"),
            "owner": owner,
            "kind": kind,
            "state": "open",
            "declared_bytes": declared_bytes,
            "created_by": created_by,
            "expires_at": tx.now + UPLOAD_HOURS * HOUR,
        }
        store.add_upload(tx, row)
        return row

    def claim(
        self, tx: Transaction, upload_id: str, *, owners: Sequence[str], items: Sequence[tuple[str, int]]
    ) -> list[Wanted]:
        """Claim objects for an upload: the answer for each is *have*, or a ticket to put it.

        Raises:
            UploadNotFound, UploadClosed, BadTree, TooLarge: Nothing was claimed.
        """
        upload = self._open_upload(tx, upload_id, owners)
        if len(items) > MAX_CLAIMS:
            raise TooLarge("At most {limit} objects at once.", params={"limit": MAX_CLAIMS})
        wanted = self.want(tx, upload["owner"], items)
        already = store.claimed(tx.connection, upload_id)
        store.add_claims(tx, upload_id, {w.digest for w in wanted} - already)
        return wanted

    def commit(
        self,
        tx: Transaction,
        upload_id: str,
        *,
        owners: Sequence[str],
        files: Sequence[File],
        note: str,
        by: str,
    ) -> dict[str, Any]:
        """Make a version of an upload; committing again returns the same version.

        Raises:
            UploadNotFound, UploadClosed, BadPath, BadTree: Nothing was written.
        """
        found = store.locked_upload(tx, upload_id)
        if found and found["owner"] in owners and found["state"] == "committed":
            return self.version(tx.connection, found["version_id"], owners=owners)
        upload = self._open_upload(tx, upload_id, owners)
        tree = check_tree(list(files))
        self._check_stored(tx, upload, tree)
        row = self.create_version(tx, owner=upload["owner"], kind=upload["kind"], tree=tree, note=note, by=by)
        store.close_upload(tx, upload_id, row["id"])
        return row

    # --- versions and models

    def create_version(
        self, tx: Transaction, *, owner: str, kind: str, tree: Sequence[File], note: str, by: str
    ) -> dict[str, Any]:
        """Write a version whose objects are all here."""
        row = {
            "id": new_id("version"),
            "owner": owner,
            "kind": kind,
            "state": "ready",
            "tree": tree_digest(tree),
            "files": len(tree),
            "bytes": sum(file.size_bytes for file in tree),
            "created_by": by,
            "created_at": tx.now,
            "note": note,
        }
        store.add_version(tx, row, tree)
        return row

    def version(self, connection: Connection, version_id: str, *, owners: Sequence[str]) -> dict[str, Any]:
        """Return a version that one of these owners has.

        Raises:
            VersionNotFound: Absent, or somebody else's.
        """
        row = store.version(connection, version_id)
        if row is None or row["owner"] not in owners:
            raise VersionNotFound("There is no code version '{id}'.", params={"id": version_id[:80]})
        return dict(row)

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
        """
        row = store.version(connection, version_id)
        assert row is not None, "a version that a job names is kept"
        tree = store.files_of(connection, version_id)
        rows = store.objects_of(connection, row["owner"], {file.digest for file in tree})
        for file in tree:
            self._stage_file(rows[file.digest]["key"], folder / file.path, file, writable=writable)

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
        version = self.create_version(tx, owner=owner, kind="model", tree=tree, note=f"job {job_id}", by=by)
        row = {
            "id": new_id("model"),
            "owner": owner,
            "name": name,
            "version_id": version["id"],
            "job_id": job_id,
            "metric": metric[0] if metric else None,
            "metric_value": repr(metric[1]) if metric else None,
            "lineage": msgspec.json.encode(lineage or {}).decode(),
        }
        number = store.add_model(tx, row)
        if alias:
            store.move_alias(tx, owner, name, alias, number)
        journal.append(tx, "model", owner=owner, subject=row["id"], actor=by, name=name, number=number)
        return name, number

    def model(self, connection: Connection, owner: str, name: str, number: int) -> dict[str, Any]:
        """Return one model version."""
        rows = store.models_of(connection, [owner], before=None, limit=1, name=name, number=number)
        return rows[0]

    def models(
        self, connection: Connection, owners: Iterable[str], *, before: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return model versions of these owners, newest first."""
        return store.models_of(connection, owners, before=before, limit=limit)

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

    def _open_upload(self, tx: Transaction, upload_id: str, owners: Sequence[str]) -> store.Row:
        upload = store.upload(tx.connection, upload_id)
        if upload is None or upload["owner"] not in owners:
            raise UploadNotFound("There is no upload '{id}'.", params={"id": upload_id[:80]})
        if upload["state"] != "open" or upload["expires_at"] < tx.now:
            raise UploadClosed("The upload '{id}' is closed. Open a new one.", params={"id": upload_id})
        return upload

    def _check_stored(self, tx: Transaction, upload: store.Row, tree: Sequence[File]) -> None:
        if len(tree) > MAX_FILES:
            raise TooLarge("At most {limit} files in one version of code.", params={"limit": MAX_FILES})
        unclaimed = {file.digest for file in tree} - store.claimed(tx.connection, upload["id"])
        if unclaimed or not self.are_stored(tx.connection, upload["owner"], tree):
            raise BadTree(
                "Some files have not been uploaded yet, or have another size.",
                fields=(Field("/files", "not_uploaded"),),
            )

    def _stage_file(self, key: str, target: Path, file: File, *, writable: bool) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        source = self._blobs.local_path(key)
        if source is not None and not writable:
            target.hardlink_to(source)
            return
        with self._blobs.open(key) as reader, target.open("wb") as copy:
            shutil.copyfileobj(reader, copy, 1 << 20)
        target.chmod(0o755 if file.mode == "0755" else 0o644)


def _key(digest: str) -> str:
    generation = new_id("g").removeprefix("g-")
    return f"objects/{digest[:2]}/{digest}-{generation}"


def model_view(row: Row, names: Mapping[str, str]) -> wire.ModelVersion:
    """Return a model version as people see it."""
    return wire.ModelVersion(
        id=row["id"],
        name=row["name"],
        owner=str(names.get(row["owner"], row["owner"])),
        version=row["number"],
        alias=row["aliases"],
        tree=row["tree"],
        bytes=row["bytes"],
        files=row["files"],
        job_id=row["job_id"],
        metric=row["metric"],
        metric_value=float(row["metric_value"]) if row["metric_value"] else None,
        lineage=msgspec.json.decode(row["lineage"]),
        created_at=rfc3339(row["created_at"]),
    )
