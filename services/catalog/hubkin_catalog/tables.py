"""Objects (bytes), uploads and their claims, versions (trees of files), models."""

from __future__ import annotations

from hubkin_kit.columns import PathText
from hubkin_kit.database import metadata
from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

#: An object belongs to one owner: equal content of strangers is stored twice, or a hash would be an oracle.
objects = Table(
    "catalog_objects",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("key", String(160), nullable=False, unique=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

uploads = Table(
    "catalog_uploads",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(63)),
    Column("state", String(16), nullable=False),
    Column("declared_bytes", BigInteger, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("version_id", String(64)),
)

claims = Table(
    "catalog_claims",
    metadata,
    Column("upload_id", String(64), primary_key=True),
    Column("digest", String(64), primary_key=True),
)

#: Datasets and models have a name and count their versions; code has neither.
versions = Table(
    "catalog_versions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(63)),
    Column("number", Integer),
    Column("state", String(16), nullable=False),
    Column("tree", String(64), nullable=False),
    Column("files", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    UniqueConstraint("owner", "kind", "name", "number"),
    Index("ix_catalog_versions_owner_id", "owner", "id"),
)

files = Table(
    "catalog_files",
    metadata,
    Column("version_id", String(64), primary_key=True),
    Column("path", PathText(1024), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("mode", String(4), nullable=False),
)

#: Where a version of a model comes from.
models = Table(
    "catalog_models",
    metadata,
    Column("version_id", String(64), primary_key=True),
    Column("name", String(63), nullable=False),
    Column("job_id", String(64)),
    Column("metric", String(64)),
    Column("metric_value", String(32)),
    Column("lineage", Text, nullable=False),
    UniqueConstraint("job_id", "name"),
)

#: Movable names of the versions of models.
aliases = Table(
    "catalog_aliases",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("name", String(63), primary_key=True),
    Column("alias", String(63), primary_key=True),
    Column("number", Integer, nullable=False),
)
