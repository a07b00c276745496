"""Who is calling, as handlers see it.  ``hubkin_users.Identity`` is one; the kit stays below it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Caller(Protocol):
    """A person or a service behind a valid token."""

    @property
    def user_id(self) -> str:
        """Our id, stable over renames in the hub."""
        ...

    @property
    def name(self) -> str:
        """The hub's name."""
        ...

    @property
    def language(self) -> str:
        """The language they chose, empty when they never did."""
        ...

    @property
    def scopes(self) -> frozenset[str]:
        """The verbs of the token that was presented."""
        ...

    @property
    def is_admin(self) -> bool:
        """Whether the token may see everyone's jobs; never the hub's ``admin`` flag."""
        ...

    @property
    def owners(self) -> tuple[str, ...]:
        """The owner ids whose things they may read: themselves and their groups."""
        ...

    def may_spend(self, owner_id: str) -> bool:
        """Whether they may spend for this owner."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """A hub service, such as the hub's own gate: it owns nothing and reads nobody's things."""

    name: str
    scopes: frozenset[str]
    user_id: str = ""
    language: str = ""
    is_admin: bool = False
    owners: tuple[str, ...] = ()

    def may_spend(self, owner_id: str) -> bool:  # noqa: ARG002 - the answer is the same for every owner
        """Say no: services have no money."""
        return False


class Authenticator(Protocol):
    """Turns a hub token into a caller."""

    async def caller(self, token: str) -> Caller | None:
        """Return whose token it is, None when it does not count (any more).

        Raises:
            Unavailable: The hub could not be asked.  Not knowing is not the same as no.
        """
        ...


#: What ``users`` provides: the hub's model of a user, with the token's scopes, to our identity.
Identify = Callable[[dict[str, Any]], Awaitable[Caller]]
