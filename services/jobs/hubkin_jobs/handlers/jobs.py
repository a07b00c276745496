"""Jobs over HTTP.

POST /jobs                 submit a job; the same Idempotency-Key answers with the same job
GET  /jobs                 list my jobs and my groups', newest first
GET  /jobs/{id or name}    one job, and below it its explanation, logs, metrics, result and files
POST /jobs/{id}/stop       ask it to end; extend and restart alike
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.errors import Field, Invalid, NotFound
from hubkin_kit.web import (
    CATALOG_WRITE,
    JOBS_READ,
    JOBS_SUBMIT,
    ListQuery,
    Operation,
    cut,
)

from hubkin_jobs.domain.states import JobState
from hubkin_jobs.handlers.base import JobsBase
from hubkin_jobs.service import reading
from hubkin_jobs.service.jobs import Wanted


class SubmitQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The parameters of ``POST /jobs``."""

    dry_run: bool = False


class JobsQuery(ListQuery, forbid_unknown_fields=True, kw_only=True):
    """The filters of a list of jobs."""

    state: list[str] = []
    owner: str | None = None
    q: Annotated[str, msgspec.Meta(max_length=63)] = ""


class LogsQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which part of the log."""

    replica: int | None = None
    cursor: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    tail_bytes: Annotated[int, msgspec.Meta(ge=0)] | None = None
    limit_bytes: Annotated[int, msgspec.Meta(ge=1, le=reading.MAX_LOG_BYTES)] = 262_144


class MetricsQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which curves, and how many points of each."""

    name: str | None = None
    points: Annotated[int, msgspec.Meta(ge=2, le=10_000)] = 1000


class JobsHandler(JobsBase):
    """``/jobs``."""

    scopes: ClassVar = {"POST": JOBS_SUBMIT, "GET": JOBS_READ}
    operations: ClassVar = {
        "POST": Operation(
            summary="Submit a job",
            request=wire.JobRequest,
            answer=wire.Job,
            status=201,
            query=SubmitQuery,
            creates=True,
        ),
        "GET": Operation(summary="List jobs", answer=wire.Page[wire.Job], query=JobsQuery),
    }

    async def post(self) -> None:
        """Submit a job in the caller's name, or say what would happen."""
        request = self.read(wire.JobRequest)
        if self.query(SubmitQuery).dry_run:
            self.reply(200, await self._dry(request))
            return
        submitted = await self.jobs.submit(
            self.person, request, key=self.idempotency_key(), request_hash=self.request_hash
        )
        if submitted.made is None:
            await self.answer_job(201, submitted.job_id)
        else:
            self.reply(201, self.jobs.accepted_view(submitted.made, self.person, self.reader))

    async def get(self) -> None:
        """List jobs."""
        query = self.query(JobsQuery)
        owners = owners_of(self.person, query.owner)
        self.reply(200, await list_jobs(self, owners, query))

    async def _dry(self, request: wire.JobRequest) -> wire.Plan:
        person, reader = self.person, self.reader
        if request.plan_id is not None:
            plan_id = request.plan_id
            return await self.jobs.database.read(lambda c: self.jobs.get_plan(c, person, plan_id, reader))
        if request.spec is None:
            raise Invalid("Give either 'spec' or 'plan_id'.", fields=(Field("/spec", "required"),))
        wanted = wire.PlanRequest(spec=request.spec, capture=request.capture, origin=request.origin)
        return await self.jobs.plan(person, wanted, self.reader)


class JobHandler(JobsBase):
    """``/jobs/{job}``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {"GET": Operation(summary="Get a job by id or name", answer=wire.Job)}

    async def get(self, job: str) -> None:
        """Answer with one job."""
        owners, reader = self.owners, self.reader
        view = await self.jobs.database.read(
            lambda c: self.jobs.view(c, self.jobs.get(c, owners, job), reader)
        )
        self.reply(200, view)


class ExplanationHandler(JobsBase):
    """``/jobs/{job}/explanation``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {"GET": Operation(summary="Say why a job waits or ended", answer=wire.Explanation)}

    async def get(self, job: str) -> None:
        """Explain one job."""
        owners, reader = self.owners, self.reader
        found = await self.jobs.database.read(
            lambda c: self.jobs.explain(c, self.jobs.get(c, owners, job), reader)
        )
        if any("paths" in note.params for note in found.notes):
            await self.disclose(job, "files")
        self.reply(200, found)


class StopHandler(JobsBase):
    """``/jobs/{job}/stop``."""

    scopes: ClassVar = {"POST": JOBS_SUBMIT}
    operations: ClassVar = {
        "POST": Operation(summary="Stop a job", request=wire.StopRequest, answer=wire.Job)
    }

    async def post(self, job: str) -> None:
        """Ask a job to end."""
        request = self.read(wire.StopRequest)
        await self.answer_job(200, await self.jobs.stop(self.person, self.person.owners, job, request))


class ExtendHandler(JobsBase):
    """``/jobs/{job}/extend``."""

    scopes: ClassVar = {"POST": JOBS_SUBMIT}
    operations: ClassVar = {
        "POST": Operation(
            summary="Prolong a job's time limit", request=wire.ExtendRequest, answer=wire.Job, creates=True
        )
    }

    async def post(self, job: str) -> None:
        """Prolong a job's time limit."""
        request = self.read(wire.ExtendRequest)
        job_id = await self.jobs.extend(
            self.person, job, request, key=self.idempotency_key(), request_hash=self.request_hash
        )
        await self.answer_job(200, job_id)


class RestartHandler(JobsBase):
    """``/jobs/{job}/restart``."""

    scopes: ClassVar = {"POST": JOBS_SUBMIT}
    operations: ClassVar = {
        "POST": Operation(
            summary="Resume a suspended job, or submit an ended one again",
            answer=wire.Job,
            status=201,
            creates=True,
        )
    }

    async def post(self, job: str) -> None:
        """Run a job again."""
        job_id = await self.jobs.restart(
            self.person, job, key=self.idempotency_key(), request_hash=self.request_hash
        )
        await self.answer_job(201, job_id)


class LogsHandler(JobsBase):
    """``/jobs/{job}/logs``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {
        "GET": Operation(summary="Read the merged log", answer=wire.LogPage, query=LogsQuery)
    }

    async def get(self, job: str) -> None:
        """Answer with the next part of the log."""
        query, owners, reader = self.query(LogsQuery), self.owners, self.reader
        await self.disclose(job, "log")
        page = await self.jobs.database.read(
            lambda c: self.jobs.logs(
                c,
                self.jobs.get(c, owners, job),
                reader,
                replica=query.replica,
                cursor=query.cursor,
                tail=query.tail_bytes,
                limit_bytes=query.limit_bytes,
            )
        )
        self.reply(200, page)


class MetricsHandler(JobsBase):
    """``/jobs/{job}/metrics``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {
        "GET": Operation(summary="Read the curves", answer=wire.Metrics, query=MetricsQuery)
    }

    async def get(self, job: str) -> None:
        """Answer with the curves of a job."""
        query, owners = self.query(MetricsQuery), self.owners
        found = await self.jobs.database.read(
            lambda c: reading.metrics(c, self.jobs.get(c, owners, job), name=query.name, points=query.points)
        )
        self.reply(200, found)


class ResultHandler(JobsBase):
    """``/jobs/{job}/result``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {
        "GET": Operation(summary="Get what main() returned, or the first exception", answer=wire.Result)
    }

    async def get(self, job: str) -> None:
        """Answer with the result of a job."""
        owners = self.owners
        await self.disclose(job, "result")
        found = await self.jobs.database.read(lambda c: self.jobs.result(c, self.jobs.get(c, owners, job)))
        self.reply(200, found)


class RegisterHandler(JobsBase):
    """``/jobs/{job}/register``."""

    scopes: ClassVar = {"POST": CATALOG_WRITE}
    operations: ClassVar = {
        "POST": Operation(
            summary="Register a job's files as a model version",
            request=wire.RegisterRequest,
            answer=wire.ModelVersion,
            status=201,
        )
    }

    async def post(self, job: str) -> None:
        """Register kept files as the next version of a model."""
        self.reply(201, await self.jobs.register(self.person, job, self.read(wire.RegisterRequest)))


class FilesHandler(JobsBase):
    """``/jobs/{job}/files``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {
        "GET": Operation(summary="List the kept files", query=ListQuery, answer=wire.Page[wire.FileEntry])
    }

    async def get(self, job: str) -> None:
        """List the kept files of a job, by path."""
        owners, query = self.owners, self.query(ListQuery)
        await self.disclose(job, "files")
        after = query.place or ""
        found = await self.jobs.database.read(lambda c: reading.files(c, self.jobs.get(c, owners, job)))
        rest = sorted((one for one in found if one.path > after), key=lambda one: one.path)
        items, next_cursor = cut(rest, query.limit, lambda one: (one.path,))
        self.reply(200, wire.Page(items=items, next_cursor=next_cursor))


class FileHandler(JobsBase):
    """``/jobs/{job}/files/{path}``: the bytes are at the signed address that it names."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {"GET": Operation(summary="Get a kept file", status=307)}

    async def get(self, job: str, path: str) -> None:
        """Send the reader to the bytes of a kept file."""
        owners = self.owners
        await self.disclose(job, "file", path)
        where = await self.jobs.database.read(
            lambda c: self.jobs.file_path(c, self.jobs.get(c, owners, job), path)
        )
        self.redirect(self.web.api + where, status=307)


async def list_jobs(
    handler: JobsBase, owners: tuple[str, ...] | None, query: JobsQuery
) -> wire.Page[wire.Job]:
    """Return one page of a list of jobs."""
    unknown = set(query.state) - set(JobState)
    if unknown:
        raise Invalid(
            "There is no state '{state}'; there are {choices}.",
            params={"state": min(unknown)[:40], "choices": [state.value for state in JobState]},
            fields=(Field("/state", "unknown_state"),),
        )
    wanted = Wanted(
        owners=owners,
        states=tuple(dict.fromkeys(query.state)),
        text=query.q,
        before=query.place,
        limit=query.limit + 1,
    )
    reader = handler.reader
    found = await handler.jobs.database.read(lambda c: handler.jobs.page(c, wanted, reader))
    items, next_cursor = cut(found, query.limit, lambda job: (job.id,))
    return wire.Page(items=items, next_cursor=next_cursor)


def owners_of(person: users.Identity, name: str | None) -> tuple[str, ...]:
    """Return whose jobs are asked for: everybody's whom the caller may read, or one space."""
    if name is None:
        return person.owners
    if name == "me":
        return (person.user_id,)
    for group in person.groups:
        if name in (group.name, group.group_id):
            return (group.group_id,)
    if name in (person.name, person.user_id):
        return (person.user_id,)
    raise NotFound(
        "There is no space '{name}'.", params={"name": name[:80]}, fields=(Field("/owner", "not_found"),)
    )
