"""Where a command writes: data on standard output, words on standard error, colours on a terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from hubkin.cli.parser import UsageError, suggestion
from hubkin.fmt import width
from hubkin.i18n import _, listed
from hubkin.seemly import seemly

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a list: its key for ``--columns``, its title, and how a row shows in it."""

    key: str
    title: str
    show: Callable[[Row], str]


@dataclass
class Output:
    """Two streams and the form that was asked for: ``text``, ``json``, ``jsonl`` or ``ids``."""

    out: TextIO
    err: TextIO
    form: str = "text"
    columns: tuple[str, ...] = ()

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees standard output as it comes."""
        return self.out.isatty()

    @property
    def has_colour(self) -> bool:
        """Whether colours may be used (https://no-color.org)."""
        return self.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def write(self, text: str = "") -> None:
        """One line of data."""
        self.out.write(text + "\n")
        self.out.flush()

    def say(self, text: str) -> None:
        """One line for a person."""
        self.err.write(text + "\n")
        self.err.flush()

    def json(self, value: Any) -> None:
        """One value as JSON: indented for ``--json``, on one line for ``--jsonl``."""
        indent = None if self.form == "jsonl" else 2
        self.write(json.dumps(value, ensure_ascii=False, indent=indent))

    def one(self, row: Row, text: Callable[[], str], *, id_key: str = "id") -> None:
        """One thing, in the form that was asked for."""
        if self.form in ("json", "jsonl"):
            self.json(row)
        elif self.form == "ids":
            self.write(str(row[id_key]))
        else:
            self.write(text())

    def each(self, rows: Iterable[Row], text: Callable[[Row], str], *, id_key: str = "id") -> None:
        """Several things that are no table, each as soon as it is there; ``--json`` has all in one object."""
        if self.form == "json":
            self.json({"items": list(rows)})
            return
        for row in rows:
            self.one(row, lambda row=row: text(row), id_key=id_key)  # type: ignore[misc]

    def many(
        self,
        rows: Iterable[Row],
        columns: tuple[Column, ...],
        *,
        id_key: str = "id",
        empty: str = "",
        more: Row | None = None,
    ) -> None:
        """A list, in the form that was asked for; `more` is added to the object of ``--json``."""
        if self.form == "jsonl":
            for row in rows:
                self.json(row)
        elif self.form == "json":
            self.json({"items": list(rows), **(more or {})})
        elif self.form == "ids":
            for row in rows:
                self.write(str(row[id_key]))
        else:
            self._table(list(rows), self._chosen(columns), empty)

    def _chosen(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        if not self.columns:
            return columns
        by_key = {column.key: column for column in columns}
        for key in self.columns:
            if key not in by_key:
                text = _("There is no column '{key}'; there are {known}.")
                raise UsageError(text.format(key=key, known=listed(by_key)) + suggestion(key, by_key))
        return tuple(by_key[key] for key in self.columns)

    def _table(self, rows: list[Row], columns: tuple[Column, ...], empty: str) -> None:
        if not rows:
            self.say(empty)
            return
        titles = [_(column.title) for column in columns]
        cells = [[seemly(column.show(row)) for column in columns] for row in rows]
        measured = [titles, *cells] if self.is_terminal else cells  # a pipe gets no titles
        widths = [max(map(width, column)) for column in zip(*measured)]
        if self.is_terminal:
            self.write(self._line(titles, widths, bold=True))
        for line in cells:
            self.write(self._line(line, widths))

    def _line(self, cells: list[str], widths: list[int], *, bold: bool = False) -> str:
        padded = [cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths)]
        line = "  ".join(padded).rstrip()
        return f"\x1b[1m{line}\x1b[0m" if bold and self.has_colour else line
