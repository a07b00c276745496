"""What can go wrong between us and the people of the hub."""

from __future__ import annotations

from hubkin_kit.errors import Field, Invalid, NotFound, NotSignedIn


class UserGone(NotSignedIn):
    """The token belongs to a hub user that was deleted since; a namesake is somebody else."""

    code = "not_signed_in"
    title = "This user was deleted"


class NoSuchOwner(NotFound):
    """No user and no group has this name."""

    title = "There is no such user or group"


class AmbiguousOwner(Invalid):
    """A user and a group share the name."""

    code = "ambiguous_owner"
    title = "A user and a group have this name"


def ambiguous(name: str, *, pointer: str = "/owner") -> AmbiguousOwner:
    """Say how to tell a user from a group of the same name."""
    return AmbiguousOwner(
        "A user and a group are both called '{name}'. Write user:{name} or group:{name}.",
        params={"name": name},
        fields=(Field(pointer, "ambiguous_owner"),),
    )


def no_such_owner(name: str) -> NoSuchOwner:
    """Say that nobody is called so."""
    return NoSuchOwner("There is no user or group called '{name}'.", params={"name": name[:80]})
