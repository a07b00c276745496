"""Every query of the users package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hubkin_kit.database import Transaction
from hubkin_kit.ids import new_id
from hubkin_kit.insert import insert_new
from sqlalchemy import Connection, delete, insert, literal, select, union_all, update

from hubkin_users.domain import Membership, Owner, OwnerKind, Preferences, Role, StoredUser
from hubkin_users.tables import entitlements, groups, memberships, preferences, roles, users

ACTIVE = "active"
GONE = "gone"


def users_named(connection: Connection, hub: str, name: str) -> tuple[StoredUser, ...]:
    """Return everyone who has or had this name."""
    rows = connection.execute(
        select(users.c.id, users.c.name, users.c.hub_created_at, users.c.state)
        .where(users.c.hub == hub, users.c.name == name)
        .order_by(users.c.created_at)
    )
    return tuple(StoredUser(r.id, r.name, r.hub_created_at, r.state == ACTIVE) for r in rows)


def active_names(connection: Connection, hub: str) -> dict[str, str]:
    """Return name → id of all active users."""
    rows = connection.execute(
        select(users.c.active_name, users.c.id).where(users.c.hub == hub, users.c.active_name.is_not(None))
    )
    return {row.active_name: row.id for row in rows}


def seen_in_hub_before(connection: Connection, hub: str, at: int) -> dict[str, str]:
    """Return name → id of the active users whom the hub has shown us, and whom we knew before a moment."""
    rows = connection.execute(
        select(users.c.active_name, users.c.id).where(
            users.c.hub == hub,
            users.c.active_name.is_not(None),
            users.c.hub_created_at > 0,
            users.c.created_at < at,
        )
    )
    return {row.active_name: row.id for row in rows}


def revive(tx: Transaction, user_id: str, name: str) -> None:
    """Take back that a user is gone."""
    tx.execute(
        update(users).where(users.c.id == user_id).values(state=ACTIVE, active_name=name, gone_at=None)
    )


def add_user(tx: Transaction, hub: str, name: str, hub_created_at: int) -> StoredUser | None:
    """Give a hub user an id, unless somebody active has the name; the unique constraints decide.

    Returns:
        The active user of that name: ours, or the one that another process added meanwhile.
    """
    row = {
        "id": new_id("user"),
        "hub": hub,
        "name": name,
        "active_name": name,
        "hub_created_at": hub_created_at,
        "state": ACTIVE,
        "created_at": tx.now,
    }
    insert_new(tx, users, [row])
    return next((user for user in users_named(tx.connection, hub, name) if user.is_active), None)


def set_created(tx: Transaction, user_id: str, hub_created_at: int) -> None:
    """Write down when the hub created a user whom we knew by name only."""
    tx.execute(update(users).where(users.c.id == user_id).values(hub_created_at=hub_created_at))


def retire(tx: Transaction, user_id: str) -> None:
    """Mark a user as gone and end their memberships; their rows stay theirs."""
    tx.execute(
        update(users).where(users.c.id == user_id).values(state=GONE, active_name=None, gone_at=tx.now)
    )
    tx.execute(
        update(memberships)
        .where(memberships.c.user_id == user_id, memberships.c.until_at.is_(None))
        .values(until_at=tx.now, open_key=None)
    )


def group_ids(connection: Connection, hub: str, names: Iterable[str]) -> dict[str, str]:
    """Return name → id of the groups that we know."""
    rows = connection.execute(
        select(groups.c.name, groups.c.id).where(groups.c.hub == hub, groups.c.name.in_(list(names)))
    )
    return {row.name: row.id for row in rows}


def add_group(tx: Transaction, hub: str, name: str) -> str:
    """Give a hub group an id, unless it has one."""
    insert_new(tx, groups, [{"id": new_id("group"), "hub": hub, "name": name, "created_at": tx.now}])
    return group_ids(tx.connection, hub, [name])[name]


def memberships_of(connection: Connection, user_id: str) -> tuple[Membership, ...]:
    """Return the present memberships, by name."""
    rows = connection.execute(
        select(groups.c.id, groups.c.name, memberships.c.role)
        .join(groups, groups.c.id == memberships.c.group_id)
        .where(memberships.c.user_id == user_id, memberships.c.until_at.is_(None))
        .order_by(groups.c.name)
    )
    return tuple(Membership(row.id, row.name, Role(row.role)) for row in rows)


def end_membership(tx: Transaction, user_id: str, group_id: str) -> None:
    """Close the present membership; the row stays as history."""
    tx.execute(
        update(memberships)
        .where(memberships.c.open_key == f"{group_id} {user_id}")
        .values(until_at=tx.now, open_key=None)
    )


def begin_membership(tx: Transaction, user_id: str, group_id: str, role: Role) -> None:
    """Open a membership with a role, unless one is open."""
    row = {
        "group_id": group_id,
        "user_id": user_id,
        "role": role.value,
        "from_at": tx.now,
        "open_key": f"{group_id} {user_id}",
    }
    insert_new(tx, memberships, [row])


def roles_of(connection: Connection, hub: str, user_name: str) -> dict[str, Role]:
    """Return group name → role that the site gives this person; elsewhere they are members."""
    rows = connection.execute(
        select(roles.c.group_name, roles.c.role).where(roles.c.hub == hub, roles.c.user_name == user_name)
    )
    return {row.group_name: Role(row.role) for row in rows}


def all_roles(connection: Connection, hub: str) -> dict[tuple[str, str], Role]:
    """Return (group name, user name) → role of the whole site."""
    rows = connection.execute(
        select(roles.c.group_name, roles.c.user_name, roles.c.role).where(roles.c.hub == hub)
    )
    return {(row.group_name, row.user_name): Role(row.role) for row in rows}


def replace_roles(tx: Transaction, hub: str, wanted: Mapping[tuple[str, str], Role]) -> None:
    """Write the site's roles anew."""
    tx.execute(delete(roles).where(roles.c.hub == hub))
    if wanted:
        tx.execute(
            insert(roles),
            [
                {"hub": hub, "group_name": group, "user_name": user, "role": role.value}
                for (group, user), role in wanted.items()
            ],
        )


def owners_named(connection: Connection, hub: str, name: str) -> list[Owner]:
    """Return the active user and the group of this name."""
    user = connection.execute(
        select(users.c.id).where(users.c.hub == hub, users.c.active_name == name)
    ).scalar()
    group = connection.execute(select(groups.c.id).where(groups.c.hub == hub, groups.c.name == name)).scalar()
    found = [Owner(user, OwnerKind.USER, name)] if user else []
    return found + ([Owner(group, OwnerKind.GROUP, name)] if group else [])


def owners_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Owner]:
    """Return id → owner, users long gone included."""
    wanted = list(set(ids))
    user_rows = connection.execute(select(users.c.id, users.c.name).where(users.c.id.in_(wanted)))
    group_rows = connection.execute(select(groups.c.id, groups.c.name).where(groups.c.id.in_(wanted)))
    found = {row.id: Owner(row.id, OwnerKind.USER, row.name) for row in user_rows}
    return found | {row.id: Owner(row.id, OwnerKind.GROUP, row.name) for row in group_rows}


def owners_by_name(connection: Connection, hub: str, *, after: tuple[str, str], limit: int) -> list[Owner]:
    """Return active users and groups by (name, id), after such a pair."""
    everyone = union_all(
        select(
            users.c.id.label("id"), users.c.active_name.label("name"), literal("user").label("kind")
        ).where(users.c.hub == hub, users.c.active_name.is_not(None)),
        select(groups.c.id, groups.c.name, literal("group")).where(groups.c.hub == hub),
    ).subquery()
    rows = connection.execute(
        select(everyone.c.id, everyone.c.name, everyone.c.kind)
        .where((everyone.c.name > after[0]) | ((everyone.c.name == after[0]) & (everyone.c.id > after[1])))
        .order_by(everyone.c.name, everyone.c.id)
        .limit(limit)
    )
    return [Owner(row.id, OwnerKind(row.kind), row.name) for row in rows]


def entitled(connection: Connection, subjects: Iterable[str], kind: str) -> set[str]:
    """Return the names (of profiles or pools) that any of these subjects has a right to."""
    rows = connection.execute(
        select(entitlements.c.name).where(
            entitlements.c.subject.in_(list(subjects)), entitlements.c.kind == kind
        )
    )
    return set(rows.scalars())


def entitlements_from(connection: Connection, source: str) -> set[tuple[str, str, str]]:
    """Return (subject, kind, name) of the rows that one source wrote."""
    rows = connection.execute(
        select(entitlements.c.subject, entitlements.c.kind, entitlements.c.name).where(
            entitlements.c.source == source
        )
    )
    return {(row.subject, row.kind, row.name) for row in rows}


def replace_entitlements(tx: Transaction, source: str, wanted: set[tuple[str, str, str]]) -> None:
    """Write one source's entitlements anew."""
    tx.execute(delete(entitlements).where(entitlements.c.source == source))
    if wanted:
        tx.execute(
            insert(entitlements),
            [
                {"subject": subject, "kind": kind, "name": name, "source": source, "at": tx.now}
                for subject, kind, name in sorted(wanted)
            ],
        )


def preferences_of(connection: Connection, user_id: str) -> Preferences:
    """Return what a person chose, empty where they did not."""
    row = connection.execute(
        select(preferences.c.language, preferences.c.last_profile).where(preferences.c.user_id == user_id)
    ).first()
    return Preferences(row.language, row.last_profile) if row else Preferences()


def write_preferences(tx: Transaction, user_id: str, wanted: Preferences) -> None:
    """Keep a person's choices."""
    values = {"language": wanted.language, "last_profile": wanted.last_profile, "at": tx.now}
    changed = tx.execute(update(preferences).where(preferences.c.user_id == user_id).values(**values))
    if not changed.rowcount:
        tx.execute(insert(preferences).values(user_id=user_id, **values))
