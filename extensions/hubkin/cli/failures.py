"""From an error to a sentence and an exit code (``interfaces.md`` 3.3)."""

from __future__ import annotations

import json
from typing import Any

from hubkin.cli.context import Context
from hubkin.cli.parser import suggestion
from hubkin.errors import JobFailed, Missing, NotConnected, TimedOut
from hubkin.i18n import _
from hubkin.seemly import seemly
from hubkin.transport import ProblemError, Unreachable

OK, ERROR, USAGE, NOT_ALLOWED, NOT_FOUND, CONFLICT, MONEY, JOB_FAILED, TIMED_OUT, NETWORK = range(10)

_OF_STATUS = {
    400: USAGE,
    401: NOT_ALLOWED,
    402: MONEY,
    403: NOT_ALLOWED,
    404: NOT_FOUND,
    409: CONFLICT,
    412: CONFLICT,
    413: USAGE,
    422: USAGE,
    428: CONFLICT,
    429: MONEY,
}
#: Where the code says more than the status.
_OF_CODE = {"over_quota": MONEY, "user_limit": MONEY, "balance_low": MONEY, "key_reused": CONFLICT}


def exit_code_of(error: Exception, context: Context) -> int:
    """Say what went wrong, and how it ends.

    Raises:
        Exception: The same error, when it is a defect of ours and not something a person did.
    """
    output = context.output
    if isinstance(error, ProblemError) and not error.title and error.code == f"http_{error.status}":
        # No problem of ours: somebody else answers at this address.
        return _say_stranger(error, context)
    if isinstance(error, ProblemError):
        _say_problem(error, context)
        return _OF_CODE.get(
            error.code, _OF_STATUS.get(error.status, NETWORK if error.status >= 500 else ERROR)
        )
    code = _own_code(error)
    if code is None:
        raise error
    if output.form in ("json", "jsonl"):
        output.json({"error": {"code": getattr(error, "code", "error"), "detail": sentence_of(error)}})
    output.say(clean_lines(sentence_of(error)))
    return code


def sentence_of(error: Exception) -> str:
    """What an error says to a person."""
    if isinstance(error, FileNotFoundError):
        return _("There is no file {path}.").format(path=error.filename)
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, Unreachable) and error.is_silence:
        said = _("What listens at {url} does not answer. It may be very busy, or stuck.")
        return said.format(url=error.url)
    if isinstance(error, Unreachable):
        said = _("The platform at {url} cannot be reached: {reason}.").format(
            url=error.url, reason=error.reason
        )
        local = error.url.startswith(("http://127.0.0.1", "http://localhost"))
        return said + _(" To start it on this machine: hubkin up") if local else said
    return str(error)


def _own_code(error: Exception) -> int | None:
    from hubkin.config import BadConfig

    if isinstance(error, NotConnected):
        return NOT_ALLOWED
    if isinstance(error, Missing):
        return NOT_FOUND
    if isinstance(error, JobFailed):
        return JOB_FAILED
    if isinstance(error, Unreachable):
        return NETWORK
    if isinstance(error, (TimedOut, TimeoutError)):
        return TIMED_OUT
    code = str(getattr(error, "code", ""))
    if isinstance(error, BadConfig) or code in ("invalid", "bad_folder"):
        return USAGE
    if isinstance(error, FileNotFoundError):
        return USAGE
    if isinstance(error, OSError) or code:
        return ERROR
    return None


def _say_stranger(error: ProblemError, context: Context) -> int:
    said = _("What answers at {url} is not Hubkin (HTTP {status}). Is the address right? See: hubkin config")
    if error.status in (502, 503, 504):
        # Whoever stands before the platform says that it is not there.
        said = _(
            "The platform at {url} is not there just now (HTTP {status}): it starts, or has ended. Try again."
        )
    text = said.format(url=context.config.url.value, status=error.status)
    if context.output.form in ("json", "jsonl"):
        context.output.json({"error": {**_problem(error), "detail": text}})
    context.output.say(clean_lines(text))
    return NETWORK


def _say_problem(error: ProblemError, context: Context) -> None:
    output = context.output
    if output.form in ("json", "jsonl"):
        output.json({"error": _problem(error)})
    output.say(clean_lines(str(error)) + _meant(error, context))
    for field in error.errors:
        if field.get("detail") and field["detail"] != error.detail:
            line = _("line {n}: ").format(n=field["line"]) if field.get("line") else ""
            said = _("{field}: {what}").format(field=seemly(field["pointer"]), what=seemly(field["detail"]))
            output.say(f"  {line}{said}")
    for action in error.actions:
        output.say("  " + _("You can: {what}").format(what=seemly(action["label"])))
    if error.status == 401:
        from hubkin.config import hub_url

        output.say(
            _("Sign in: {command}").format(command=f"hubkin login {hub_url(str(context.config.url.value))}")
        )
    if error.status >= 500 and error.request_id:
        output.say(_("Request: {id}").format(id=error.request_id))


def _problem(error: ProblemError) -> dict[str, Any]:
    return {
        "code": error.code,
        "status": error.status,
        "title": error.title,
        "detail": error.detail,
        "params": error.params,
        "errors": error.errors,
        "actions": error.actions,
        "request_id": error.request_id,
    }


def _meant(error: ProblemError, context: Context) -> str:
    """``Did you mean 'bert-7'?`` for a job that is not there, from the newest hundred names."""
    name = context.arguments.values.get("job") or next(iter(context.arguments.values.get("jobs") or []), None)
    if error.code != "not_found" or not isinstance(name, str) or error.params.get("name") != name:
        return ""
    try:
        names = [row["name"] for row in context.pages("/jobs", {}, 100)]
    except (ProblemError, Unreachable, json.JSONDecodeError):
        return ""  # the help must not hide the error
    return "" if name in names else suggestion(name, names)


def clean_lines(text: str) -> str:
    """Several lines of somebody else's text for a terminal."""
    return "\n".join(map(seemly, text.split("\n")))
