"""List, stop, extend, restart, explain; curves and results."""

from __future__ import annotations

from typing import Any

from hubkin import card, explained, fmt
from hubkin.cli.commands.waiting import result_of, wait_for
from hubkin.cli.context import Context, job_path
from hubkin.cli.failures import JOB_FAILED, OK
from hubkin.cli.output import Column, Row
from hubkin.cli.parser import UsageError, suggestion
from hubkin.errors import Missing
from hubkin.i18n import N_, _, listed
from hubkin.seemly import seemly

COLUMNS = (
    Column("name", N_("name"), lambda row: row["name"]),
    Column("state", N_("state"), lambda row: card.state_text(row["state"])),
    Column("shape", N_("hardware"), card.shape_text),
    Column("why", N_("why"), lambda row: _why(row)),  # noqa: PLW0108 - defined below
    Column("cost", N_("cost"), lambda row: fmt.money(row["charged"])),
    Column("age", N_("submitted"), lambda row: fmt.ago(row["submitted_at"])),
)
MORE_COLUMNS = (
    Column("id", N_("id"), lambda row: row["id"]),
    Column("owner", N_("owner"), lambda row: row["owner"]),
    Column("held", N_("held"), lambda row: fmt.money(row["held"])),
    Column("progress", N_("progress"), card.progress_text),
    Column("submitted", N_("submitted"), lambda row: fmt.moment(row["submitted_at"])),
    Column("started", N_("started"), lambda row: fmt.moment(row["started_at"])),
    Column("finished", N_("finished"), lambda row: fmt.moment(row["finished_at"])),
    Column("ran", N_("ran"), lambda row: fmt.duration(row["ran_seconds"])),
)


def jobs(context: Context) -> int:
    """``hubkin jobs``."""
    arguments, output = context.arguments, context.output
    unknown = [state for state in arguments.state if state not in card.STATES]
    if unknown:
        known = listed(card.STATES)
        raise UsageError(
            _("There is no state '{state}'; there are {known}.").format(state=unknown[0], known=known)
        )
    query = {
        "state": arguments.state,
        "owner": arguments.owner or context.config.owner.value,
        "q": arguments.search,
    }
    limit = None if arguments.all else (context.number("limit", such_as=50) or 50)
    rows = context.pages("/jobs", query, limit)
    columns = COLUMNS if not output.columns else (*COLUMNS, *MORE_COLUMNS)
    chosen = any(value for key, value in query.items() if value != "me")
    empty = _("No job fits.") if chosen else _("No jobs yet. Submit one: hubkin submit -- python train.py")
    output.many(rows, columns, empty=empty)
    return 0


def explain(context: Context) -> int:
    """``hubkin explain JOB``."""
    row = context.get(job_path(context.arguments.job) + "/explanation")
    context.output.one(row, lambda: "\n".join(map(seemly, explained.lines(row))), id_key="job_id")
    return 0


def stop(context: Context) -> int:
    """``hubkin stop JOB…``: asks when it is more than one."""
    names = context.arguments.jobs
    question = _("Stop {n} jobs: {names}?").format(n=len(names), names=listed(names))
    if len(names) > 1 and not context.confirms(question):
        raise UsageError(_("Nothing was stopped. To stop several jobs at once say -y."))
    body = {
        "mode": "checkpoint" if context.arguments.after_checkpoint else "now",
        "reason": context.arguments.reason,
    }
    rows = (context.post(job_path(name) + "/stop", body) for name in names)
    context.output.each(rows, _stopped)
    return 0


def extend(context: Context) -> int:
    """``hubkin extend JOB 2h``."""
    by = context.arguments.by
    if fmt.parse_duration(by) is None:
        raise UsageError(_("'{text}' is not a duration such as 30m, 8h or 2d.").format(text=by))
    row = context.post(job_path(context.arguments.job) + "/extend", {"by": by})
    text = _("{job} may run until {time}.")
    context.output.one(row, lambda: text.format(job=row["name"], time=fmt.moment(row["deadline_at"])))
    return 0


def restart(context: Context) -> int:
    """``hubkin restart JOB``: a new job with the same spec, code and data."""
    row = context.post(job_path(context.arguments.job) + "/restart", {})
    context.output.one(row, lambda: submitted_text(row))
    return wait_for(context, row) if context.arguments.wait else 0


def metrics(context: Context) -> int:
    """``hubkin metrics JOB [NAME]``."""
    path, name = job_path(context.arguments.job) + "/metrics", context.arguments.name
    series = context.get(path, name=name)["series"]
    if name and not series:
        known = [one["name"] for one in context.get(path)["series"]]
        raise Missing(_("There is no curve '{name}'.").format(name=name) + suggestion(name, known))
    if context.output.form == "jsonl":
        for row in (point for one in series for point in _points(one)):
            context.output.json(row)
        return 0
    columns = (
        Column("name", N_("name"), lambda row: row["name"]),
        Column("replica", N_("replica"), lambda row: str(row["replica"])),
        Column("points", N_("points"), lambda row: str(row["total_points"])),
        Column("first", N_("first"), lambda row: _value(row["first"])),
        Column("last", N_("last"), lambda row: _value(row["last"])),
    )
    context.output.many(series, columns, id_key="name", empty=_("No curves yet."))
    return 0


def result(context: Context) -> int:
    """``hubkin result JOB``; exits 7 when the job failed there."""
    row = result_of(context, context.arguments.job)
    output = context.output
    error = row.get("error")
    if output.form in ("json", "jsonl"):
        output.json(row)
    elif error:
        output.say("\n".join(map(seemly, error["traceback"].rstrip().split("\n"))))
    elif row["kind"] == "pickle":
        output.say(_("The result is a Python object ({type}): {call}").format(
            type=row.get("type") or "?", call=f'hubkin.client().job("{context.arguments.job}").result()'
        ))  # fmt: skip
    elif row["kind"] == "json":
        output.json(row.get("value"))
    else:
        output.say(_("There is no result."))
    return JOB_FAILED if error or (row["kind"] == "none" and _has_failed(context)) else OK


def _has_failed(context: Context) -> bool:
    """Whether the job has ended, and not well; says why."""
    job = context.job(context.arguments.job)
    if job["state"] not in card.FINAL or job["state"] == "succeeded":
        return False
    context.output.say(seemly(job["reason"].get("text") or job["reason"]["code"]))
    return True


def submitted_text(row: Row) -> str:
    """What a person sees after a submit: which job, why it waits, for how much, and what next."""
    lines = [f"{row['name']}  {row['id']}  {card.state_text(row['state'])}"]
    if row["reason"].get("text"):
        lines.append(seemly(row["reason"]["text"]))
    if float(row["per_hour"]["amount"]):
        price = _("{price} per hour · {hold} held at the start")
        lines.append(price.format(price=fmt.money(row["per_hour"]), hold=fmt.money(row["held"])))
    else:
        lines.append(_("It is free of charge."))
    lines += map(seemly, card.input_lines(row))
    name = row["name"]
    lines.append(
        _("Watch: {watch} · stop: {stop}").format(watch=f"hubkin watch {name}", stop=f"hubkin stop {name}")
    )
    return "\n".join(lines)


def _stopped(row: Row) -> str:
    return _("{job} is {state}. Its outputs are kept.").format(
        job=row["name"], state=card.state_text(row["state"])
    )


def _why(row: Row) -> str:
    if row["state"] == "running":
        return card.progress_text(row)
    return "" if row["state"] == "succeeded" else row["reason"].get("text") or row["reason"]["code"]


def _value(value: float | None) -> str:
    return "–" if value is None else fmt.number(value)


def _points(one: dict[str, Any]) -> list[dict[str, Any]]:
    rows = zip(one["steps"], one["values"], one["at"])
    return [
        {"name": one["name"], "replica": one["replica"], "step": step, "value": value, "at": at}
        for step, value, at in rows
    ]
