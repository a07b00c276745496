"""Users, groups, memberships with their history, entitlements, preferences."""

from __future__ import annotations

from hubkin_kit.columns import Counter
from hubkin_kit.database import metadata
from sqlalchemy import BigInteger, Column, Index, String, Table, UniqueConstraint

users = Table(
    "users_users",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("hub", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("hub_created_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    # The name while active, NULL once gone: at most one active namesake, by constraint, in every database.
    Column("active_name", String(255)),
    Column("created_at", BigInteger, nullable=False),
    Column("gone_at", BigInteger),
    UniqueConstraint("hub", "active_name"),
    UniqueConstraint("hub", "name", "hub_created_at"),
)

groups = Table(
    "users_groups",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("hub", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("hub", "name"),
)

memberships = Table(
    "users_memberships",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("group_id", String(64), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("until_at", BigInteger),
    # "group user" while it lasts, NULL afterwards.
    Column("open_key", String(130), unique=True),
    Index("ix_users_memberships_user", "user_id", "until_at"),
)

roles = Table(
    "users_roles",
    metadata,
    Column("hub", String(64), primary_key=True),
    Column("group_name", String(255), primary_key=True),
    Column("user_name", String(255), primary_key=True),
    Column("role", String(16), nullable=False),
)

entitlements = Table(
    "users_entitlements",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("at", BigInteger, nullable=False),
)

preferences = Table(
    "users_preferences",
    metadata,
    Column("user_id", String(64), primary_key=True),
    Column("language", String(16), nullable=False),
    Column("last_profile", String(63), nullable=False),
    Column("at", BigInteger, nullable=False),
)
