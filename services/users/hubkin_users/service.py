"""What one can ask of the users package.

`identify` stands in the path of every request: it reads, and writes only when the hub has news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from hubkin_kit import journal
from hubkin_kit.database import Database, Transaction

from hubkin_users import store
from hubkin_users.domain import (
    EVERYONE,
    HubUser,
    Identity,
    Match,
    Owner,
    OwnerKind,
    Preferences,
    Role,
    StoredUser,
    match,
)
from hubkin_users.errors import UserGone, ambiguous, no_such_owner

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: One platform serves one hub; the column is there so that this may change.
HUB = "hub"
_SITE = "site"


async def identify(database: Database, hub_model: Mapping[str, Any]) -> Identity:
    """Return who the hub's model is, after writing down what is new about them.

    Args:
        database: Where users are kept.
        hub_model: The hub's answer for a token, with ``created`` where the asker may read it.

    Raises:
        UserGone: That hub user was deleted, and a namesake came after.
    """
    user = HubUser.of(hub_model)
    known = await database.read(partial(recall, user=user))
    if known is not None:
        return known
    return await database.write(partial(enroll, user=user))


def recall(connection: Connection, user: HubUser) -> Identity | None:
    """Return the identity when nothing has to be written, None otherwise.

    Raises:
        UserGone: See `identify`.
    """
    if user.kind == "service":
        return Identity(user_id=f"service-{user.name}", name=user.name, scopes=user.scopes)
    verdict, row = match(user, store.users_named(connection, HUB, user.name))
    if verdict is Match.GONE:
        raise _gone(user)
    if verdict is not Match.SAME or row is None:
        return None
    memberships = store.memberships_of(connection, row.id)
    if {m.name: m.role for m in memberships} != _wanted_roles(connection, user):
        return None
    chosen = store.preferences_of(connection, row.id)
    return Identity(
        user_id=row.id, name=user.name, language=chosen.language, groups=memberships, scopes=user.scopes
    )


def enroll(tx: Transaction, user: HubUser) -> Identity:
    """Write down what is new about a hub user: themselves, and their groups and roles with history.

    Raises:
        UserGone: See `identify`.
    """
    if user.kind != "service":
        row = _row_of(tx, user)
        _mirror_groups(tx, row, _wanted_roles(tx.connection, user))
    identity = recall(tx.connection, user)
    if identity is None:
        raise AssertionError(f"enrolled and still unknown: {user.name}")
    return identity


def news(
    connection: Connection, hub_models: Iterable[Mapping[str, Any]], *, asked_at: int
) -> list[Mapping[str, Any]] | None:
    """Return which of the hub's full list is new to us, None when nothing is and nobody is missing.

    For a reading thread: most of the time there is nothing to write.
    """
    models = [model for model in hub_models if model.get("kind", "user") == "user"]
    fresh = [model for model in models if not _is_known(connection, HubUser.of(model))]
    names = {model["name"] for model in models}
    gone = store.seen_in_hub_before(connection, HUB, asked_at).keys() - names
    return fresh if fresh or gone else None


def mirror(
    tx: Transaction,
    hub_models: Iterable[Mapping[str, Any]],
    *,
    asked_at: int | None = None,
    changed: Iterable[Mapping[str, Any]] | None = None,
) -> list[str]:
    """Bring our users in step with the hub's full list; who is missing from it was deleted.

    Args:
        tx: The caller's transaction.
        hub_models: The hub's models of all users.
        asked_at: When the list was asked for: whoever came later is not missing from it.  Nor is anyone whom
            the hub has not shown yet, such as people with an opening balance.
        changed: Those of them that are `news`, when that is known; otherwise all are looked at.

    Returns:
        The ids of the users who are gone now.
    """
    people = [user for user in map(HubUser.of, hub_models) if user.kind == "user"]
    for user in people if changed is None else map(HubUser.of, changed):
        _bring_in_step(tx, user)
    names = {user.name for user in people}
    known = store.seen_in_hub_before(tx.connection, HUB, tx.now if asked_at is None else asked_at)
    missing = [user_id for name, user_id in known.items() if name not in names]
    for user_id in missing:
        _retire(tx, user_id)
    return missing


def forget(tx: Transaction, name: str) -> str | None:
    """Mark the active user of this name as deleted from the hub; return their id."""
    user_id = store.active_names(tx.connection, HUB).get(name)
    if user_id:
        _retire(tx, user_id)
    return user_id


def find_owner(connection: Connection, name: str) -> Owner | None:
    """Return the owner of this name or id; ``user:ada`` and ``group:ada`` tell namesakes apart.

    Raises:
        AmbiguousOwner: A user and a group have the name: money must not go to the wrong one.
    """
    if name.startswith(("user-", "group-")):
        by_id = store.owners_by_id(connection, [name]).get(name)
        if by_id:
            return by_id
    kind, _, bare = name.rpartition(":")
    found = store.owners_named(connection, HUB, bare)
    if kind:
        found = [owner for owner in found if owner.kind.value == kind]
    if len(found) > 1:
        raise ambiguous(bare)
    return found[0] if found else None


def get_owner(connection: Connection, name: str) -> Owner:
    """Return the owner of this name or id.

    Raises:
        NoSuchOwner: Nobody is called so.
        AmbiguousOwner: See `find_owner`.
    """
    found = find_owner(connection, name)
    if found is None:
        raise no_such_owner(name)
    return found


def ensure_owner(tx: Transaction, name: str, kind: OwnerKind) -> Owner:
    """Return the owner of this name, known from now on; a user is adopted when the hub first shows them."""
    for owner in store.owners_named(tx.connection, HUB, name):
        if owner.kind is kind:
            return owner
    if kind is OwnerKind.GROUP:
        return Owner(store.add_group(tx, HUB, name), kind, name)
    return Owner(_added(tx, name, 0).id, kind, name)


def find_user(connection: Connection, name: str, *, created_at: int) -> Owner | None:
    """Return the user whom the hub created then, None when they were never here (a namesake may have been).

    Args:
        connection: Where to read.
        name: The hub's name.
        created_at: When the hub created them, in microseconds; 0 when it does not say: the present one.
    """
    user = HubUser(name=name, created_at=created_at)
    verdict, row = match(user, store.users_named(connection, HUB, name))
    return Owner(row.id, OwnerKind.USER, name) if row and verdict in (Match.SAME, Match.ADOPT) else None


def ensure_user(tx: Transaction, name: str, *, created_at: int) -> Owner:
    """Return the user whom the hub created then, known from now on; a namesake before them is retired.

    Raises:
        UserGone: They were deleted, and a namesake came after.
    """
    row = _row_of(tx, HubUser(name=name, created_at=created_at))
    return Owner(row.id, OwnerKind.USER, name)


def names(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return id → name; deleted users keep theirs."""
    return {owner.id: owner.name for owner in store.owners_by_id(connection, ids).values()}


def owners(connection: Connection, ids: Iterable[str]) -> dict[str, Owner]:
    """Return id → owner; deleted users included."""
    return store.owners_by_id(connection, ids)


def all_owners(connection: Connection, *, after: tuple[str, str] = ("", ""), limit: int = 50) -> list[Owner]:
    """Return active users and all groups by name; pass the last one's (name, id) for the next page."""
    return store.owners_by_name(connection, HUB, after=after, limit=limit)


def may_use(connection: Connection, owner_ids: Iterable[str], profile: str) -> bool:
    """Whether any of these owners is entitled to a profile."""
    return profile in usable_profiles(connection, owner_ids)


def usable_profiles(connection: Connection, owner_ids: Iterable[str]) -> set[str]:
    """Return the profiles that any of these owners is entitled to."""
    return store.entitled(connection, [EVERYONE, *owner_ids], "profile")


def set_roles(tx: Transaction, groups: Mapping[str, Mapping[str, str]]) -> None:
    """Take the site's roles: group → person → ``lead``, ``member`` or ``viewer``.

    Who is in a group is the hub's business; this says as what.  It shows at their next request.
    """
    wanted = {
        (group, person): Role(role) for group, people in groups.items() for person, role in people.items()
    }
    for group in groups:
        ensure_owner(tx, group, OwnerKind.GROUP)
    if store.all_roles(tx.connection, HUB) != wanted:
        store.replace_roles(tx, HUB, wanted)


def set_entitlements(tx: Transaction, profiles: Mapping[str, Iterable[str] | None]) -> None:
    """Take the site's policy: profile → names of the groups that may use it, None for everyone."""
    wanted: set[tuple[str, str, str]] = set()
    for profile, group_names in profiles.items():
        if group_names is None:
            wanted.add((EVERYONE, "profile", profile))
            continue
        wanted |= {(ensure_owner(tx, g, OwnerKind.GROUP).id, "profile", profile) for g in group_names}
    if store.entitlements_from(tx.connection, _SITE) != wanted:
        store.replace_entitlements(tx, _SITE, wanted)


def preferences(connection: Connection, user_id: str) -> Preferences:
    """Return what a person chose."""
    return store.preferences_of(connection, user_id)


def set_preferences(
    tx: Transaction, user_id: str, *, language: str | None = None, last_profile: str | None = None
) -> Preferences:
    """Keep what a person chose; None leaves a choice as it is."""
    old = store.preferences_of(tx.connection, user_id)
    new = Preferences(
        old.language if language is None else language,
        old.last_profile if last_profile is None else last_profile,
    )
    if new != old:
        store.write_preferences(tx, user_id, new)
    return new


def _is_known(connection: Connection, user: HubUser) -> bool:
    verdict, _ = match(user, store.users_named(connection, HUB, user.name))
    return verdict is Match.SAME and recall(connection, user) is not None


def _bring_in_step(tx: Transaction, user: HubUser) -> None:
    verdict, row = match(user, store.users_named(tx.connection, HUB, user.name))
    if verdict is Match.GONE:
        # The full list is what the hub says now: this very user is there, unless a namesake came after them.
        is_same = row is not None and row.hub_created_at == user.created_at
        if row is None or not is_same or user.name in store.active_names(tx.connection, HUB):
            return
        store.revive(tx, row.id, user.name)
    if recall(tx.connection, user) is None:
        enroll(tx, user)


def _wanted_roles(connection: Connection, user: HubUser) -> dict[str, Role]:
    if not user.groups:
        return {}
    given = store.roles_of(connection, HUB, user.name)
    return {group: given.get(group, Role.MEMBER) for group in user.groups}


def _row_of(tx: Transaction, user: HubUser) -> StoredUser:
    verdict, row = match(user, store.users_named(tx.connection, HUB, user.name))
    if verdict is Match.GONE:
        raise _gone(user)
    if row is not None and verdict is Match.ADOPT:
        store.set_created(tx, row.id, user.created_at)
    if row is not None and verdict is not Match.NEW:
        return row
    if row is not None:
        _retire(tx, row.id)
    new = _added(tx, user.name, user.created_at)
    journal.append(tx, "audit", owner=new.id, subject=new.id, happened="user_added", name=user.name)
    return new


def _added(tx: Transaction, name: str, hub_created_at: int) -> StoredUser:
    added = store.add_user(tx, HUB, name, hub_created_at)
    if added is None:
        raise AssertionError(f"{name} was added and retired at once")
    return added


def _retire(tx: Transaction, user_id: str) -> None:
    store.retire(tx, user_id)
    journal.append(tx, "audit", owner=user_id, subject=user_id, happened="user_gone")


def _mirror_groups(tx: Transaction, row: StoredUser, wanted: dict[str, Role]) -> None:
    present = {m.name: m for m in store.memberships_of(tx.connection, row.id)}
    for name, membership in present.items():
        if wanted.get(name) is not membership.role:
            store.end_membership(tx, row.id, membership.group_id)
    for name, role in wanted.items():
        if name not in present or present[name].role is not role:
            group = ensure_owner(tx, name, OwnerKind.GROUP)
            store.begin_membership(tx, row.id, group.id, role)
            journal.append(
                tx, "audit", owner=group.id, subject=row.id, happened="member", group=name, role=role.value
            )


def _gone(user: HubUser) -> UserGone:
    return UserGone("The user '{name}' was deleted. Sign in again.", params={"name": user.name})
