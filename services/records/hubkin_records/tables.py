"""Tables of records."""

from __future__ import annotations

from hubkin_kit.database import metadata
from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

hooks = Table(
    "records_hooks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("target", String(2048), nullable=False),
    Column("moments", String(64), nullable=False),
    Column("secret", String(128), nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

deliveries = Table(
    "records_deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("hook_id", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("about", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("due_at", BigInteger),
    Column("delivered_at", BigInteger),
    Column("error", String(300), nullable=False, server_default=""),
    UniqueConstraint("hook_id", "seq"),
    Index("ix_records_deliveries_due_at", "due_at"),
)

seals = Table(
    "records_seals",
    metadata,
    Column("to_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("from_seq", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
)
