"""The first line of a ``%%train`` cell."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, NoReturn, Optional, Sequence, Tuple

from hubkin_magics.failures import BadOptions
from hubkin_magics.i18n import _, said

LAUNCHERS = ("none", "torchrun", "accelerate", "deepspeed", "mpirun", "msrun", "ray")


@dataclass(frozen=True)
class TrainOptions:
    """What the line asks for."""

    name: Optional[str] = None
    gpu: Optional[str] = None
    cpu: Optional[int] = None
    memory: Optional[str] = None
    shm: Optional[str] = None
    replicas: int = 1
    launcher: str = "none"
    data: Mapping[str, str] = field(default_factory=dict)
    use_models: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    duration: Optional[str] = None
    cost: Optional[str] = None
    owner: Optional[str] = None
    after: Tuple[str, ...] = ()
    keep: Tuple[str, ...] = ()
    model: Optional[str] = None
    best: Optional[str] = None
    grace: Optional[str] = None
    send: Tuple[str, ...] = ()
    include: Tuple[int, ...] = ()
    with_files: Tuple[str, ...] = ()
    code: Optional[str] = None
    bare: bool = False
    bind: Optional[str] = None
    yes: bool = False
    dry_run: bool = False
    again: bool = False
    replace: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadOptions(f"%%train: {message}")


def parse(line: str) -> Optional[TrainOptions]:
    """Read the line; None after ``--help`` was printed.

    Raises:
        BadOptions: With what is wrong, and what may have been meant.
    """
    parser = _parser()
    try:
        words = shlex.split(line, comments=False)
    except ValueError:
        raise BadOptions(said(_("%%train: a quotation mark is not closed."))) from None
    if "--help" in words or "-h" in words:
        print(help_text())
        return None
    try:
        found, unknown = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        raise BadOptions(_complaint(parser, error)) from None
    if unknown:
        raise BadOptions(_unknown(parser, unknown))
    return TrainOptions(
        name=found.name,
        gpu=found.gpu,
        cpu=found.cpu,
        memory=found.memory,
        shm=found.shm,
        replicas=found.replicas,
        launcher=found.launcher,
        data=_inputs(_split(found.data)),
        use_models=_inputs(_split(found.use_models)),
        params=_pairs("-p", found.params),
        env=_pairs("--env", found.env),
        duration=found.duration,
        cost=found.cost,
        owner=found.owner,
        after=_split(found.after),
        keep=_split(found.keep),
        model=found.model,
        best=found.best,
        grace=found.grace,
        send=_split(found.send),
        include=tuple(_number(word) for word in _split(found.include)),
        with_files=tuple(word for words in found.with_files for word in words),
        code=found.code,
        bare=found.bare,
        bind=_identifier(found.bind),
        yes=found.yes,
        dry_run=found.dry_run,
        again=found.again,
        replace=found.replace,
    )


def help_text() -> str:
    """Return every option with what it is for."""
    lines = ["%%train [NAME] [...]", "", said(_("Run this cell as a job.")), ""]
    for action in _parser()._actions:  # noqa: SLF001 - no public list
        name = ", ".join(action.option_strings) or "NAME"
        given = f" {action.metavar}" if action.metavar else ""
        lines.append(f"  {name + given:<28} {action.help}")
    return "\n".join(lines)


def flags() -> List[str]:
    """Return every option, for completion."""
    return [flag for action in _parser()._actions for flag in action.option_strings]  # noqa: SLF001 - no public list


def _parser() -> _Parser:
    parser = _Parser(prog="%%train", add_help=False, allow_abbrev=False, exit_on_error=False)
    add = parser.add_argument
    add("name", nargs="?", help=said(_("name of the job: small letters, digits and hyphens")))
    add("--gpu", metavar="PROFILE:UNITS", help=said(_("accelerators for each replica")))
    add("--cpu", type=_whole, metavar="CORES", help=said(_("processor cores for each replica")))
    add("--memory", metavar="SIZE", help=said(_("memory for each replica, e.g. 16GB")))
    add("--shm", metavar="SIZE", help=said(_("shared memory for each replica, e.g. 8GB")))
    add("--replicas", type=_whole, default=1, metavar="N", help=said(_("how many replicas start together")))
    add(
        "--launcher",
        default="none",
        choices=LAUNCHERS,
        help=said(_("what starts several processes in a replica")),
    )
    add(
        "--data",
        nargs="+",
        action="append",
        default=[],
        metavar="[NAME=]DATASET",
        help=said(_("datasets to read; those that hubkin.data names need not be said")),
    )
    add("--use-model", dest="use_models", nargs="+", action="append", default=[], metavar="[NAME=]MODEL",
        help=said(_("models to read")))  # fmt: skip
    add("-p", "--param", dest="params", nargs="+", action="append", default=[], metavar="NAME=VALUE",
        help=said(_("a parameter of main(), or of the literals that begin the cell")))  # fmt: skip
    add(
        "--env",
        nargs="+",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=said(_("environment variables")),
    )
    add("--max", dest="duration", metavar="TIME", help=said(_("time limit, e.g. 8h")))
    add("--cost", metavar="AMOUNT", help=said(_("most that the job may cost")))
    add("--owner", metavar="NAME", help=said(_("the group that owns and pays; otherwise you")))
    add(
        "--after",
        nargs="+",
        action="append",
        default=[],
        metavar="JOB",
        help=said(_("start when these jobs succeeded")),
    )
    add(
        "--keep",
        nargs="+",
        action="append",
        default=[],
        metavar="PATTERN",
        help=said(_("which outputs are kept")),
    )
    add("--model", metavar="NAME[:PATH]", help=said(_("register this output as a version of a model")))
    add("--best", metavar="'METRIC max'", help=said(_("which metric says how good the model is")))
    add("--grace", metavar="TIME", help=said(_("time to save before a stop, e.g. 10m")))
    add(
        "--send",
        nargs="+",
        action="append",
        default=[],
        metavar="NAME",
        help=said(_("send the value of a name")),
    )
    add(
        "--include",
        nargs="+",
        action="append",
        default=[],
        metavar="N",
        help=said(_("run the whole of In[N] as well")),
    )
    add("--with", dest="with_files", nargs="+", action="append", default=[], metavar="FILE",
        help=said(_("files and folders to take along")))  # fmt: skip
    add("--code", metavar="DIR", help=said(_("take this folder as the code folder")))
    add("--bare", action="store_true", help=said(_("take nothing from the notebook")))
    add("--as", dest="bind", metavar="NAME", help=said(_("name in the notebook for the job")))
    add("-y", "--yes", action="store_true", help=said(_("submit without asking")))
    add("--dry-run", action="store_true", help=said(_("only show the plan")))
    add("--again", action="store_true", help=said(_("run once more although the same cell is still running")))
    add("--replace", action="store_true", help=said(_("stop the job of the same cell first")))
    return parser


def _whole(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(
            said(_("'{word}' is not a whole number such as 2"), {"word": word})
        ) from None


def _complaint(parser: argparse.ArgumentParser, error: argparse.ArgumentError) -> str:
    """Say what argparse says, in the reader's language."""
    option = (error.argument_name or "").split("/")[0]
    told = {"option": option, "reason": error.message}
    if error.message.startswith("expected"):
        return said(_("%%train: {option} wants a value."), told)
    if error.message.startswith("invalid choice"):
        chosen = next(a for a in parser._actions if option in a.option_strings)  # noqa: SLF001
        return said(
            _("%%train: {option} is one of {choices}."), {**told, "choices": list(chosen.choices or ())}
        )
    return said(_("%%train: {option} is wrong: {reason}."), told)


def _unknown(parser: argparse.ArgumentParser, words: Sequence[str]) -> str:
    import difflib

    word = words[0]
    known = [flag for action in parser._actions for flag in action.option_strings]  # noqa: SLF001 - no public list
    near = difflib.get_close_matches(word.split("=")[0], known, n=1)
    if near:
        return said(_("%%train: there is no {word}. Did you mean {near}?"), {"word": word, "near": near[0]})
    return said(_("%%train: there is no {word}. %train --help lists what there is."), {"word": word})


def _split(groups: Sequence[Sequence[str]]) -> Tuple[str, ...]:
    return tuple(word for words in groups for part in words for word in part.split(",") if word)


def _pairs(option: str, groups: Sequence[Sequence[str]]) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for word in (word for words in groups for word in words):
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            told = {"option": option, "word": word}
            raise BadOptions(said(_("%%train: {option} wants NAME=VALUE, not '{word}'."), told))
        found[name] = value
    return found


def _inputs(words: Sequence[str]) -> Dict[str, str]:
    """Read ``imagenet@v3`` and ``train=lab/imagenet@v3``: the name in the job, and what it is."""
    from hubkin.reference import BadReference, named

    try:
        return named(list(words))
    except BadReference as error:
        raise BadOptions(f"%%train: {error}") from None


def _number(word: str) -> int:
    if not word.isdigit():
        raise BadOptions(
            said(_("%%train: --include wants the number of a cell, not '{word}'."), {"word": word})
        )
    return int(word)


def _identifier(word: Optional[str]) -> Optional[str]:
    import keyword

    if word is not None and (not word.isidentifier() or keyword.iskeyword(word) or word.startswith("_")):
        raise BadOptions(said(_("%%train: --as wants a Python name, not '{word}'."), {"word": word}))
    return word


def told(options: TrainOptions) -> Dict[str, Any]:
    """Return what makes two runs of a cell the same run: everything but how it was asked for."""
    import dataclasses

    asked = {"bind", "yes", "dry_run", "again", "replace"}
    return {name: value for name, value in dataclasses.asdict(options).items() if name not in asked}
