"""Reads a command line against a declared command; small, quick to import, and it speaks both languages.

``-x``, ``--name value``, ``--name=value``, short flags together (``-qy``), and what follows ``--`` untouched.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hubkin.i18n import _, gap, listed


class UsageError(Exception):
    """The command line is wrong; exit code 2."""


@dataclass(frozen=True)
class Option:
    """One option.  Without a ``value`` it is a flag; ``many`` collects repetitions in a list."""

    flags: tuple[str, ...]
    help: str
    value: str = ""
    many: bool = False
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The key in the parsed arguments: the long flag with underscores."""
        return self.flags[-1].lstrip("-").replace("-", "_")


@dataclass(frozen=True)
class Argument:
    """One positional argument; ``many`` takes what is left, ``rest`` takes what follows ``--``."""

    name: str
    help: str
    optional: bool = False
    many: bool = False
    rest: bool = False


@dataclass(frozen=True)
class Command:
    """One command: what it says about itself, what it takes, and where it is done (``module:function``)."""

    name: str
    summary: str
    run: str
    group: str
    examples: tuple[tuple[str, str], ...] = ()
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    hidden: bool = False


@dataclass
class Parsed:
    """What was on the command line, by name."""

    values: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Options and arguments read as attributes; absent ones are `None`, an empty list or `False`."""
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def parse(command: Command, words: list[str], common: tuple[Option, ...]) -> Parsed:
    """Read the words after the command's name.

    Raises:
        UsageError: With a sentence, in the language in force.
    """
    options = (*command.options, *common)
    by_flag = {flag: option for option in options for flag in option.flags}
    parsed = Parsed(
        {option.name: [] if option.many else (None if option.value else False) for option in options}
    )
    words, rest = _split_rest(command, words)
    loose: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            loose += queue
            break
        if word.startswith("-") and word != "-":
            _take_option(word, queue, by_flag, parsed)
        else:
            loose.append(word)
    _take_arguments(command, loose, rest, parsed)
    return parsed


def suggestion(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'stop'?`` with a space before it, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return gap() + _("Did you mean '{word}'?").format(word=close[0]) if close else ""


def _split_rest(command: Command, words: list[str]) -> tuple[list[str], list[str] | None]:
    if "--" in words and any(argument.rest for argument in command.arguments):
        cut = words.index("--")
        return words[:cut], words[cut + 1 :]
    return words, None


def _take_option(word: str, queue: list[str], by_flag: dict[str, Option], parsed: Parsed) -> None:
    flag, equals, inline = word.partition("=") if word.startswith("--") else (word, "", "")
    if flag not in by_flag and not flag.startswith("--") and len(flag) > 2:
        head, tail = flag[:2], flag[2:]
        option = by_flag.get(head)
        if option is not None and option.value:
            flag, equals, inline = head, "=", tail  # -n5
        elif option is not None:
            queue.insert(0, "-" + tail)  # -qy
            flag = head
    option = by_flag.get(flag)
    if option is None:
        raise UsageError(_("There is no option {flag}.").format(flag=flag) + suggestion(flag, by_flag))
    if not option.value:
        if equals:
            raise UsageError(_("{flag} takes no value.").format(flag=flag))
        parsed.values[option.name] = True
        return
    if not equals:
        if not queue or (queue[0].startswith("--") and queue[0] != "-"):
            raise UsageError(_("{flag} needs a value: {flag} {value}.").format(flag=flag, value=option.value))
        inline = queue.pop(0)
    if option.choices and inline not in option.choices:
        known = listed(option.choices)
        text = _("{flag} can be {known}; not '{value}'.").format(flag=flag, known=known, value=inline)
        raise UsageError(text + suggestion(inline, option.choices))
    if option.many:
        parsed.values[option.name].append(inline)
    else:
        parsed.values[option.name] = inline


def _take_arguments(command: Command, loose: list[str], rest: list[str] | None, parsed: Parsed) -> None:
    for argument in command.arguments:
        if argument.rest:
            parsed.values[argument.name] = rest
        elif argument.many:
            parsed.values[argument.name], loose = loose, []
            if not parsed.values[argument.name] and not argument.optional:
                raise UsageError(_missing(command, argument))
        elif loose:
            parsed.values[argument.name] = loose.pop(0)
        elif argument.optional:
            parsed.values[argument.name] = None
        else:
            raise UsageError(_missing(command, argument))
    if loose:
        raise UsageError(
            _("'{word}' is one word too many for `hubkin {name}`.").format(word=loose[0], name=command.name)
        )


def _missing(command: Command, argument: Argument) -> str:
    return _("`hubkin {name}` needs {argument}.").format(name=command.name, argument=argument.name.upper())
