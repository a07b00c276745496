"""How people name a version: ``[owner/]name[@v3]``, and for models also ``[owner/]name[@alias]``.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hubkin_kit.errors import Field
from hubkin_kit.ids import is_slug

from hubkin_catalog.errors import BadReference

MAX_LENGTH = 200

_NUMBER = re.compile(r"v?([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a text names; without number and alias it is the newest version."""

    name: str
    owner: str | None = None
    number: int | None = None
    alias: str | None = None


def parse(text: str, *, aliases: bool, pointer: str = "/reference") -> Reference:
    """Read a reference.

    Args:
        text: As somebody wrote it.
        aliases: Whether this kind of thing has them.
        pointer: The field it stood in.

    Raises:
        BadReference: It is none.
    """
    owner, slash, rest = text.strip().rpartition("/")
    name, at, version = rest.partition("@")
    number = _NUMBER.fullmatch(version)
    is_alias = bool(at) and number is None
    if (
        len(text) > MAX_LENGTH
        or not is_slug(name)
        or bool(slash) != bool(owner)
        or (is_alias and not (aliases and is_slug(version)))
    ):
        raise BadReference(
            "'{reference}' names no version. Write NAME, NAME@v3 or OWNER/NAME@v3.",
            params={"reference": text[:80]},
            fields=(Field(pointer, "bad_reference"),),
        )
    return Reference(
        name=name,
        owner=owner or None,
        number=int(number[1]) if number else None,
        alias=version if is_alias else None,
    )


def written(owner: str, name: str, number: int) -> str:
    """Return the reference that always means this version."""
    return f"{owner}/{name}@v{number}"
