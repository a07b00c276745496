"""Versions as people and programs see them."""

from __future__ import annotations

from collections.abc import Sequence

import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.clock import rfc3339
from hubkin_kit.database import Connection, Row

from hubkin_catalog import store


def versions(connection: Connection, rows: Sequence[Row]) -> list[wire.Version]:
    """Make the views of versions."""
    names = users.names(connection, {row["owner"] for row in rows} | {row["created_by"] for row in rows})
    return [
        wire.Version(
            id=row["id"],
            kind=row["kind"],
            name=row["name"],
            version=row["number"],
            owner=names.get(row["owner"]) or row["owner"],
            tree=row["tree"],
            files=row["files"],
            bytes=row["bytes"],
            note=row["note"],
            created_by=names.get(row["created_by"]) or row["created_by"],
            created_at=rfc3339(row["created_at"]),
        )
        for row in rows
    ]


def models(connection: Connection, rows: Sequence[Row]) -> list[wire.ModelVersion]:
    """Make the views of versions of models, with where they come from."""
    names = users.names(connection, {row["owner"] for row in rows})
    sources = store.sources_of(connection, [row["id"] for row in rows])
    aliases = store.aliases_of(connection, {row["owner"] for row in rows}, {row["name"] for row in rows})
    return [
        wire.ModelVersion(
            id=row["id"],
            name=row["name"],
            owner=names.get(row["owner"]) or row["owner"],
            version=row["number"],
            alias=aliases.get((row["owner"], row["name"], row["number"]), []),
            tree=row["tree"],
            bytes=row["bytes"],
            files=row["files"],
            job_id=sources[row["id"]]["job_id"],
            metric=sources[row["id"]]["metric"],
            metric_value=_number(sources[row["id"]]["metric_value"]),
            lineage=msgspec.json.decode(sources[row["id"]]["lineage"]),
            created_at=rfc3339(row["created_at"]),
        )
        for row in rows
    ]


def _number(text: str | None) -> float | None:
    return float(text) if text else None
