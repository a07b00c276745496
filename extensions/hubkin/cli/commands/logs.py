"""``hubkin logs``: what the replicas printed, merged by time."""

from __future__ import annotations

from hubkin import fmt, live
from hubkin.card import FINAL
from hubkin.cli.commands.waiting import detached_text
from hubkin.cli.context import Context
from hubkin.i18n import _
from hubkin.seemly import seemly, seemly_line


def logs(context: Context) -> int:
    """Print the output; with ``-f`` until the job ends."""
    arguments, output = context.arguments, context.output
    replica = context.number("replica", such_as=1, least=0)
    tail = context.number("tail", such_as=100)
    row = context.job(arguments.job)
    many = len(row["replicas"]) > 1 or row["spec"].get("replicas", 1) > 1
    if arguments.follow:
        context.farewell = detached_text(row["name"])
    found = False
    lines = live.lines(
        context.transport,
        row["id"],
        follow=arguments.follow,
        replica=replica,
        tail=tail,
        deadline=context.deadline,
        on_gap=lambda text: output.say(seemly(text)),
    )
    if output.form in ("json", "jsonl"):
        rows = ({"replica": line.replica, "at": line.at, "text": line.text} for line in lines)
        if arguments.follow:
            output.form = "jsonl"  # a stream has no one object
        output.many(rows, ())
        return 0
    for line in lines:
        found = True
        rank = f"[{line.replica}] " if many and arguments.replica is None else ""
        time = f"{fmt.moment(line.at)} " if arguments.times else ""
        output.write(f"{time}{rank}{_text(line.text, colour=output.has_colour)}")
    if not found:
        ended = row["state"] in FINAL or arguments.follow
        output.say(_("Nothing was printed.") if ended else _("Nothing was printed yet."))
    return 0


def _text(text: str, *, colour: bool) -> str:
    """One line for this output: a progress bar is shown as its last state."""
    line = seemly_line(text.rstrip("\r\n").rpartition("\r")[2], colour=colour)
    # Colours of the user's own program may pass to a terminal, and end with their line.
    return line + "\x1b[0m" if "\x1b" in line else line
