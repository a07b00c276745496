"""What the handlers of jobs share: the service, and who reads."""

from __future__ import annotations

from typing import cast

import hubkin_users as users
from hubkin_kit.web import HubkinHandler

from hubkin_jobs.service.jobs import Jobs
from hubkin_jobs.service.words import Reader


class JobsBase(HubkinHandler):
    """A route about jobs."""

    def initialize(self, jobs: Jobs) -> None:
        """Receive the service."""
        self.jobs = jobs

    @property
    def person(self) -> users.Identity:
        """The caller; services do not reach these routes."""
        return cast(users.Identity, self.caller)

    @property
    def owners(self) -> tuple[str, ...] | None:
        """Whose jobs this route reaches: those that the caller may see; None: everybody's."""
        return self.person.owners

    async def disclose(self, job: str, what: str, path: str = "") -> None:
        """Hear of what is about to be shown; routes that show other people's things write it down."""

    @property
    def reader(self) -> Reader:
        """Whom the texts are for."""
        return Reader(self.web.translator, self.language, self.web.unit)

    async def answer_job(self, status: int, job_id: str) -> None:
        """Answer with the present row of a job."""
        reader = self.reader
        view = await self.jobs.database.read(
            lambda c: self.jobs.view(c, self.jobs.get(c, None, job_id), reader)
        )
        self.reply(status, view)
