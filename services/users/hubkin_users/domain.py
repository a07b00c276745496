"""Who somebody is, what they lead, and what a hub's model of them says.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hubkin_kit.clock import parse_rfc3339

#: The scope that makes a platform admin; the hub's own ``admin`` flag counts for nothing here.
ADMIN_SCOPE = "custom:hubkin:jobs:admin"

#: The subject of an entitlement that everybody has.
EVERYONE = "everyone"


class Role(StrEnum):
    """What a person may do in a group."""

    LEAD = "lead"  #: spends, and manages the group
    MEMBER = "member"  #: spends
    VIEWER = "viewer"  #: reads

    @property
    def may_spend(self) -> bool:
        """Whether work in the group's name is allowed."""
        return self is not Role.VIEWER


class OwnerKind(StrEnum):
    """What can own things and pay for them."""

    USER = "user"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Owner:
    """A user or a group, by id and by the name it has in the hub."""

    id: str
    kind: OwnerKind
    name: str


@dataclass(frozen=True, slots=True)
class Membership:
    """The present role of a person in a group."""

    group_id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The caller, as every handler sees them."""

    user_id: str
    name: str
    language: str = ""
    groups: tuple[Membership, ...] = ()
    scopes: frozenset[str] = frozenset()
    owners: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The ids whose things the caller may read: their own, then their groups'."""

    def __post_init__(self) -> None:
        # Once, since every request asks several times and one identity serves many of them.
        own = (self.user_id,) if self.user_id.startswith("user-") else ()
        object.__setattr__(self, "owners", own + tuple(group.group_id for group in self.groups))

    @property
    def spaces(self) -> tuple[Owner, ...]:
        """The owners whose things the caller may read, by name: they themselves, then their groups."""
        own = (Owner(self.user_id, OwnerKind.USER, self.name),) if self.user_id.startswith("user-") else ()
        return own + tuple(Owner(group.group_id, OwnerKind.GROUP, group.name) for group in self.groups)

    def space(self, name: str) -> Owner | None:
        """Return the caller's own space or their group of this name or id.

        It is looked for among those only, so that nothing shows of what others are called.
        """
        own, group = f"user:{self.name}", "group:"
        if name == "me":
            return next((one for one in self.spaces if one.kind is OwnerKind.USER), None)
        groups = [one for one in self.spaces if one.kind is OwnerKind.GROUP]
        found = next((one for one in groups if name in (one.name, one.id, group + one.name)), None)
        if found is None and name in (self.name, self.user_id, own):
            return next((one for one in self.spaces if one.kind is OwnerKind.USER), None)
        return found

    @property
    def is_admin(self) -> bool:
        """Whether the caller's token carries the platform admin's scope."""
        return ADMIN_SCOPE in self.scopes

    def may_spend(self, owner_id: str) -> bool:
        """Whether the caller may submit work that this owner pays for."""
        if owner_id == self.user_id:
            return self.user_id.startswith("user-")
        return any(group.group_id == owner_id and group.role.may_spend for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubUser:
    """What we take from the hub's model of a user or a service; everything else is ignored."""

    name: str
    kind: str = "user"
    created_at: int = 0
    """Microseconds; 0 when the model does not say, which is so for tokens without ``read:users``."""
    groups: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, model: Mapping[str, Any]) -> HubUser:
        """Read the hub's answer to "who is this token"."""
        created = model.get("created")
        return cls(
            name=model["name"],
            kind=model.get("kind", "user"),
            created_at=parse_rfc3339(created) if created else 0,
            groups=tuple(sorted(set(model.get("groups") or ()))),
            scopes=frozenset(model.get("scopes") or ()),
        )


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the platform remembers of a person; empty means never said."""

    language: str = ""
    last_profile: str = ""


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user's row."""

    id: str
    name: str
    hub_created_at: int
    is_active: bool


class Match(StrEnum):
    """What a hub's model means for the rows that we have."""

    SAME = "same"  #: the row is this person
    ADOPT = "adopt"  #: the row is this person; their time of creation is news
    NEW = "new"  #: nobody yet, or a namesake who was deleted: a new id
    GONE = "gone"  #: this person was deleted, a namesake came after them


def match(user: HubUser, rows: tuple[StoredUser, ...]) -> tuple[Match, StoredUser | None]:
    """Decide which row a hub user is.

    Names are recycled, so the hub's time of creation belongs to the identity: whoever is created anew, or
    renamed to a name that was free, gets a new id and inherits nothing.

    Args:
        user: What the hub says.
        rows: Every row with that name, active or not.
    """
    active = next((row for row in rows if row.is_active), None)
    if not user.created_at:
        return (Match.SAME, active) if active else (Match.NEW, None)
    exact = next((row for row in rows if row.hub_created_at == user.created_at), None)
    if exact:
        return (Match.SAME, exact) if exact.is_active else (Match.GONE, exact)
    if active is None:
        return Match.NEW, None
    if not active.hub_created_at:
        return Match.ADOPT, active
    return (Match.NEW, active) if user.created_at > active.hub_created_at else (Match.GONE, active)
