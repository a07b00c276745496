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
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)],
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

    assert migrated == made, "until the first release: .venv/bin/python tools/first_migration.py"


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
    monkeypatch.setattr(schema, "HEAD", "0002")

    assert schema.bring_up(database, holder="test") == "upgraded"


def test_while_another_upgrades_nobody_else_does(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "HEAD", "0002")
    database.write_sync(lambda tx: schema.acquire(tx, schema.LEASE, "another"))

    with pytest.raises(schema.StartRefused, match="Another process is upgrading"):
        schema.bring_up(database, holder="test")
