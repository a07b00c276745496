"""What ``--as`` names: a job of a cell, or the plan of one that nobody has said yes to yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from hubkin import card
from hubkin.job import Job, remember

from hubkin_magics.failures import NotSubmitted
from hubkin_magics.i18n import _, said

if TYPE_CHECKING:
    from hubkin.session import Client


class CellJob(Job):
    """A job that came from a cell of this kernel, with the output under that cell."""

    def __init__(self, client: Client, row: Dict[str, Any], *, shown: Any = None) -> None:
        """Take the row and the output under the cell (a `DisplayHandle`)."""
        super().__init__(client, row)
        self.shown = shown
        self.note = ""  #: what the output says where it is only text

    def redraw(self) -> None:
        """Bring the card under the cell up to date, for notebooks where nothing else does."""
        if self.shown is not None:
            self.shown.update(card.bundle("job", self.row, note=self.note), raw=True)

    def submit(self) -> CellJob:
        """Return itself: what may be a plan or a job can be submitted without asking which it is."""
        return self

    def wait(self, timeout: Any = None) -> Job:
        """Wait for the end; see `hubkin.job.Job.wait`."""
        try:
            return super().wait(timeout)
        finally:
            self.redraw()


class PlannedJob:
    """A plan on the platform; becomes a job by the card's button, by `submit`, or in a terminal.

    Until then whatever one asks of it says so.
    """

    def __init__(self, client: Client, plan: Dict[str, Any], *, key: str) -> None:
        self._client = client
        self._key = key
        self._job: Optional[CellJob] = None
        self.plan = plan
        self.shown: Any = None  #: the output under the cell

    def submit(self) -> CellJob:
        """Submit the plan as it is; again, it is the same job."""
        if self._job is None:
            body = {"plan_id": self.plan["id"]}
            row = self._client.transport.request("POST", "/jobs", body=body, key=self._key)
            self._job = CellJob(self._client, row, shown=self.shown)
            self._job.redraw()
        remember(self._job)
        return self._job

    def __getattr__(self, name: str) -> Any:
        """Ask the job, once there is one."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._found(), name)

    def _found(self) -> Job:
        if self._job is None:
            plan = self._client.transport.request("GET", f"/plans/{self.plan['id']}")
            if not plan.get("job_id"):
                text = _(
                    "{name} is planned, not submitted: press Submit on its card, or call .submit() here."
                )
                raise NotSubmitted(said(text, {"name": self.plan["name"]}))
            row = self._client.transport.request("GET", f"/jobs/{plan['job_id']}")
            self._job = CellJob(self._client, row, shown=self.shown)
        return self._job

    def __repr__(self) -> str:
        return repr(self._job) if self._job is not None else "\n".join(card.plan_lines(self.plan))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Dict[str, Any]:  # noqa: ARG002
        if self._job is not None:
            return card.bundle("job", self._job.row)
        return card.bundle("plan", self.plan)
