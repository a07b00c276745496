"""``hubkin logs``: what the replicas printed, merged by time."""

from __future__ import annotations

import re

from hubkin import fmt, live
from hubkin.card import FINAL
from hubkin.cli.commands.waiting import detached_text
from hubkin.cli.context import Context
from hubkin.i18n import _

#: Colours of the user's own program may pass to a terminal; what moves the cursor or sets titles may not.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")


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
        on_gap=lambda text: output.say(_plain(text)),
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
    text = text.rstrip("\r\n").rpartition("\r")[2]
    if not colour:
        return _plain(_ESCAPE.sub("", text))
    kept = _ESCAPE.sub(lambda found: found[0] if _COLOUR.fullmatch(found[0]) else "", text)
    parts = [_plain(part) for part in _COLOUR.split(kept)]
    codes = _COLOUR.findall(kept)
    reset = "\x1b[0m" if codes else ""
    return "".join(part + code for part, code in zip(parts, [*codes, reset]))


def _plain(text: str) -> str:
    return "".join(c for c in text if c == "\t" or c.isprintable())
