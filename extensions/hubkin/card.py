"""The job card as a MIME bundle: live where our Lab extension is, a static snapshot everywhere else.

Standard library only: the magics use it in every kernel.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from typing import Any

from hubkin import fmt
from hubkin.i18n import N_, _, listed

MIME = "application/vnd.hubkin.job+json"

STATES = {
    "queued": N_("queued"),
    "starting": N_("starting"),
    "running": N_("running"),
    "stopping": N_("stopping"),
    "succeeded": N_("succeeded"),
    "failed": N_("failed"),
    "stopped": N_("stopped"),
    "suspended": N_("suspended"),
}
FINAL = frozenset({"succeeded", "failed", "stopped", "suspended"})

_MARKS = {"succeeded": "✔", "failed": "✕", "stopped": "■", "suspended": "❚❚", "running": "●"}


def bundle(
    kind: str, row: Mapping[str, Any], *, platform: str | None = None, note: str = ""
) -> dict[str, Any]:
    """The card of a ``job`` or ``plan`` (its wire row as plain JSON).

    ``note`` is a sentence for where the card is only text; the live card says it with its buttons.
    """
    public = os.environ.get("HUBKIN_PUBLIC_URL", "") if platform is None else platform
    card = {"v": 1, "platform": public, "kind": kind, "id": row["id"], "snapshot": dict(row)}
    lines = job_lines(row) if kind == "job" else plan_lines(row)
    if note:
        lines.append(note)
    return {MIME: card, "text/html": _html(lines), "text/plain": "\n".join(lines)}


def job_lines(job: Mapping[str, Any]) -> list[str]:
    """A job in a few lines of text: headline, why, progress, money."""
    lines = [headline(job)]
    reason = job["reason"].get("text")
    if reason and job["state"] not in ("running", "succeeded"):
        lines.append(reason)
    progress = progress_text(job)
    if progress:
        lines.append(progress)
    if job.get("latest"):
        lines.append(" · ".join(f"{name} {fmt.number(value)}" for name, value in job["latest"].items()))
    lines += input_lines(job)
    lines.append(money_text(job))
    return lines


def plan_lines(plan: Mapping[str, Any]) -> list[str]:
    """A plan in a few lines of text: what, for how much, what it will wait for."""
    quote = plan["quote"]
    lines = [f"{plan['name']} · {shape_text(plan)}"]
    if quote.get("free"):
        lines.append(_("free"))
    else:
        money = _("{price} per hour · {hold} held at the start").format(
            price=fmt.money(quote["per_hour"]), hold=fmt.money(quote["hold"])
        )
        if quote.get("lasts_seconds"):
            money += " · " + _("your money lasts {duration}").format(
                duration=fmt.duration(quote["lasts_seconds"])
            )
        lines.append(money)
    lines += [reason["text"] for reason in plan["waits_for"] if reason.get("text")]
    lines += [warning["text"] for warning in plan["warnings"]]
    lines += input_lines(plan)
    names = (plan.get("capture") or {}).get("names") or []
    if names:
        taken = listed(f"{name['name']} ({name['source']})" for name in names)
        lines.append(_("takes along {names}").format(names=taken))
    return lines


def input_lines(row: Mapping[str, Any]) -> list[str]:
    """A line for each dataset and model that a plan or job reads: ``reads train: lab/imagenet@v3 (…)``."""
    lines = []
    for one in row.get("inputs") or []:
        text = _("reads model {name}: {version}") if one["kind"] == "model" else _("reads {name}: {version}")
        much = _("files: {n}, {bytes}").format(n=one["files"], bytes=fmt.size(one["bytes"]))
        what = text.format(name=one["name"], version=one["reference"])
        lines.append(_("{what} ({more})").format(what=what, more=much))
    return lines


def headline(job: Mapping[str, Any]) -> str:
    """``● bert-7  running  4 × A100``."""
    mark = _MARKS.get(job["state"], "◔")
    return f"{mark} {job['name']} · {state_text(job['state'])} · {shape_text(job)}"


def state_text(state: str) -> str:
    """A state in words; one that came later is shown as it is."""
    return _(STATES[state]) if state in STATES else state


def shape_text(row: Mapping[str, Any]) -> str:
    """``2 × Simulated GPU:1``, and always *simulated* where it is."""
    count = row["replicas"] if isinstance(row["replicas"], int) else row["spec"].get("replicas", 1)
    units = f":{row['units']}" if row["units"] > 1 else ""
    shape = f"{count} × {row['profile_label']}{units}" if count > 1 else f"{row['profile_label']}{units}"
    return _("{shape} (simulated)").format(shape=shape) if row["simulated"] else shape


def progress_text(job: Mapping[str, Any]) -> str:
    """``42 % (42 of 100 it)``, or nothing."""
    progress = job.get("progress")
    if not progress:
        return ""
    unit = f" {progress['unit']}" if progress.get("unit") else ""
    done = fmt.number(progress["done"])
    if not progress.get("total"):
        return f"{done}{unit}"
    share = 100 * progress["done"] / progress["total"]
    return _("{share} % ({done} of {total}{unit})").format(
        share=f"{share:.0f}", done=done, total=fmt.number(progress["total"]), unit=unit
    )


def money_text(job: Mapping[str, Any]) -> str:
    """``ran 2 h 13 min · ¥12.00 so far · ¥4.00 held``."""
    ran = job.get("ran_seconds")
    parts = [_("ran {duration}").format(duration=fmt.duration(ran))] if ran else []
    if not parts and job.get("waited_seconds"):
        parts = [_("waited {duration}").format(duration=fmt.duration(job["waited_seconds"]))]
    charged = fmt.money(job["charged"])
    parts.append(_("{money} charged") if job["state"] in FINAL else _("{money} so far"))
    parts[-1] = parts[-1].format(money=charged)
    if job["state"] not in FINAL and float(job["held"]["amount"]):
        parts.append(_("{money} held").format(money=fmt.money(job["held"])))
    return " · ".join(parts)


def _html(lines: list[str]) -> str:
    head, *rest = lines
    body = "".join(f"<div>{escape(line)}</div>" for line in rest)
    return f'<div class="hubkin-snapshot"><strong>{escape(head)}</strong>{body}</div>'
