"""Insert many rows fast, and insert what is not there yet: the constraint decides, not a look beforehand.

One of the few places that know the dialect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Table, insert

from hubkin_kit.database import Transaction


def insert_all(tx: Transaction, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that have the same columns, in order.

    The statement is compiled once and the rows go to the driver as they are, at two thirds of the price of
    SQLAlchemy's own way: our columns are texts, numbers and truths, so nothing has to be converted, and none
    has a default in Python (`tests/repo/test_tables.py` looks).
    """
    if not rows:
        return
    text, names = _insertion(tx.connection.dialect, table, tuple(rows[0]))
    if names is None:
        tx.connection.exec_driver_sql(text, [dict(row) for row in rows])
    else:
        tx.connection.exec_driver_sql(text, [tuple([row[name] for name in names]) for row in rows])


@lru_cache(maxsize=512)
def _insertion(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> tuple[str, list[str] | None]:
    """The statement, and the order of its values where the driver counts them."""
    compiled = insert(table).compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), compiled.positiontup


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
