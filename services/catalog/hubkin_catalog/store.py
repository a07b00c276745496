"""Every query of the catalog, each with a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubkin_kit.database import Transaction
from hubkin_kit.insert import insert_new
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from hubkin_catalog.domain.trees import File
from hubkin_catalog.tables import aliases, claims, files, models, objects, uploads, versions

Row = RowMapping

#: Owner, name and number of a version.
Named = tuple[str, str, int]

#: How many values one question names: databases differ in how many they take.
AT_ONCE = 5000


def objects_of(connection: Connection, owner: str, digests: Iterable[str]) -> dict[str, Row]:
    """Return the owner's objects among these digests."""
    listed = list(digests)
    found: dict[str, Row] = {}
    for start in range(0, len(listed), AT_ONCE):
        part = listed[start : start + AT_ONCE]
        wanted = select(objects).where(objects.c.owner == owner, objects.c.digest.in_(part))
        found.update((row["digest"], row) for row in connection.execute(wanted).mappings())
    return found


def add_objects(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add objects that were not there; the primary key decides races."""
    insert_new(tx, objects, [{**row, "changed_at": tx.now} for row in rows])


def mark_stored(tx: Transaction, owner: str, digest: str, *, size_bytes: int) -> None:
    """Note that the bytes are there, and how many: whoever asked for them first may have been wrong.

    What is stored stays as it is.
    """
    tx.execute(
        update(objects)
        .where(objects.c.owner == owner, objects.c.digest == digest, objects.c.state != "stored")
        .values(state="stored", size_bytes=size_bytes, changed_at=tx.now)
    )


def add_upload(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Open an upload."""
    tx.execute(insert(uploads).values(**row))


def upload(connection: Connection, upload_id: str) -> Row | None:
    """Return one upload."""
    return connection.execute(select(uploads).where(uploads.c.id == upload_id)).mappings().first()


def locked_upload(tx: Transaction, upload_id: str) -> Row | None:
    """Return one upload, locked: it becomes one version, however often it is committed."""
    query = select(uploads).where(uploads.c.id == upload_id).with_for_update()
    return tx.execute(query).mappings().first()


def claimed(connection: Connection, upload_id: str) -> set[str]:
    """Return the digests that an upload has claimed."""
    return set(connection.execute(select(claims.c.digest).where(claims.c.upload_id == upload_id)).scalars())


def add_claims(tx: Transaction, upload_id: str, digests: Iterable[str]) -> None:
    """Claim objects for an upload, so that no collector takes them; again is fine."""
    insert_new(tx, claims, [{"upload_id": upload_id, "digest": digest} for digest in digests])


def close_upload(tx: Transaction, upload_id: str, version_id: str) -> None:
    """Note what an upload became."""
    tx.execute(
        update(uploads).where(uploads.c.id == upload_id).values(state="committed", version_id=version_id)
    )


def add_version(tx: Transaction, row: Mapping[str, Any], tree: Sequence[File]) -> None:
    """Write a version and its files: the commit point."""
    tx.execute(insert(versions).values(**row))
    if tree:
        tx.execute(
            insert(files),
            [
                {
                    "version_id": row["id"],
                    "path": file.path,
                    "size_bytes": file.size_bytes,
                    "digest": file.digest,
                    "mode": file.mode,
                }
                for file in tree
            ],
        )


def version(connection: Connection, version_id: str) -> Row | None:
    """Return one version."""
    return connection.execute(select(versions).where(versions.c.id == version_id)).mappings().first()


def files_of(connection: Connection, version_id: str) -> list[File]:
    """Return the files of a version in path order."""
    rows = connection.execute(
        select(files.c.path, files.c.size_bytes, files.c.digest, files.c.mode)
        .where(files.c.version_id == version_id)
        .order_by(files.c.path)
    )
    return [File(*row) for row in rows]


def file_of(connection: Connection, version_id: str, path: str) -> File | None:
    """Return one file of a version."""
    query = select(files.c.path, files.c.size_bytes, files.c.digest, files.c.mode)
    row = connection.execute(query.where(files.c.version_id == version_id, files.c.path == path)).first()
    return File(*row) if row else None


def newest_named(connection: Connection, kind: str, owners: Iterable[str], name: str) -> dict[str, Row]:
    """Return owner → the newest version that they have under a name."""
    mine = (versions.c.owner.in_(list(owners)), versions.c.kind == kind, versions.c.name == name)
    last = (
        select(versions.c.owner, func.max(versions.c.number).label("number"))
        .where(*mine)
        .group_by(versions.c.owner)
        .subquery()
    )
    newest = (versions.c.owner == last.c.owner) & (versions.c.number == last.c.number)
    query = select(versions).join(last, newest).where(*mine)
    return {row["owner"]: row for row in connection.execute(query).mappings()}


def numbered(connection: Connection, kind: str, owner: str, name: str, number: int) -> Row | None:
    """Return one version of something that has a name."""
    query = select(versions).where(
        versions.c.owner == owner,
        versions.c.kind == kind,
        versions.c.name == name,
        versions.c.number == number,
    )
    return connection.execute(query).mappings().first()


def number_of_alias(connection: Connection, owner: str, name: str, alias: str) -> int | None:
    """Return the version that an alias of a model points at."""
    query = select(aliases.c.number).where(
        aliases.c.owner == owner, aliases.c.name == name, aliases.c.alias == alias
    )
    return connection.execute(query).scalar()


def names(connection: Connection, kind: str, owners: Iterable[str], *, limit: int) -> list[str]:
    """Return the names that these owners have."""
    query = (
        select(versions.c.name)
        .where(versions.c.owner.in_(list(owners)), versions.c.kind == kind)
        .distinct()
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def next_number(connection: Connection, kind: str, owner: str, name: str) -> int:
    """Return the number that the next version under a name gets."""
    last = select(func.max(versions.c.number)).where(
        versions.c.owner == owner, versions.c.kind == kind, versions.c.name == name
    )
    return (connection.execute(last).scalar() or 0) + 1


def model_of_job(connection: Connection, job_id: str, name: str) -> Row | None:
    """Return the version of a model that a job registered."""
    query = (
        select(versions)
        .join(models, models.c.version_id == versions.c.id)
        .where(models.c.job_id == job_id, models.c.name == name)
    )
    return connection.execute(query).mappings().first()


def add_model(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Note where a version of a model comes from."""
    tx.execute(insert(models).values(**row))


def move_alias(tx: Transaction, owner: str, name: str, alias: str, number: int) -> None:
    """Point an alias at a version."""
    where = (aliases.c.owner == owner, aliases.c.name == name, aliases.c.alias == alias)
    if not tx.execute(update(aliases).where(*where).values(number=number)).rowcount:
        tx.execute(insert(aliases).values(owner=owner, name=name, alias=alias, number=number))


def named(
    connection: Connection,
    kind: str,
    owners: Iterable[str],
    *,
    name: str | None,
    before: str | None,
    limit: int,
) -> list[Row]:
    """Return versions of what has a name, newest first."""
    query = select(versions).where(versions.c.owner.in_(list(owners)), versions.c.kind == kind)
    if name is not None:
        query = query.where(versions.c.name == name)
    if before is not None:
        query = query.where(versions.c.id < before)
    return list(connection.execute(query.order_by(versions.c.id.desc()).limit(limit)).mappings())


def sources_of(connection: Connection, version_ids: Iterable[str]) -> dict[str, Row]:
    """Return version → where that version of a model comes from."""
    query = select(models).where(models.c.version_id.in_(list(version_ids)))
    return {row["version_id"]: row for row in connection.execute(query).mappings()}


def aliases_of(
    connection: Connection, owners: Iterable[str], model_names: Iterable[str]
) -> dict[Named, list[str]]:
    """Return (owner, name, number) → the aliases that point there."""
    query = select(aliases).where(aliases.c.owner.in_(list(owners)), aliases.c.name.in_(list(model_names)))
    found: dict[Named, list[str]] = {}
    for row in connection.execute(query.order_by(aliases.c.alias)).mappings():
        found.setdefault((row["owner"], row["name"], row["number"]), []).append(row["alias"])
    return found


def files_after(connection: Connection, version_id: str, *, after: str | None, limit: int) -> list[File]:
    """Return a page of a version's files, in path order."""
    query = (
        select(files.c.path, files.c.size_bytes, files.c.digest, files.c.mode)
        .where(files.c.version_id == version_id)
        .order_by(files.c.path)
        .limit(limit)
    )
    if after is not None:
        query = query.where(files.c.path > after)
    return [File(*row) for row in connection.execute(query)]
