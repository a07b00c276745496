"""Runs one command line; called by the terminal (`main`) and by the ``%hubkin`` magic (`run`)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from typing import TextIO

from hubkin.cli import help as helping
from hubkin.cli.context import Context
from hubkin.cli.failures import exit_code_of
from hubkin.cli.output import Output
from hubkin.cli.parser import Command, Option, UsageError, parse, suggestion
from hubkin.cli.tree import COMMON, EVERY, VERBS, command_named
from hubkin.i18n import _, use_language
from hubkin.transport import ProblemError, Unreachable

OK, ERROR, USAGE = 0, 1, 2


def main() -> None:
    """The ``hubkin`` program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a terminal in another encoding still gets the rest
    try:
        code = run(sys.argv[1:], stdin=sys.stdin)
        sys.stdout.flush()
    except BrokenPipeError:  # `hubkin logs | head`
        sys.stdout = None  # nothing is left to flush at exit
        code = OK
    sys.exit(code)


def run(
    argv: list[str], out: TextIO | None = None, err: TextIO | None = None, stdin: TextIO | None = None
) -> int:
    """Run one command line and return its exit code (``interfaces.md`` 3.3 lists them).

    Without `stdin` nothing is ever asked.
    """
    output = Output(out or sys.stdout, err or sys.stderr)
    with use_language(_asked_language(argv)):
        try:
            return _run(argv, output, stdin)
        except UsageError as error:
            if form := _asked_form(argv):
                output.form = form
                output.json({"error": {"code": "usage", "detail": str(error)}})
            output.say(str(error))
            output.say(_("Help: {command}").format(command=_help_of(argv)))
            return USAGE


def _run(argv: list[str], output: Output, stdin: TextIO | None) -> int:
    words = _without_common_before(argv)
    if not words or words[0] in ("-h", "--help", "help"):
        topic, _rest = _resolve(words[1:]) if words[1:] else (None, [])
        if topic is None and words[1:]:
            raise UsageError(_no_command(words[1], (command.name for command in EVERY)))
        output.write(helping.of_command(topic) if topic else helping.overview())
        return OK if words else USAGE
    if words[0] in ("-V", "--version", "version"):
        from hubkin import __version__

        output.write(f"hubkin {__version__}")
        return OK
    command, rest = _resolve(words)
    verbs = _verbs_of(words)
    if verbs and words[1] not in verbs:
        raise UsageError(_no_command(" ".join(words[:2]), [f"{words[0]} {verb}" for verb in verbs]))
    if command is not None and _wants_help(command, rest):
        output.write(helping.of_command(command))
        return OK
    if command is None or not command.run:
        return _command_elsewhere(words, output)
    parsed = parse(command, rest, COMMON)
    output.form = _form(parsed.values)
    output.columns = tuple((parsed.columns or "").split(",")) if parsed.columns else ()
    context = Context(parsed, output, stdin=None if parsed.no_input else stdin)
    module, _colon, function = command.run.partition(":")
    try:
        code: int = getattr(importlib.import_module(module), function)(context)
    except KeyboardInterrupt:
        output.say("")
        output.say(context.farewell or _("Stopped."))
        return 130
    except BrokenPipeError:  # whoever reads has read enough: `main` ends quietly
        raise
    except (ProblemError, Unreachable, OSError, RuntimeError, ValueError) as error:
        return exit_code_of(error, context)
    finally:
        context.close()
    return code


def _resolve(words: list[str]) -> tuple[Command | None, list[str]]:
    """The command and the words after its name; noun and verb may be given as in REST."""
    if tuple(words[:2]) in VERBS:
        return command_named(VERBS[words[0], words[1]]), words[2:]
    return command_named(words[0]), words[1:]


def _verbs_of(words: list[str]) -> list[str]:
    """What can be done with a noun, where a word follows it that should be one of these."""
    if len(words) < 2 or words[1].startswith("-"):
        return []
    return [verb for noun, verb in VERBS if noun == words[0]]


def _command_elsewhere(words: list[str], output: Output) -> int:
    """A command of another package (entry points ``hubkin.cli``: name → function of the words after it)."""
    from importlib.metadata import entry_points

    found = {point.name: point for point in entry_points(group="hubkin.cli")}
    name = words[0]
    if name in found:
        code = found[name].load()(words[1:])
        return int(code or OK)
    if command_named(name):
        output.say(_("`hubkin {name}` comes with the platform:").format(name=name))
        output.say("  pip install 'hubkin-platform[up]'")
        return USAGE
    raise UsageError(_no_command(name, [*(command.name for command in EVERY), *found]))


def _no_command(name: str, known: Iterable[str]) -> str:
    return _("There is no command '{name}'.").format(name=name) + suggestion(name, known)


def _wants_help(command: Command, rest: list[str]) -> bool:
    if "--" in rest:
        rest = rest[: rest.index("--")]
    takes_value = {flag for option in command.options if option.value for flag in option.flags}
    return any(
        word in ("-h", "--help") for word, before in zip(rest, ["", *rest]) if before not in takes_value
    )


def _form(values: dict[str, object]) -> str:
    for name, form in (("json", "json"), ("jsonl", "jsonl"), ("quiet", "ids")):
        if values[name]:
            return form
    return "text"


def _asked_language(argv: list[str]) -> str | None:
    """``--lang`` is needed before anything is said, the parser's own sentences included."""
    for word, following in zip(argv, [*argv[1:], ""]):
        if word == "--":
            return None
        if word == "--lang" and following:
            return following
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return None


def _without_common_before(argv: list[str]) -> list[str]:
    """``hubkin --lang zh jobs`` is ``hubkin jobs --lang zh``."""
    moved: list[str] = []
    words = list(argv)
    flags: dict[str, Option] = {flag: option for option in COMMON for flag in option.flags}
    while words and words[0].partition("=")[0] in flags and words[0] not in ("-h", "--help"):
        word = words.pop(0)
        moved.append(word)
        if flags[word.partition("=")[0]].value and "=" not in word and words:
            moved.append(words.pop(0))
    if not words:
        return []
    name = 2 if _verbs_of(words) else 1
    return [*words[:name], *moved, *words[name:]]


def _asked_form(argv: list[str]) -> str | None:
    words = argv[: argv.index("--")] if "--" in argv else argv
    return next((form for form in ("json", "jsonl") if f"--{form}" in words), None)


def _help_of(argv: list[str]) -> str:
    words = _without_common_before(argv)
    command, _rest = _resolve(words) if words else (None, [])
    return f"hubkin {command.name} --help" if command else "hubkin --help"
