"""Notebook servers: what was allowed, what was seen, what was used."""

from __future__ import annotations

from hubkin_kit.database import metadata
from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

servers = Table(
    "servers_servers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("spawn_id", String(128), nullable=False, unique=True),
    Column("owner", String(64), nullable=False),
    Column("user_name", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False, server_default=""),
    Column("profile", String(63), nullable=False),
    Column("pool", String(63), nullable=False),
    Column("units", Integer, nullable=False),
    Column("indices", Text, nullable=False),
    Column("tariff_id", String(64), nullable=False),
    Column("micros_per_hour", BigInteger, nullable=False),
    Column("hold_id", String(64)),
    Column("charged_micros", BigInteger, nullable=False, server_default="0"),
    Column("pid", BigInteger),
    Column("start_time", BigInteger),
    Column("asked_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("metered_until", BigInteger),
    Column("records", Integer, nullable=False, server_default="0"),
    Index("ix_servers_servers_owner_id", "owner", "id"),
    Index("ix_servers_servers_state", "state"),
)
