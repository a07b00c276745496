"""Plans over HTTP: what would happen, kept for an hour.

POST /plans       say what a specification would do
GET  /plans/{id}  the same again
"""

from __future__ import annotations

from typing import ClassVar

from hubkin import wire
from hubkin_kit.web import JOBS_READ, JOBS_SUBMIT, Operation

from hubkin_jobs.handlers.base import JobsBase


class PlansHandler(JobsBase):
    """``/plans``."""

    scopes: ClassVar = {"POST": JOBS_SUBMIT}
    operations: ClassVar = {
        "POST": Operation(
            summary="Say what a job would do and cost",
            request=wire.PlanRequest,
            answer=wire.Plan,
            status=201,
        )
    }

    async def post(self) -> None:
        """Make a plan."""
        self.reply(201, await self.jobs.plan(self.person, self.read(wire.PlanRequest), self.reader))


class PlanHandler(JobsBase):
    """``/plans/{id}``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {"GET": Operation(summary="Get a plan", answer=wire.Plan)}

    async def get(self, plan_id: str) -> None:
        """Answer with a plan of the caller's."""
        person, reader = self.person, self.reader
        plan = await self.jobs.database.read(lambda c: self.jobs.get_plan(c, person, plan_id, reader))
        self.reply(200, plan)
