"""Tables are named for their package, no foreign key leaves one, and their rows need no conversion."""

import pytest
import sqlalchemy as sa
from hubkin_kit.columns import PathText

from tests.repo.sources import packages
from tools.docs import tables_of

SERVICES = sorted(name for name, folder in packages().items() if folder.parts[0] == "services")

#: What every driver takes as Python has it.
PLAIN = (sa.String, sa.Text, sa.Integer, sa.BigInteger, sa.Boolean, sa.Float, PathText)


def complaints(package: str, tables: dict[str, sa.Table]) -> list[str]:
    prefix = package.removeprefix("hubkin_") + "_"
    misnamed = [f"{name} does not begin with {prefix}" for name in tables if not name.startswith(prefix)]
    crossing = [
        f"{table.name}.{key.parent.name} points at {key.target_fullname}"
        for table in tables.values()
        for key in table.foreign_keys
        if not key.target_fullname.startswith(prefix)
    ]
    # `hubkin_kit.insert.insert_all` gives rows to the driver as they are, and fills nothing in.
    converted = [
        f"{table.name}.{column.name} is not written as it is given"
        for table in tables.values()
        for column in table.columns
        if column.default is not None or type(column.type) not in PLAIN
    ]
    return misnamed + crossing + converted


@pytest.mark.parametrize("package", SERVICES)
def test_tables_are_named_for_their_package_and_point_at_it_only(package: str) -> None:
    assert complaints(package, tables_of(package)) == []


def test_a_table_with_a_foreign_name_is_seen() -> None:
    table = sa.Table("jobs_jobs", sa.MetaData(), sa.Column("id", sa.Text))

    assert complaints("hubkin_billing", {"jobs_jobs": table}) == ["jobs_jobs does not begin with billing_"]


def test_a_foreign_key_into_another_package_is_seen() -> None:
    key = sa.Column("job_id", sa.Text, sa.ForeignKey("jobs_jobs.id"))
    table = sa.Table("billing_holds", sa.MetaData(), key)

    assert complaints("hubkin_billing", {"billing_holds": table}) == [
        "billing_holds.job_id points at jobs_jobs.id"
    ]


@pytest.mark.parametrize(
    "column",
    [sa.Column("at", sa.DateTime), sa.Column("body", sa.JSON), sa.Column("n", sa.Integer, default=0)],
)
def test_a_column_that_a_fast_insert_would_get_wrong_is_seen(column: sa.Column[object]) -> None:
    table = sa.Table("jobs_jobs", sa.MetaData(), column)

    assert complaints("hubkin_jobs", {"jobs_jobs": table}) == [
        f"jobs_jobs.{column.name} is not written as it is given"
    ]
