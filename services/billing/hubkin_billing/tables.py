"""Tariffs, accounts, the ledger, holds and usage records.

Whatever must happen once is a unique key here: a transaction's ``key``, a usage record's primary key, an open
hold's subject.
"""

from __future__ import annotations

from hubkin_kit.columns import Counter
from hubkin_kit.database import metadata
from sqlalchemy import BigInteger, Column, Index, String, Table, UniqueConstraint

tariffs = Table(
    "billing_tariffs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("profile", String(63), nullable=False),
    Column("micros_per_unit_hour", BigInteger, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    UniqueConstraint("profile", "from_at"),
)

accounts = Table(
    "billing_accounts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner_id", String(64), nullable=False, unique=True),
    Column("balance_micros", BigInteger, nullable=False),
    Column("held_micros", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
)

transactions = Table(
    "billing_transactions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("owner_id", String(64), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("amount_micros", BigInteger, nullable=False),
    Column("meter", String(32), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("note", String(500), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
)

entries = Table(
    "billing_entries",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("transaction_id", String(64), nullable=False),
    Column("account_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),
    # System accounts are not locked, so theirs is not known.
    Column("balance_after_micros", BigInteger),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("transaction_id", "account_id"),
    Index("ix_billing_entries_page", "account_id", "id"),
    Index("ix_billing_entries_month", "account_id", "at"),
)

holds = Table(
    "billing_holds",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account_id", String(64), nullable=False),
    Column("owner_id", String(64), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    # The subject while open, NULL once settled: at most one open hold each, by constraint.
    Column("open_subject", String(64), unique=True),
    Column("remaining_micros", BigInteger, nullable=False),
    Column("per_hour_micros", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Index("ix_billing_holds_open", "account_id", "settled_at"),
)

usage_records = Table(
    "billing_usage_records",
    metadata,
    Column("attempt_id", String(64), primary_key=True),
    Column("replica", String(80), primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("transaction_id", String(64), nullable=False),
    Column("owner_id", String(64), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("meter", String(32), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("tariff_id", String(64), nullable=False),
    Column("charge_micros", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
