"""The help: two examples first, then what there is."""

from __future__ import annotations

from hubkin.cli.parser import Command, Option
from hubkin.cli.tree import COMMON, EVERY, GROUPS, common_of
from hubkin.fmt import width
from hubkin.i18n import N_, _

DOCS = "https://hubkin.dev/docs"

_EXAMPLES = (
    ("hubkin submit --gpu 1 -- python train.py", N_("this folder as a job on one GPU")),
    ("hubkin watch bert-7", N_("its live card; Ctrl-C leaves the job running")),
)


def overview() -> str:
    """``hubkin --help``."""
    parts = [_("hubkin: submit jobs, watch them, get their results"), "", *_examples(_EXAMPLES)]
    for group in GROUPS:
        rows = [(command.name, _(command.summary)) for command in EVERY if command.group == group]
        parts += ["", _(group), *_columns(rows)]
    parts += ["", _("For every command"), *_columns([_option(option) for option in COMMON])]
    parts += ["", _("More: `hubkin COMMAND --help` and {link}").format(link=DOCS)]
    return "\n".join(parts)


def of_command(command: Command) -> str:
    """``hubkin submit --help``."""
    parts = [_(command.summary), "", *_examples(command.examples), "", _("Usage"), "  " + usage(command)]
    if command.arguments:
        parts += [
            "",
            _("Arguments"),
            *_columns([(one.name.upper(), _(one.help)) for one in command.arguments]),
        ]
    if command.options:
        parts += ["", _("Options"), *_columns([_option(option) for option in command.options])]
    title = _("For every command") if common_of(command) is COMMON else _("For every command of this machine")
    parts += ["", title, *_columns([_option(option) for option in common_of(command)])]
    return "\n".join(parts)


def usage(command: Command) -> str:
    """``hubkin stop [options] JOBS…``."""
    words = ["hubkin", command.name, *([_("[options]")] if command.options else [])]
    for argument in command.arguments:
        word = argument.name.upper() + ("…" if argument.many else "")
        if argument.rest:
            word = f"-- {word}…"
        words.append(f"[{word}]" if argument.optional else word)
    return " ".join(words)


def _examples(examples: tuple[tuple[str, str], ...]) -> list[str]:
    return [_("Examples"), *_columns([(line, _(what)) for line, what in examples])]


def _option(option: Option) -> tuple[str, str]:
    text = _(option.help) + (_(" (may be repeated)") if option.many else "")
    return ", ".join(option.flags) + (f" {option.value}" if option.value else ""), text


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    wide = max((width(left) for left, _right in rows), default=0)
    return [f"  {left}{' ' * (wide - width(left))}  {right}" for left, right in rows]
