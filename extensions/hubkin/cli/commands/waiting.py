"""``--wait``: until the end, quietly; Ctrl-C leaves the job running."""

from __future__ import annotations

from typing import Any

from hubkin import card, live
from hubkin.cli.context import Context, job_path
from hubkin.cli.failures import JOB_FAILED, OK, TIMED_OUT, clean_lines
from hubkin.i18n import _
from hubkin.transport import NotFound


def detached_text(name: str) -> str:
    """What Ctrl-C says: the job goes on."""
    return _(
        "Detached. The job keeps running. Reattach: `hubkin watch {job}` · stop: `hubkin stop {job}`"
    ).format(job=name)


def trouble_text(error: Exception) -> str:
    """What is said once when the platform is away while somebody waits."""
    return _("The platform does not answer; jobs go on, and so does this. ({reason})").format(reason=error)


def wait_for(context: Context, row: dict[str, Any]) -> int:
    """Wait for the end of a job and say it."""
    context.farewell = detached_text(row["name"])
    state = row["state"]
    last = row
    for last in live.rows(
        context.transport,
        row,
        deadline=context.deadline,
        on_trouble=lambda error: context.output.say(trouble_text(error)),
    ):
        if last["state"] != state:
            state = last["state"]
            context.output.say(card.headline(last))
    return ending(context, last)


def ending(context: Context, row: dict[str, Any]) -> int:
    """The exit code of a job that is watched no longer, with what went wrong."""
    if row["state"] == "succeeded":
        return OK
    if row["state"] not in card.FINAL:
        text = _("{job} is still {state}; it goes on.")
        context.output.say(text.format(job=row["name"], state=card.state_text(row["state"])))
        return TIMED_OUT
    context.output.say(clean_lines(row["reason"].get("text") or row["reason"]["code"]))
    error = result_of(context, row["id"]).get("error")
    if error:
        context.output.say(clean_lines(error["traceback"].rstrip()))
    return JOB_FAILED


def result_of(context: Context, job: str) -> dict[str, Any]:
    """The result of a job; one that only ran a command has none."""
    try:
        row: dict[str, Any] = context.get(job_path(job) + "/result")
    except NotFound as error:
        if error.code != "no_result":
            raise
        return {"kind": "none", "value": None, "error": None}
    return row
