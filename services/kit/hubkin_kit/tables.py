"""Tables of the kit: journal, cursors of its readers, leases, idempotency keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from hubkin_kit.columns import Counter
from hubkin_kit.database import metadata

journal = Table(
    "kit_journal",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("seq", BigInteger, unique=True),
    Column("at", BigInteger, nullable=False),
    Column("topic", String(32), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("actor", String(64), nullable=False, server_default=""),
    Column("body", Text, nullable=False),
    Index("ix_kit_journal_owner_seq", "owner", "seq"),
)

cursors = Table(
    "kit_cursors",
    metadata,
    Column("reader", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

leases = Table(
    "kit_leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

idempotency = Table(
    "kit_idempotency",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)
