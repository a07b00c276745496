"""Names and numbers of versions, which datasets and models share; what a job reads."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Move the names of models' versions to the versions."""
    op.add_column("catalog_uploads", sa.Column("name", sa.String(length=63), nullable=True))
    op.add_column("jobs_jobs", sa.Column("inputs", sa.Text(), nullable=True))
    with op.batch_alter_table("catalog_versions") as table:
        table.add_column(sa.Column("name", sa.String(length=63), nullable=True))
        table.add_column(sa.Column("number", sa.Integer(), nullable=True))
        table.create_unique_constraint(
            op.f("uq_catalog_versions_owner_kind_name_number"), ["owner", "kind", "name", "number"]
        )
    _name_versions()
    _keep_sources()


def _name_versions() -> None:
    models = sa.table(
        "catalog_models", sa.column("version_id"), sa.column("name"), sa.column("number"), sa.column("id")
    )
    versions = sa.table("catalog_versions", sa.column("id"), sa.column("name"), sa.column("number"))

    def of_model(column: sa.ColumnElement[object]) -> sa.ScalarSelect[object]:
        return sa.select(column).where(models.c.version_id == versions.c.id).scalar_subquery()

    op.execute(
        sa.update(versions)
        .where(versions.c.id.in_(sa.select(models.c.version_id)))
        .values(name=of_model(models.c.name), number=of_model(models.c.number))
    )


def _keep_sources() -> None:
    """Keep of a model's version only where it comes from."""
    kept = ("version_id", "name", "job_id", "metric", "metric_value", "lineage")
    old = sa.table("catalog_models", *map(sa.column, kept))
    rows = [dict(row) for row in op.get_bind().execute(sa.select(old)).mappings()]
    # Made anew under its name: what changes most is its primary key, which SQLite cannot alter, and
    # PostgreSQL would not let two tables have constraints of the same name.
    op.drop_table("catalog_models")
    made = op.create_table(
        "catalog_models",
        sa.Column("version_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("metric", sa.String(length=64), nullable=True),
        sa.Column("metric_value", sa.String(length=32), nullable=True),
        sa.Column("lineage", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_catalog_models")),
        sa.UniqueConstraint("job_id", "name", name=op.f("uq_catalog_models_job_id_name")),
    )
    if rows:
        op.bulk_insert(made, rows)
