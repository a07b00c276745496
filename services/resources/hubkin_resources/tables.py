"""Pools, profiles, and who has which unit."""

from __future__ import annotations

from hubkin_kit.database import metadata
from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, Text

pools = Table(
    "resources_pools",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("label", String(120), nullable=False),
    Column("label_zh", String(120), nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("total_units", Integer, nullable=False),
    Column("backend", String(32), nullable=False),
    Column("devices", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("is_active", Boolean, nullable=False),
)

profiles = Table(
    "resources_profiles",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("label", String(120), nullable=False),
    Column("label_zh", String(120), nullable=False),
    Column("pool", String(63), nullable=False),
    Column("accelerator", String(120)),
    Column("simulated", Boolean, nullable=False),
    Column("cpu", Integer, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("notebook", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("is_active", Boolean, nullable=False),
)

#: The primary key is what makes a unit somebody's alone.
units = Table(
    "resources_units",
    metadata,
    Column("pool", String(63), primary_key=True),
    Column("unit", Integer, primary_key=True, autoincrement=False),
    Column("holder", String(64), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
)
