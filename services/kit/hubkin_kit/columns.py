"""Types of columns where databases differ, for tables and for migrations.

Everything is declared once, as `String`, `Text`, `Float`; how MariaDB says it is compiled here: what it calls
TEXT ends at 64 KiB, its FLOAT has seven digits, and its own idea of equal texts ignores case and spaces at
the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Dialect, Float, Integer, String, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

#: SQLite counts up only a column declared INTEGER.
Counter: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")

#: Texts are compared by their bytes, every one of them; a row may be as long as it needs.
MARIADB_TABLE = "ENGINE=InnoDB CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC"


class PathText(String):
    """A path that is part of a key, at most so many *bytes* long in UTF-8.

    MariaDB keeps 3072 bytes of a key and counts four for a character, so there its bytes are the column.
    They are read as text again here, and the driver writes text as those bytes anyway.
    """

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Make text of bytes where the column has bytes."""
        return _decode if dialect.name == "mariadb" else super().result_processor(dialect, coltype)


def _decode(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


@compiles(PathText, "mariadb")
def _path(column: PathText, _compiler: Any, **_: Any) -> str:
    return f"VARBINARY({column.length})"


@compiles(Text, "mariadb")
def _text(_column: Text, _compiler: Any, **_: Any) -> str:
    return "LONGTEXT"


@compiles(Float, "mariadb")
def _float(_column: Float[Any], _compiler: Any, **_: Any) -> str:
    return "DOUBLE"


@compiles(CreateTable, "mariadb")
def _table(table: CreateTable, compiler: Any, **options: Any) -> str:
    return f"{compiler.visit_create_table(table, **options).rstrip()} {MARIADB_TABLE}\n"
