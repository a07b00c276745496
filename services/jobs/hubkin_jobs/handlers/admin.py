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

from hubkin_jobs.handlers.base import JobsBase
from hubkin_jobs.handlers.jobs import (
    ExplanationHandler,
    FileHandler,
    FilesHandler,
    JobHandler,
    JobsQuery,
    LogsHandler,
    MetricsHandler,
    ResultHandler,
    list_jobs,
)


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


class AdminJobHandler(Anybodys, JobHandler):
    """``/admin/jobs/{job}``."""

    operations: ClassVar = {"GET": replace(JobHandler.operations["GET"], summary="Get anybody's job by id")}


class AdminExplanationHandler(Anybodys, ExplanationHandler):
    """``/admin/jobs/{job}/explanation``."""

    operations: ClassVar = {
        "GET": replace(ExplanationHandler.operations["GET"], summary="Say why anybody's job waits or ended")
    }


class AdminLogsHandler(Anybodys, LogsHandler):
    """``/admin/jobs/{job}/logs``."""

    operations: ClassVar = {
        "GET": replace(LogsHandler.operations["GET"], summary="Read the merged log of anybody's job")
    }


class AdminMetricsHandler(Anybodys, MetricsHandler):
    """``/admin/jobs/{job}/metrics``."""

    operations: ClassVar = {
        "GET": replace(MetricsHandler.operations["GET"], summary="Read the curves of anybody's job")
    }


class AdminResultHandler(Anybodys, ResultHandler):
    """``/admin/jobs/{job}/result``."""

    operations: ClassVar = {
        "GET": replace(ResultHandler.operations["GET"], summary="Get the result of anybody's job")
    }


class AdminFilesHandler(Anybodys, FilesHandler):
    """``/admin/jobs/{job}/files``."""

    operations: ClassVar = {
        "GET": replace(FilesHandler.operations["GET"], summary="List the kept files of anybody's job")
    }


class AdminFileHandler(Anybodys, FileHandler):
    """``/admin/jobs/{job}/files/{path}``."""

    operations: ClassVar = {
        "GET": replace(FileHandler.operations["GET"], summary="Get a kept file of anybody's job")
    }


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
