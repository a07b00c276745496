"""The ledger against a model of it, and the same check against books without their constraints."""

from __future__ import annotations

import pytest
from hubkin_billing import tables
from hubkin_kit.database import Database
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import MetaData, PrimaryKeyConstraint, UniqueConstraint

from tests.unit.billing.model import Ledger

QUICK = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_any_sequence_of_calls_leaves_the_books_as_the_model_says() -> None:
    run_state_machine_as_test(Ledger, settings=QUICK)


class WithoutConstraints(Ledger):
    """The same, with a planted bug: nothing in the database says that a key may be there once only."""

    def create(self, database: Database) -> None:
        with database._writer_engine.begin() as connection:
            for table in tables.metadata.tables.values():
                copy = table.to_metadata(MetaData())
                if table in (tables.usage_records, tables.transactions):
                    for constraint in list(copy.constraints):
                        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
                            copy.constraints.discard(constraint)
                    for column in copy.columns:
                        column.unique = column.primary_key = False
                copy.create(connection)


def test_without_the_constraint_the_same_check_fails() -> None:
    with pytest.raises(AssertionError, match="entered more than once"):
        run_state_machine_as_test(
            WithoutConstraints, settings=settings(QUICK, phases=[Phase.generate], max_examples=100)
        )
