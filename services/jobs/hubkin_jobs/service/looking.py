"""Who looked at what of somebody else's job: a line of the audit, in the owner's name.

An open log is read many times a minute; that is one look.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from hubkin_kit import journal
from hubkin_kit.clock import SECOND
from hubkin_kit.database import Row, Transaction

#: For so long, looking again is the same look.
ONE_LOOK = 600 * SECOND
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody opens a part of a job that is not theirs."""

    actor: str
    job_id: str
    what: str
    path: str = ""


class Looks:
    """Remembers the looks that are written down already; forgetting one costs a second line, no more."""

    def __init__(self) -> None:
        self._until: OrderedDict[Look, int] = OrderedDict()

    def is_noted(self, look: Look, *, now: int) -> bool:
        """Whether there is a line of it that is still young."""
        return self._until.get(look, 0) > now

    def remember(self, look: Look, *, now: int) -> None:
        """Keep in mind that its line is written."""
        self._until[look] = now + ONE_LOOK
        self._until.move_to_end(look)
        while len(self._until) > REMEMBERED:
            self._until.popitem(last=False)


def write(tx: Transaction, look: Look, job: Row) -> None:
    """Write a look into the journal."""
    path = {"path": look.path[:1000]} if look.path else {}
    journal.append(
        tx, "audit", owner=job["owner"], subject=job["id"], actor=look.actor,
        event="looked", what=look.what, name=job["name"], **path,
    )  # fmt: skip
