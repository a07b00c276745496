"""Places in a list: opaque to clients, checked when they come back.

A cursor holds the sort key of the last row (keyset paging), so every page costs the same.  It grants nothing:
queries still ask for the owner.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec

from hubkin_kit.errors import Field, Malformed

Key = TypeVar("Key")
Item = TypeVar("Item")

_LENGTH = 512


class ListQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The parameters of every list; subclass it to add filters."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=200, description="How many items, at most 200.")] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=_LENGTH)] | None = None

    @property
    def place(self) -> str | None:
        """The sort key at which the page before ended, where that is one text; None for the first page.

        Raises:
            Malformed: We did not write this cursor.
        """
        key = read_cursor(self.cursor, tuple[str])
        return key[0] if key else None


def cut(
    found: Sequence[Item], limit: int, key: Callable[[Item], tuple[str | int, ...]]
) -> tuple[list[Item], str | None]:
    """Cut what was found with ``limit + 1`` to a page; with the cursor of the next one, if there is more."""
    items = list(found[:limit])
    return items, write_cursor(*key(items[-1])) if len(found) > limit else None


def write_cursor(*key: str | int) -> str:
    """Make a cursor of the last row's sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(text: str | None, key: type[Key]) -> Key | None:
    """Return the sort key of a cursor, e.g. ``tuple[int, str]``; None for the first page.

    Raises:
        Malformed: We did not write this.
    """
    if text is None:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=key)
    except (ValueError, msgspec.DecodeError):  # base64's and ASCII's complaints are ValueErrors
        raise Malformed(
            "The cursor is not one of ours. Start again from the first page.",
            fields=(Field("/cursor", "bad_cursor"),),
            code="bad_cursor",
        ) from None
