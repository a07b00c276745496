"""What can go wrong on this side; what the platform refuses comes typed from `hubkin.transport`.

ProblemError (transport)            what the platform answered
JobFailed                           a job ended without success; carries the remote traceback
TimedOut                            waited long enough; the job goes on
NotConnected                        no platform or no token is known here
Missing                             a file or a curve that a job does not have
NotYours                            a pickled result of somebody else's job is not opened
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubkin.i18n import _


class Sentence(Exception):
    """Notebooks show it as its text alone; where in this client it came up tells the reader nothing."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines() or [type(self).__name__]


class JobFailed(Sentence, RuntimeError):
    """A job ended without success.  The message ends with the traceback of the first replica that failed."""

    def __init__(self, job: Mapping[str, Any], error: Mapping[str, Any] | None = None) -> None:
        self.job = dict(job)
        self.code: str = job["reason"]["code"]
        self.params: dict[str, Any] = dict(job["reason"].get("params") or {})
        self.actions: list[Any] = []
        self.request_id: str | None = None
        self.error = dict(error) if error else None
        super().__init__(self._text())

    def _text(self) -> str:
        from hubkin.card import state_text  # which needs more than errors should

        reason = self.job["reason"].get("text") or self.code
        text = _("{job} ended as {state}: {reason}").format(
            job=self.job["name"], state=state_text(self.job["state"]), reason=reason
        )
        if self.error:
            where = _("On replica {rank}:").format(rank=self.error["rank"])
            text += f"\n\n{where}\n{self.error['traceback'].rstrip()}"
        return text


class TimedOut(Sentence, TimeoutError):
    """The wait is over, the job is not; it keeps running."""

    code = "timed_out"


class NotConnected(Sentence, RuntimeError):
    """No platform or no token is known here."""

    code = "not_connected"


class Missing(Sentence, RuntimeError):
    """A part of something that is there, such as a file or a curve of a job, is not."""

    code = "not_found"


class NotYours(Sentence, RuntimeError):
    """Opening a pickle runs its author's code, so only the submitter's own are opened."""

    code = "not_yours"
