"""Follows one job: its row through the event stream, its output through the merged log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubkin.card import FINAL

if TYPE_CHECKING:
    from hubkin.transport import Transport

LONGEST_WAIT_SECONDS = 25.0


@dataclass(frozen=True)
class Line:
    """One line of a replica's output."""

    replica: int
    at: str
    text: str

    def __str__(self) -> str:
        return self.text


def rows(
    transport: Transport, row: dict[str, Any], *, deadline: float | None = None
) -> Iterator[dict[str, Any]]:
    """The job's row each time it changes, until it is final or the deadline (monotonic) is over.

    The stream's place is taken before the row is read, so that no change is missed.
    """
    query = {"topics": ["job", "progress"]}
    cursor = transport.request("GET", "/events", query={**query, "wait": 0})["cursor"]
    row = transport.request("GET", f"/jobs/{row['id']}")
    yield row
    while row["state"] not in FINAL:
        wait = (
            LONGEST_WAIT_SECONDS
            if deadline is None
            else min(LONGEST_WAIT_SECONDS, deadline - time.monotonic())
        )
        if wait <= 0:
            return
        answer = transport.request(
            "GET",
            "/events",
            query={**query, "since": cursor, "wait": round(wait, 3)},
            timeout_seconds=wait + 30,
        )
        cursor = answer["cursor"]
        for event in answer["items"]:
            changed = merged(row, event)
            if changed is not None:
                row = changed
                yield row


def merged(row: dict[str, Any], event: dict[str, Any]) -> dict[str, Any] | None:
    """The row after an event, or `None` when the event is about something else."""
    data = event["data"]
    if event["topic"] == "job" and data.get("id") == row["id"]:
        return dict(data)
    if event["topic"] == "progress" and data.get("job_id") == row["id"]:
        return {
            **row,
            "progress": data.get("progress"),
            "latest": {**row["latest"], **(data.get("latest") or {})},
        }
    return None


def lines(
    transport: Transport,
    job_id: str,
    *,
    follow: bool = False,
    replica: int | None = None,
    tail: int | None = None,
) -> Iterator[Line]:
    """The merged output; with `follow` until it is complete."""
    query: dict[str, Any] = {"replica": replica, "tail": tail}
    while True:
        page = transport.request("GET", f"/jobs/{job_id}/logs", query=query, timeout_seconds=60)
        for line in page["lines"]:
            yield Line(line["replica"], line["at"], line["text"])
        if page["complete"] or (not follow and not page["lines"]):
            return
        query = {
            "replica": replica,
            "cursor": page["cursor"],
            **({"wait": LONGEST_WAIT_SECONDS} if follow else {}),
        }
