"""Which versions of datasets and models a job reads: looked up at submission, and fixed from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hubkin_catalog as catalog
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.database import Connection, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def resolve(
    connection: Connection, caller: users.Identity, spec: wire.JobSpec, fixed: Sequence[wire.Input] = ()
) -> tuple[wire.Input, ...]:
    """Find the versions that a specification names.

    Args:
        connection: Where they are.
        caller: Whose right to read them counts, and whose things a name without owner means.
        spec: What names them.
        fixed: What its names have meant before, in a plan or a job that is submitted again.

    Raises:
        HubkinError: With the field whose reference means nothing to the caller.
    """
    given: list[tuple[str, str, Mapping[str, str]]] = [
        ("dataset", "/data", spec.data),
        ("model", "/models", spec.models),
    ]
    meant = {(one.kind, one.name): one for one in fixed}

    def find(kind: str, name: str, text: str, pointer: str) -> Row:
        one = meant.get((kind, name))
        if one is None:
            return catalog.find(connection, caller, kind, text, pointer=pointer)
        return catalog.find_again(connection, caller, kind, one.version_id, one.reference, pointer=pointer)

    return tuple(
        _input(connection, kind, name, find(kind, name, text, f"{at}/{name}"))
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
