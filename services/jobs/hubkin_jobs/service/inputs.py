"""Which versions of datasets and models a job reads: looked up at submission, and fixed from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hubkin_catalog as catalog
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.database import Connection, Row

if TYPE_CHECKING:
    from collections.abc import Mapping


def resolve(connection: Connection, caller: users.Identity, spec: wire.JobSpec) -> tuple[wire.Input, ...]:
    """Find the versions that a specification names.

    Raises:
        HubkinError: With the field whose reference means nothing to the caller.
    """
    given: list[tuple[str, str, Mapping[str, str]]] = [
        ("dataset", "/data", spec.data),
        ("model", "/models", spec.models),
    ]
    return tuple(
        _input(connection, kind, name, catalog.find(connection, caller, kind, text, pointer=f"{at}/{name}"))
        for kind, at, references in given
        for name, text in references.items()
    )


def encoded(inputs: tuple[wire.Input, ...]) -> str | None:
    """Return what a job's row keeps."""
    return msgspec.json.encode(inputs).decode() if inputs else None


def of_job(row: Row) -> list[wire.Input]:
    """Return what a job reads."""
    return msgspec.json.decode(row["inputs"], type=list[wire.Input]) if row["inputs"] else []


def _input(connection: Connection, kind: str, name: str, version: Row) -> wire.Input:
    owner = users.names(connection, [version["owner"]]).get(version["owner"]) or version["owner"]
    return wire.Input(
        kind=kind,
        name=name,
        reference=catalog.written(owner, version["name"], version["number"]),
        version_id=version["id"],
        files=version["files"],
        bytes=version["bytes"],
    )
