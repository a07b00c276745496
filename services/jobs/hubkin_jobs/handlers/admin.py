"""Everyone's jobs, for admins of the platform.

GET  /admin/jobs            list everybody's jobs
POST /admin/jobs/{id}/stop  stop one; the reason is required and its owner sees it
"""

from __future__ import annotations

from typing import ClassVar

from hubkin import wire
from hubkin_kit.errors import NotFound
from hubkin_kit.web import JOBS_ADMIN, Operation

from hubkin_jobs.handlers.base import JobsBase
from hubkin_jobs.handlers.jobs import JobsQuery, list_jobs


class AdminJobsHandler(JobsBase):
    """``/admin/jobs``."""

    scopes: ClassVar = {"GET": JOBS_ADMIN}
    operations: ClassVar = {
        "GET": Operation(summary="List everybody's jobs", answer=wire.Page[wire.Job], query=JobsQuery)
    }

    async def get(self) -> None:
        """List everybody's jobs."""
        query = self.query(JobsQuery)
        owners = None
        if query.owner is not None:
            owner_id = await self.jobs.database.read(lambda c: self.jobs.owner_id(c, query.owner or ""))
            if owner_id is None:
                raise NotFound("There is no space '{name}'.", params={"name": query.owner[:80]})
            owners = (owner_id,)
        self.reply(200, await list_jobs(self, owners, query))


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
