"""Notices: which rows of the journal are one, what they say, and when a failed one is tried again.

The seals of the audit are here too: a chain of hashes over the journal, so that a changed row is noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec
from hubkin_kit.clock import rfc3339

if TYPE_CHECKING:
    from hubkin_kit.journal import Happening

#: Seconds before the 2nd, 3rd, … try; after the last one the notice is given up.
RETRY_SECONDS = (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600)
ENDED = frozenset({"succeeded", "failed", "stopped", "suspended"})


class Moment(StrEnum):
    """When people want to hear of a job."""

    START = "start"
    END = "end"
    LIMIT = "limit"


class Kind(StrEnum):
    """How a notice travels."""

    WEBHOOK = "webhook"
    MAIL = "mail"


TYPES = {Moment.START: "job.started", Moment.END: "job.ended", Moment.LIMIT: "job.limit_near"}

#: Subjects of mails, and what can be done where something can.
SENTENCES = {
    "start": "Job {name} is running",
    "succeeded": "Job {name} has finished",
    "failed": "Job {name} has failed: {reason}",
    "stopped": "Job {name} was stopped: {reason}",
    "suspended": "Job {name} is suspended: {reason}",
    "time_limit": "Job {name} is about to reach its time limit",
    "balance_empty": "Job {name} is about to use up the balance",
    "time_limit/hint": "To let it go on: hubkin extend {name} 2h",
    "balance_empty/hint": "When nothing is left it is suspended, with its outputs kept. To let it go on, "
    "have the account topped up: for a group ask its lead, otherwise an admin. Or stop what you need less.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where one person's notices go."""

    id: str
    owner: str
    kind: Kind
    target: str
    when: frozenset[str]
    secret: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a person may want to hear."""

    seq: int
    moment: Moment
    to: str
    """The user whose hooks it goes to."""
    also_when: frozenset[str]
    """What the job itself asks for, beside the hooks' own wishes."""
    about: str
    """The key of its sentence."""
    body: Mapping[str, Any]

    def goes_to(self, hook: Hook) -> bool:
        """Whether this hook wants it."""
        return hook.owner == self.to and (self.moment in hook.when or self.moment in self.also_when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notice on its way through one hook."""

    id: str
    hook: Hook
    about: str
    body: Mapping[str, Any]
    tries: int


def notice_of(row: Happening) -> Notice | None:
    """Return the notice that a row of the journal is, None for the many that are none."""
    body = row.body
    moment = _moment(row)
    to = body.get("by") or row.owner
    if moment is None or not str(to).startswith("user-"):
        return None
    about = str(body.get("about") if moment is Moment.LIMIT else body.get("state"))
    about = Moment.START.value if moment is Moment.START else about
    data = {
        "job_id": row.subject,
        "name": body.get("name", ""),
        "state": body.get("state"),
        "reason": body.get("reason"),
        "why": body.get("why"),
        "about": body.get("about"),
    }
    return Notice(
        seq=row.seq,
        moment=moment,
        to=str(to),
        also_when=frozenset(body.get("notify") or ()),
        about=about,
        body={
            "type": TYPES[moment],
            "timestamp": rfc3339(row.at),
            "data": {key: value for key, value in data.items() if value is not None},
        },
    )


def next_try(tries: int, *, now: int) -> int | None:
    """Return when to try again after so many failed tries, None when enough is enough; microseconds."""
    return now + RETRY_SECONDS[tries - 1] * 1_000_000 if tries <= len(RETRY_SECONDS) else None


def seal(before: str, rows: Iterable[Happening]) -> str:
    """Return the hash of rows in order, chained to the one before them."""
    digest = hashlib.sha256(before.encode())
    for row in rows:
        whole = [row.seq, row.at, row.topic, row.owner, row.subject, row.actor, row.body]
        digest.update(msgspec.json.encode(whole, order="sorted"))
    return digest.hexdigest()


def _moment(row: Happening) -> Moment | None:
    if row.topic == "notice":
        return Moment.LIMIT
    if row.topic != "job" or row.body.get("old") == row.body.get("state"):
        return None
    state = row.body.get("state")
    if "old" not in row.body:
        return None
    if state == "running":
        return Moment.START
    return Moment.END if state in ENDED else None
