"""The tables of the first release.  Written by tools/first_migration.py."""

import sqlalchemy as sa
from alembic import op
from hubkin_kit.columns import PathText

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "billing_accounts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("balance_micros", sa.BigInteger(), nullable=False),
        sa.Column("held_micros", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_accounts")),
        sa.UniqueConstraint("owner_id", name=op.f("uq_billing_accounts_owner_id")),
    )
    op.create_table(
        "billing_entries",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("balance_after_micros", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_entries")),
        sa.UniqueConstraint(
            "transaction_id", "account_id", name=op.f("uq_billing_entries_transaction_id_account_id")
        ),
    )
    op.create_index("ix_billing_entries_month", "billing_entries", ["account_id", "at"], unique=False)
    op.create_index("ix_billing_entries_page", "billing_entries", ["account_id", "id"], unique=False)
    op.create_table(
        "billing_holds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("open_subject", sa.String(length=64), nullable=True),
        sa.Column("remaining_micros", sa.BigInteger(), nullable=False),
        sa.Column("per_hour_micros", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_holds")),
        sa.UniqueConstraint("open_subject", name=op.f("uq_billing_holds_open_subject")),
    )
    op.create_index("ix_billing_holds_open", "billing_holds", ["account_id", "settled_at"], unique=False)
    op.create_index(op.f("ix_billing_holds_subject"), "billing_holds", ["subject"], unique=False)
    op.create_table(
        "billing_tariffs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("profile", sa.String(length=63), nullable=False),
        sa.Column("micros_per_unit_hour", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_tariffs")),
        sa.UniqueConstraint("profile", "from_at", name=op.f("uq_billing_tariffs_profile_from_at")),
    )
    op.create_table(
        "billing_transactions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("meter", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_transactions")),
        sa.UniqueConstraint("key", name=op.f("uq_billing_transactions_key")),
    )
    op.create_index(
        op.f("ix_billing_transactions_subject"), "billing_transactions", ["subject"], unique=False
    )
    op.create_table(
        "billing_usage_records",
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("replica", sa.String(length=80), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("meter", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("tariff_id", sa.String(length=64), nullable=False),
        sa.Column("charge_micros", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "replica", "n", name=op.f("pk_billing_usage_records")),
    )
    op.create_index(
        op.f("ix_billing_usage_records_subject"), "billing_usage_records", ["subject"], unique=False
    )
    op.create_table(
        "catalog_aliases",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("alias", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "name", "alias", name=op.f("pk_catalog_aliases")),
    )
    op.create_table(
        "catalog_claims",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "digest", name=op.f("pk_catalog_claims")),
    )
    op.create_table(
        "catalog_files",
        sa.Column("version_id", sa.String(length=64), nullable=False),
        sa.Column("path", PathText(length=1024), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "path", name=op.f("pk_catalog_files")),
    )
    op.create_table(
        "catalog_models",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("metric", sa.String(length=64), nullable=True),
        sa.Column("metric_value", sa.String(length=32), nullable=True),
        sa.Column("lineage", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_models")),
        sa.UniqueConstraint("job_id", "name", name=op.f("uq_catalog_models_job_id_name")),
        sa.UniqueConstraint("owner", "name", "number", name=op.f("uq_catalog_models_owner_name_number")),
    )
    op.create_table(
        "catalog_objects",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "digest", name=op.f("pk_catalog_objects")),
        sa.UniqueConstraint("key", name=op.f("uq_catalog_objects_key")),
    )
    op.create_table(
        "catalog_uploads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("declared_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_uploads")),
    )
    op.create_table(
        "catalog_versions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tree", sa.String(length=64), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_versions")),
    )
    op.create_index("ix_catalog_versions_owner_id", "catalog_versions", ["owner", "id"], unique=False)
    op.create_table(
        "jobs_attempts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("indices", sa.Text(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("stop_sent", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("metered_until", sa.BigInteger(), nullable=True),
        sa.Column("records", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_attempts")),
    )
    op.create_index("ix_jobs_attempts_job", "jobs_attempts", ["job_id", "number"], unique=True)
    op.create_index("ix_jobs_attempts_phase_id", "jobs_attempts", ["phase", "id"], unique=False)
    op.create_index("ix_jobs_attempts_pool_phase_id", "jobs_attempts", ["pool", "phase", "id"], unique=False)
    op.create_table(
        "jobs_chunks",
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("task", sa.String(length=63), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_gap", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "task", "idx", "offset", name=op.f("pk_jobs_chunks")),
    )
    op.create_table(
        "jobs_dependencies",
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("needs", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "needs", name=op.f("pk_jobs_dependencies")),
    )
    op.create_table(
        "jobs_jobs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("submitted_by", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("reason_params", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("capture", sa.Text(), nullable=True),
        sa.Column("kernel_id", sa.String(length=64), nullable=True),
        sa.Column("cell_digest", sa.String(length=64), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("code_version", sa.String(length=64), nullable=True),
        sa.Column("backend", sa.String(length=16), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("profile", sa.String(length=63), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("replicas", sa.Integer(), nullable=False),
        sa.Column("tariff_id", sa.String(length=64), nullable=True),
        sa.Column("micros_per_hour", sa.BigInteger(), nullable=False),
        sa.Column("cap_micros", sa.BigInteger(), nullable=True),
        sa.Column("duration_seconds", sa.BigInteger(), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("stop_signal", sa.String(length=16), nullable=False),
        sa.Column("hold_id", sa.String(length=64), nullable=True),
        sa.Column("charged_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("warned_at", sa.BigInteger(), nullable=True),
        sa.Column("end_state", sa.String(length=16), nullable=True),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.Column("end_params", sa.Text(), nullable=True),
        sa.Column("progress", sa.Text(), nullable=True),
        sa.Column("latest", sa.Text(), nullable=True),
        sa.Column("model", sa.String(length=128), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_jobs")),
    )
    op.create_index("ix_jobs_jobs_owner_id", "jobs_jobs", ["owner", "id"], unique=False)
    op.create_index("ix_jobs_jobs_owner_name", "jobs_jobs", ["owner", "name", "id"], unique=False)
    op.create_index("ix_jobs_jobs_owner_state_id", "jobs_jobs", ["owner", "state", "id"], unique=False)
    op.create_index("ix_jobs_jobs_state_id", "jobs_jobs", ["state", "id"], unique=False)
    op.create_table(
        "jobs_outputs",
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("path", PathText(length=1024), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "idx", "path", name=op.f("pk_jobs_outputs")),
    )
    op.create_table(
        "jobs_plans",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_plans")),
    )
    op.create_index(op.f("ix_jobs_plans_expires_at"), "jobs_plans", ["expires_at"], unique=False)
    op.create_table(
        "jobs_points",
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("step", sa.Float(), nullable=True),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "idx", "name", "n", name=op.f("pk_jobs_points")),
    )
    op.create_table(
        "jobs_replicas",
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("task", sa.String(length=63), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("signal", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=32), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("rss_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("attempt_id", "task", "idx", name=op.f("pk_jobs_replicas")),
    )
    op.create_table(
        "jobs_streams",
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("task", sa.String(length=63), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("log_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("report_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outputs_at", sa.BigInteger(), nullable=True),
        sa.Column("skipped", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("attempt_id", "task", "idx", name=op.f("pk_jobs_streams")),
    )
    op.create_table(
        "kit_cursors",
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_kit_cursors")),
    )
    op.create_table(
        "kit_idempotency",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_kit_idempotency")),
    )
    op.create_index(op.f("ix_kit_idempotency_at"), "kit_idempotency", ["at"], unique=False)
    op.create_table(
        "kit_journal",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=64), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_journal")),
        sa.UniqueConstraint("seq", name=op.f("uq_kit_journal_seq")),
    )
    op.create_index("ix_kit_journal_owner_seq", "kit_journal", ["owner", "seq"], unique=False)
    op.create_table(
        "kit_leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_kit_leases")),
    )
    op.create_table(
        "records_deliveries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hook_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=300), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_deliveries")),
        sa.UniqueConstraint("hook_id", "seq", name=op.f("uq_records_deliveries_hook_id_seq")),
    )
    op.create_index("ix_records_deliveries_due_at", "records_deliveries", ["due_at"], unique=False)
    op.create_table(
        "records_hooks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=2048), nullable=False),
        sa.Column("moments", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_hooks")),
    )
    op.create_index(op.f("ix_records_hooks_owner"), "records_hooks", ["owner"], unique=False)
    op.create_table(
        "records_seals",
        sa.Column("to_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("to_seq", name=op.f("pk_records_seals")),
    )
    op.create_table(
        "resources_pools",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("label_zh", sa.String(length=120), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("total_units", sa.Integer(), nullable=False),
        sa.Column("backend", sa.String(length=32), nullable=False),
        sa.Column("devices", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_resources_pools")),
    )
    op.create_table(
        "resources_profiles",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("label_zh", sa.String(length=120), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("accelerator", sa.String(length=120), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("cpu", sa.Integer(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("notebook", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_resources_profiles")),
    )
    op.create_table(
        "resources_units",
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("unit", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pool", "unit", name=op.f("pk_resources_units")),
    )
    op.create_index(op.f("ix_resources_units_holder"), "resources_units", ["holder"], unique=False)
    op.create_table(
        "servers_servers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("spawn_id", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), server_default="", nullable=False),
        sa.Column("profile", sa.String(length=63), nullable=False),
        sa.Column("pool", sa.String(length=63), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("indices", sa.Text(), nullable=False),
        sa.Column("tariff_id", sa.String(length=64), nullable=False),
        sa.Column("micros_per_hour", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.String(length=64), nullable=True),
        sa.Column("charged_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=True),
        sa.Column("start_time", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("metered_until", sa.BigInteger(), nullable=True),
        sa.Column("records", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servers_servers")),
        sa.UniqueConstraint("spawn_id", name=op.f("uq_servers_servers_spawn_id")),
    )
    op.create_index("ix_servers_servers_owner_id", "servers_servers", ["owner", "id"], unique=False)
    op.create_index("ix_servers_servers_state", "servers_servers", ["state"], unique=False)
    op.create_table(
        "users_entitlements",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", "name", "source", name=op.f("pk_users_entitlements")),
    )
    op.create_table(
        "users_groups",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hub", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users_groups")),
        sa.UniqueConstraint("hub", "name", name=op.f("uq_users_groups_hub_name")),
    )
    op.create_table(
        "users_memberships",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=True),
        sa.Column("open_key", sa.String(length=130), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users_memberships")),
        sa.UniqueConstraint("open_key", name=op.f("uq_users_memberships_open_key")),
    )
    op.create_index("ix_users_memberships_user", "users_memberships", ["user_id", "until_at"], unique=False)
    op.create_table(
        "users_preferences",
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("last_profile", sa.String(length=63), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users_preferences")),
    )
    op.create_table(
        "users_roles",
        sa.Column("hub", sa.String(length=64), nullable=False),
        sa.Column("group_name", sa.String(length=255), nullable=False),
        sa.Column("user_name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("hub", "group_name", "user_name", name=op.f("pk_users_roles")),
    )
    op.create_table(
        "users_users",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hub", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("hub_created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("active_name", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users_users")),
        sa.UniqueConstraint("hub", "active_name", name=op.f("uq_users_users_hub_active_name")),
        sa.UniqueConstraint(
            "hub", "name", "hub_created_at", name=op.f("uq_users_users_hub_name_hub_created_at")
        ),
    )
