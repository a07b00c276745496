"""Writes the first migration from today's tables; to be run until the first release, and never after it."""

import subprocess
import sys
from pathlib import Path

import hubkin_platform.app  # noqa: F401 - imports every package, and so registers its tables
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from hubkin_kit.database import metadata
from hubkin_platform.schema import MIGRATIONS

FILE = MIGRATIONS / "versions" / "0001_first.py"
HEAD = '''"""The tables of the first release.  Written by tools/first_migration.py."""

import sqlalchemy as sa
from alembic import op
from hubkin_kit.columns import PathText

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    '''


def text() -> str:
    """Return the migration as it should be."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        made = produce_migrations(context, metadata).upgrade_ops
        assert made is not None
        body = render_python_code(made, migration_context=context)
    lines = [line for line in body.splitlines() if not line.strip().startswith("# ###")]
    return HEAD + "\n".join(lines).lstrip().replace("hubkin_kit.columns.", "") + "\n"


def main() -> int:
    """Write it."""
    FILE.write_text(text())
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(FILE)], check=True)
    print(f"first migration: {FILE.relative_to(Path.cwd())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
