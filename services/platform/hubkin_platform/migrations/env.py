"""How alembic runs: on the connection that it is given, with every package's tables."""

import hubkin_platform.app  # noqa: F401 - imports every package, and so registers its tables
from alembic import context
from hubkin_kit.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
