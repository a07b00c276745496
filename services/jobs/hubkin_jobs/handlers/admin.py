"""Everyone's jobs, for admins of the platform.

GET  /admin/jobs            list everybody's jobs
GET  /admin/jobs/{id}       open one, and below it what its owner finds there; looks are written down
POST /admin/jobs/{id}/stop  stop one; the reason is required and its owner sees it
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from hubkin import wire
from hubkin_kit.errors import NotFound
from hubkin_kit.web import JOBS_ADMIN, Operation

from hubkin_jobs.handlers import jobs
from hubkin_jobs.handlers.base import JobsBase

#: What an admin may read of anybody's job, and how that is called.
READABLE: dict[type[JobsBase], str] = {
    jobs.JobHandler: "Get anybody's job by id",
    jobs.ExplanationHandler: "Say why anybody's job waits or ended",
    jobs.LogsHandler: "Read the merged log of anybody's job",
    jobs.MetricsHandler: "Read the curves of anybody's job",
    jobs.ResultHandler: "Get the result of anybody's job",
    jobs.FilesHandler: "List the kept files of anybody's job",
    jobs.FileHandler: "Get a kept file of anybody's job",
}


class AdminJobsHandler(JobsBase):
    """``/admin/jobs``."""

    scopes: ClassVar = {"GET": JOBS_ADMIN}
    operations: ClassVar = {
        "GET": Operation(summary="List everybody's jobs", answer=wire.Page[wire.Job], query=jobs.JobsQuery)
    }

    async def get(self) -> None:
        """List everybody's jobs."""
        query = self.query(jobs.JobsQuery)
        owners = None
        if query.owner is not None:
            owner_id = await self.jobs.database.read(lambda c: self.jobs.owner_id(c, query.owner or ""))
            if owner_id is None:
                raise NotFound("There is no space '{name}'.", params={"name": query.owner[:80]})
            owners = (owner_id,)
        self.reply(200, await jobs.list_jobs(self, owners, query))


class Anybodys(JobsBase):
    """A route to anybody's job, by its id.

    What a job printed and left is its owner's: an admin's look at it is an audit line, written before the
    answer.
    """

    scopes: ClassVar = {"GET": JOBS_ADMIN}

    @property
    def owners(self) -> tuple[str, ...] | None:
        """Everybody's."""
        return None

    async def disclose(self, job: str, what: str, path: str = "") -> None:
        """Write down that this admin looks."""
        await self.jobs.note_look(self.person, job, what, path)


def anybodys(handler: type[JobsBase]) -> type[JobsBase]:
    """Return the handler that shows an admin of anybody's job what this one shows of one's own."""
    operation = replace(handler.operations["GET"], summary=READABLE[handler])
    return type(f"Admin{handler.__name__}", (Anybodys, handler), {"operations": {"GET": operation}})


class AdminStopHandler(JobsBase):
    """``/admin/jobs/{job}/stop``."""

    scopes: ClassVar = {"POST": JOBS_ADMIN}
    operations: ClassVar = {
        "POST": Operation(summary="Stop anybody's job", request=wire.StopRequest, answer=wire.Job)
    }

    async def post(self, job: str) -> None:
        """Stop a job in the platform's name."""
        request = self.read(wire.StopRequest)
        await self.answer_job(200, await self.jobs.stop(self.person, None, job, request))
