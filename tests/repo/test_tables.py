"""Tables are named for their package, and no foreign key leaves one."""

import pytest
import sqlalchemy as sa

from tests.repo.sources import packages
from tools.docs import tables_of

SERVICES = sorted(name for name, folder in packages().items() if folder.parts[0] == "services")


def complaints(package: str, tables: dict[str, sa.Table]) -> list[str]:
    prefix = package.removeprefix("hubkin_") + "_"
    misnamed = [f"{name} does not begin with {prefix}" for name in tables if not name.startswith(prefix)]
    crossing = [
        f"{table.name}.{key.parent.name} points at {key.target_fullname}"
        for table in tables.values()
        for key in table.foreign_keys
        if not key.target_fullname.startswith(prefix)
    ]
    return misnamed + crossing


@pytest.mark.parametrize("package", SERVICES)
def test_tables_are_named_for_their_package_and_point_at_it_only(package: str) -> None:
    assert complaints(package, tables_of(package)) == []


def test_a_table_with_a_foreign_name_is_seen() -> None:
    table = sa.Table("jobs_jobs", sa.MetaData(), sa.Column("id", sa.Text))

    assert complaints("hubkin_billing", {"jobs_jobs": table}) == ["jobs_jobs does not begin with billing_"]


def test_a_foreign_key_into_another_package_is_seen() -> None:
    table = sa.Table("billing_holds", sa.MetaData(), sa.Column("job_id", sa.ForeignKey("jobs_jobs.id")))

    assert complaints("hubkin_billing", {"billing_holds": table}) == [
        "billing_holds.job_id points at jobs_jobs.id"
    ]
