"""Insert what is not there yet: the constraint decides, not a look beforehand.

One of the few places that know the dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table

from hubkin_kit.database import Transaction


def insert_new(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose keys are free and leave those that are taken as they are.

    Which rows went in is not reported, since no two databases agree on how: read them back, and recognise
    your own by an id that you put in.
    """
    if not rows:
        return
    # Each dialect costs a tenth of a second to import: only the one in use is.
    name = tx.connection.dialect.name
    if name == "sqlite":
        from sqlalchemy.dialects import sqlite

        tx.execute(sqlite.insert(table).on_conflict_do_nothing(), list(rows))
    elif name == "postgresql":
        from sqlalchemy.dialects import postgresql

        tx.execute(postgresql.insert(table).on_conflict_do_nothing(), list(rows))
    else:
        from sqlalchemy.dialects import mysql

        # INSERT IGNORE would turn every other complaint into a warning as well.
        key = next(iter(table.primary_key.columns))
        tx.execute(mysql.insert(table).on_duplicate_key_update({key.name: key}), list(rows))
