"""Finds the version that a reference means to somebody."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import hubkin_users as users
from hubkin_kit.database import Connection, Row
from hubkin_kit.errors import Field

from hubkin_catalog import store
from hubkin_catalog.domain import references
from hubkin_catalog.domain.references import Reference
from hubkin_catalog.errors import AmbiguousReference, VersionNotFound

#: What has a name: kind → may a version of it have an alias.
NAMED = {"dataset": False, "model": True}
#: How many names are looked through for one that was meant.
_MOST_NAMES = 500


def find(
    connection: Connection, caller: users.Identity, kind: str, text: str, *, pointer: str = "/reference"
) -> Row:
    """Return the version that a reference means to this caller.

    Without an owner their own comes first, then what a group of theirs has.

    Raises:
        BadReference, VersionNotFound, AmbiguousReference: Absent and somebody else's are the same.
    """
    reference = references.parse(text, aliases=NAMED[kind], pointer=pointer)
    owners = _owners(caller, reference)
    newest = store.newest_named(connection, kind, owners, reference.name)
    owner = _choose(newest, owners, reference, pointer)
    if owner is None:
        raise _absent(connection, kind, owners, reference, pointer)
    number = reference.number
    if reference.alias is not None:
        number = store.number_of_alias(connection, owner, reference.name, reference.alias)
    elif number is None:
        return newest[owner]
    found = store.numbered(connection, kind, owner, reference.name, number) if number else None
    if found is None:
        raise VersionNotFound(
            "'{name}' has no version '{version}'; its newest is v{newest}.",
            params={
                "name": reference.name,
                "version": reference.alias or f"v{reference.number}",
                "newest": newest[owner]["number"],
            },
            fields=(Field(pointer, "version_not_found"),),
        )
    return found


def find_again(
    connection: Connection,
    caller: users.Identity,
    kind: str,
    version_id: str,
    reference: str,
    *,
    pointer: str,
) -> Row:
    """Return the version that a reference has meant before.

    Raises:
        VersionNotFound: The caller may not read it.
    """
    row = store.version(connection, version_id)
    if row is None or row["owner"] not in caller.owners:
        raise VersionNotFound(
            SENTENCES[kind],
            params={"name": reference[:80]},
            fields=(Field(pointer, "version_not_found"),),
        )
    return row


def _owners(caller: users.Identity, reference: Reference) -> dict[str, str]:
    """Return whose things may be meant: id → name, those that come first first."""
    if reference.owner is None:
        return {owner.id: owner.name for owner in caller.spaces}
    space = caller.space(reference.owner)
    return {space.id: space.name} if space else {}


def _choose(
    newest: Mapping[str, Row], owners: Mapping[str, str], reference: Reference, pointer: str
) -> str | None:
    having = [owner for owner in owners if owner in newest]
    if len(having) > 1 and not having[0].startswith("user-"):
        raise AmbiguousReference(
            "More than one of your groups has '{name}'. Write {choices}.",
            params={
                "name": reference.name,
                "choices": [f"{owners[owner]}/{reference.name}" for owner in having],
            },
            fields=(Field(pointer, "ambiguous"),),
        )
    return having[0] if having else None


#: What to say when there is no such name, and when another was perhaps meant: kind → sentence (msgid).
SENTENCES = {
    "dataset": "There is no dataset '{name}' that you can read.",
    "dataset/near": "There is no dataset '{name}' that you can read. Did you mean '{near}'?",
    "model": "There is no model '{name}' that you can read.",
    "model/near": "There is no model '{name}' that you can read. Did you mean '{near}'?",
}


def _absent(
    connection: Connection, kind: str, owners: Mapping[str, str], reference: Reference, pointer: str
) -> VersionNotFound:
    known = store.names(connection, kind, owners, limit=_MOST_NAMES)
    near = difflib.get_close_matches(reference.name, known, n=1)
    wanted = f"{reference.owner}/{reference.name}" if reference.owner else reference.name
    return VersionNotFound(
        SENTENCES[f"{kind}/near" if near else kind],
        params={"name": wanted[:80], **({"near": near[0]} if near else {})},
        fields=(Field(pointer, "version_not_found"),),
    )
