"""``hubkin watch``: the card in a terminal, drawn anew in its place; one line a change elsewhere."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from hubkin import card, fmt, live
from hubkin.cli.commands.waiting import detached_text, ending, trouble_text
from hubkin.cli.context import Context
from hubkin.fmt import width
from hubkin.seemly import seemly

BAR = 30


def watch(context: Context) -> int:
    """Watch until the job ends."""
    row = context.job(context.arguments.job)
    context.farewell = detached_text(row["name"])
    show = (
        _Drawing(context) if context.output.is_terminal and context.output.form == "text" else _Lines(context)
    )
    last = row
    for last in live.rows(
        context.transport,
        row,
        deadline=context.deadline,
        on_trouble=lambda error: context.output.say(trouble_text(error)),
    ):
        show.row(last)
    return ending(context, last)


class _Lines:
    """One line per change: for pipes, logs and programs."""

    def __init__(self, context: Context) -> None:
        self.output = context.output
        self.seen = ""

    def row(self, row: dict[str, Any]) -> None:
        if self.output.form in ("json", "jsonl"):
            self.output.form = "jsonl"  # a stream has no one object
            self.output.json(row)
            return
        if self.output.form == "ids":
            return
        line = " · ".join(part for part in (card.headline(row), card.progress_text(row)) if part)
        if line != self.seen:
            self.output.write(seemly(line))
        self.seen = line


class _Drawing:
    """A few lines that are overwritten in place."""

    def __init__(self, context: Context) -> None:
        self.output = context.output
        self.drawn = 0

    def row(self, row: dict[str, Any]) -> None:
        columns = _columns()
        lines = [_cut(seemly(line), columns) for line in _lines(_by_the_clock(row))]
        up = f"\x1b[{self.drawn}A" if self.drawn else ""
        body = "".join(f"\x1b[2K{line}\n" for line in lines)
        self.output.out.write(f"{up}{body}\x1b[J")
        self.output.out.flush()
        self.drawn = len(lines)


def _by_the_clock(row: dict[str, Any]) -> dict[str, Any]:
    """The row with how long the job has run by now, which the platform does not send every second."""
    if not row["started_at"] or row["finished_at"]:
        return row
    ran = datetime.now(timezone.utc) - fmt.parse_moment(row["started_at"])
    return {**row, "ran_seconds": max(0.0, ran.total_seconds())}


def _lines(row: dict[str, Any]) -> list[str]:
    lines = card.job_lines(row)
    progress = row.get("progress")
    if progress and progress.get("total"):
        filled = round(BAR * min(1.0, progress["done"] / progress["total"]))
        lines.insert(1, "▓" * filled + "░" * (BAR - filled))
    return lines


def _cut(line: str, columns: int) -> str:
    """A line that would wrap would be overwritten wrongly."""
    while width(line) >= columns:
        line = line[:-2] + "…"
    return line


def _columns() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns
