"""The migration history makes exactly the tables that the code expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import hubkin_platform.app  # noqa: F401 - imports every package, and so registers its tables
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hubkin_kit.database import Database, metadata
from hubkin_platform import schema


@pytest.fixture
def database(empty_database: Callable[[], str]) -> Iterator[Database]:
    url = empty_database()
    database = Database(url)
    schema.upgrade(url)
    yield database
    database.close()


@pytest.fixture
def fresh(empty_database: Callable[[], str]) -> Iterator[Database]:
    database = Database(empty_database())
    schema.bring_up(database, holder="test")
    yield database
    database.close()


def shape(connection: sa.Connection) -> dict[str, Any]:
    """Everything about the tables that a query or a constraint can notice."""
    inspector = sa.inspect(connection)
    return {
        name: {
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)
            ),
            "key": inspector.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(tuple(u["column_names"]) for u in inspector.get_unique_constraints(name)),
            "indexes": sorted(
                (i["name"] or "", tuple(i["column_names"])) for i in inspector.get_indexes(name)
            ),
            "checks": sorted(c["sqltext"] for c in inspector.get_check_constraints(name)),
        }
        for name in inspector.get_table_names()
    }


def test_a_migrated_database_is_like_a_fresh_one(database: Database, fresh: Database) -> None:
    migrated, made = database.read_sync(shape), fresh.read_sync(shape)

    assert migrated == made


def test_nothing_is_missing_in_the_history(database: Database) -> None:
    differences = database.read_sync(
        lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
    )

    assert [d for d in differences if "alembic_version" not in str(d)] == []


def test_the_history_is_one_line_and_ends_at_the_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    script = ScriptDirectory.from_config(config)

    assert script.get_heads() == [schema.HEAD]
    assert [revision.revision for revision in script.walk_revisions()][::-1] == list(schema.history())


def test_a_migrated_database_needs_nothing(database: Database) -> None:
    assert schema.bring_up(database, holder="test") == "nothing"


def test_an_older_database_is_upgraded_under_a_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "HEAD", "9999")

    assert schema.bring_up(database, holder="test") == "upgraded"


def test_while_another_upgrades_nobody_else_does(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "HEAD", "9999")
    database.write_sync(lambda tx: schema.acquire(tx, schema.LEASE, "another"))

    with pytest.raises(schema.StartRefused, match="Another process is upgrading"):
        schema.bring_up(database, holder="test")


def test_a_model_of_the_first_schema_keeps_its_name_number_and_source(
    empty_database: Callable[[], str],
) -> None:
    url = empty_database()
    schema.upgrade(url, to="0001")
    database = Database(url)
    version = {"id": "version-1", "owner": "user-1", "kind": "model", "state": "ready", "tree": "aa",
               "files": 1, "bytes": 5, "created_by": "user-1", "created_at": 7, "note": ""}  # fmt: skip
    model = {"id": "model-1", "owner": "user-1", "name": "best", "number": 3, "version_id": "version-1",
             "job_id": "job-1", "lineage": "{}", "created_at": 7}  # fmt: skip
    for table, row in (("catalog_versions", version), ("catalog_models", model)):
        insert = sa.insert(sa.table(table, *map(sa.column, row))).values(**row)
        database.write_sync(lambda tx, insert=insert: tx.execute(insert))

    schema.upgrade(url)

    rows = database.read_sync(
        lambda c: c.execute(
            sa.text(
                "SELECT v.name, v.number, m.job_id FROM catalog_versions v"
                " JOIN catalog_models m ON m.version_id = v.id"
            )
        ).all()
    )
    database.close()
    assert [tuple(row) for row in rows] == [("best", 3, "job-1")]
