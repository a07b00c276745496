"""Jobs, their attempts and replicas, plans, logs, curves and outputs."""

from __future__ import annotations

from hubkin_kit.columns import PathText
from hubkin_kit.database import metadata
from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

jobs = Table(
    "jobs_jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("submitted_by", String(64), nullable=False),
    Column("name", String(63), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("reason_params", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("capture", Text),
    Column("kernel_id", String(64)),
    Column("cell_digest", String(64)),
    Column("origin", Text),
    Column("code_version", String(64)),
    Column("inputs", Text),
    Column("backend", String(16), nullable=False),
    Column("pool", String(63), nullable=False),
    Column("profile", String(63), nullable=False),
    Column("units", Integer, nullable=False),
    Column("replicas", Integer, nullable=False),
    Column("tariff_id", String(64)),
    Column("micros_per_hour", BigInteger, nullable=False),
    Column("cap_micros", BigInteger),
    Column("duration_seconds", BigInteger),
    Column("grace_seconds", Integer, nullable=False),
    Column("stop_signal", String(16), nullable=False),
    Column("hold_id", String(64)),
    Column("charged_micros", BigInteger, nullable=False, server_default="0"),
    Column("attempt", Integer, nullable=False, server_default="1"),
    Column("submitted_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("deadline_at", BigInteger),
    Column("warned_at", BigInteger),
    Column("end_state", String(16)),
    Column("end_reason", String(32)),
    Column("end_params", Text),
    Column("progress", Text),
    Column("latest", Text),
    Column("model", String(128)),
    Column("revision", Integer, nullable=False, server_default="0"),
    Index("ix_jobs_jobs_owner_id", "owner", "id"),
    Index("ix_jobs_jobs_owner_state_id", "owner", "state", "id"),
    Index("ix_jobs_jobs_state_id", "state", "id"),
    Index("ix_jobs_jobs_owner_name", "owner", "name", "id"),
)

attempts = Table(
    "jobs_attempts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("job_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("pool", String(63), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("units", Integer, nullable=False),
    Column("indices", Text),
    Column("released_at", BigInteger),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("stop_sent", Boolean, nullable=False, server_default="0"),
    Column("metered_until", BigInteger),
    Column("records", Integer, nullable=False, server_default="0"),
    Index("ix_jobs_attempts_pool_phase_id", "pool", "phase", "id"),
    Index("ix_jobs_attempts_phase_id", "phase", "id"),
    Index("ix_jobs_attempts_job", "job_id", "number", unique=True),
)

dependencies = Table(
    "jobs_dependencies",
    metadata,
    Column("job_id", String(64), primary_key=True),
    Column("needs", String(64), primary_key=True),
)

replicas = Table(
    "jobs_replicas",
    metadata,
    Column("attempt_id", String(64), primary_key=True),
    Column("task", String(63), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("code", Integer),
    Column("signal", Integer),
    Column("reason", String(32), nullable=False, server_default=""),
    Column("message", Text, nullable=False, server_default=""),
    Column("pid", BigInteger),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("rss_bytes", BigInteger),
)

#: How far each replica's log, reports and outputs have come; written by agents, apart from the facts of
#: controllers.
streams = Table(
    "jobs_streams",
    metadata,
    Column("attempt_id", String(64), primary_key=True),
    Column("task", String(63), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("log_bytes", BigInteger, nullable=False, server_default="0"),
    Column("report_seq", BigInteger, nullable=False, server_default="0"),
    Column("outputs_at", BigInteger),
    Column("skipped", Text),
)

chunks = Table(
    "jobs_chunks",
    metadata,
    Column("attempt_id", String(64), primary_key=True),
    Column("task", String(63), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("is_gap", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
)

points = Table(
    "jobs_points",
    metadata,
    Column("attempt_id", String(64), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("step", Float),
    Column("value", Float, nullable=False),
    Column("at", BigInteger, nullable=False),
)

outputs = Table(
    "jobs_outputs",
    metadata,
    Column("attempt_id", String(64), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("path", PathText(1024), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("mode", String(4), nullable=False),
)

plans = Table(
    "jobs_plans",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("request", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("job_id", String(64)),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
