"""``hubkin submit``: a job file, or a command after ``--``; it takes no GPU that was not asked for."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from hubkin import card
from hubkin.cli.commands.jobs import submitted_text
from hubkin.cli.commands.waiting import wait_for
from hubkin.cli.context import Context
from hubkin.cli.failures import OK, USAGE
from hubkin.cli.parser import UsageError
from hubkin.i18n import _
from hubkin.reference import named
from hubkin.seemly import seemly
from hubkin.session import new_key
from hubkin.submission import Submission, prepare, send_code


def submit(context: Context) -> int:
    """Plan, ask where the platform wants it, submit, and wait if asked."""
    arguments, output = context.arguments, context.output
    submission = _prepared(context)
    origin = {"kind": "cli"}
    if arguments.dry_run:
        body = {"spec": submission.spec, "origin": origin}
        plan = context.post("/jobs", body, query={"dry_run": "true"}, key=new_key())
        output.one(plan, lambda: plan_text(plan))
        return OK
    submission = send_code(context.transport, submission)
    for note in submission.notes:
        output.say(seemly(note))
    body = {"spec": submission.spec, "origin": origin}
    if not arguments.yes and not arguments.idempotency_key:
        plan = context.post("/plans", body)
        if plan["confirm"] and not _agreed(context, plan):
            return USAGE
        for warning in plan["warnings"] if not plan["confirm"] else ():
            output.say(seemly(warning["text"]))
    row = context.post("/jobs", body, key=arguments.idempotency_key or new_key())
    output.one(row, lambda: submitted_text(row))
    return wait_for(context, row) if arguments.wait else OK


def plan_text(plan: dict[str, Any]) -> str:
    """The plan in words."""
    return "\n".join(seemly(line) for line in card.plan_lines(plan))


def _prepared(context: Context) -> Submission:
    arguments = context.arguments
    if bool(arguments.file) == bool(arguments.command):
        raise UsageError(
            _("Give a job file, or a command after --, such as: hubkin submit -- python train.py")
        )
    changes: dict[str, Any] = {
        "name": arguments.name,
        "gpu": _gpu(arguments.gpu),
        "cpu": context.number("cpu", such_as=4),
        "memory": arguments.memory,
        "replicas": context.number("replicas", such_as=2),
        "max": arguments.max,
        "cost": arguments.cost,
        "env": _pairs(arguments.env, "--env"),
        "data": named(arguments.data),
        "models": named(arguments.use_model),
        "after": arguments.after,
        "owner": arguments.owner,
    }
    code: str | bool | None = False if arguments.no_code else arguments.code
    if arguments.command:
        changes["run"] = _line(arguments.command)
        code = "." if code is None else code
    params = {name: _typed(value) for name, value in _pairs(arguments.param, "--param").items()}
    submission = prepare(arguments.file, params=params, code=code, **changes)
    owner = context.config.owner.value
    if owner and "owner" not in submission.spec:
        submission.spec["owner"] = owner
    if "name" not in submission.spec:
        submission.spec["name"] = _name(arguments)
    return submission


def _line(words: list[str]) -> str:
    """Return what the shell of the job is to run: words as they came, or one text that is a line itself."""
    is_line = len(words) == 1 and not Path(words[0]).exists()
    return words[0] if is_line else shlex.join(words)


def _agreed(context: Context, plan: dict[str, Any]) -> bool:
    context.output.say(plan_text(plan))
    if context.confirms(_("Submit it?")):
        return True
    context.output.say(_("Nothing was submitted. To submit without being asked say -y."))
    return False


def _gpu(text: str | None) -> str | int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else text


def _pairs(words: list[str], flag: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(_("{flag} takes NAME=VALUE; not '{word}'.").format(flag=flag, word=word))
        pairs[name] = value
    return pairs


def _typed(text: str) -> Any:
    """A parameter as YAML would read it: ``1e-4`` is a number, ``true`` a boolean, the rest text."""
    from hubkin import yaml12

    try:
        value = yaml12.load(text)[0]
    except yaml12.NotYaml:
        return text
    return value if isinstance(value, (bool, int, float)) else text


def _name(arguments: Any) -> str:
    """A name for a job that has none: its file's, or its program's."""
    if arguments.file:
        base = Path(arguments.file).stem
    else:
        words = [word for text in arguments.command for word in text.split()] or ["job"]
        program = next((word for word in words if word.endswith((".py", ".sh"))), words[0])
        base = Path(program).stem
    slug = re.sub(r"[^a-z0-9-]+", "-", base.lower()).strip("-")[:60]
    return slug or "job"
