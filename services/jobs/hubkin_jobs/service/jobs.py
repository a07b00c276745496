"""The jobs package as one value: what handlers, pages and tests ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_catalog import Catalog, File, model_views
from hubkin_kit import idempotency
from hubkin_kit.batch import Batcher
from hubkin_kit.clock import HOUR
from hubkin_kit.database import Connection, Database, Row, Transaction
from hubkin_kit.errors import Field, HubkinError, Invalid, NotFound
from hubkin_kit.ids import is_slug, new_id

from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.states import FINAL, JobState
from hubkin_jobs.errors import JobNotFound, NotEnded, PlanExpired, PlanNotFound
from hubkin_jobs.service import (
    affording,
    control,
    inputs,
    looking,
    planning,
    reading,
    registering,
    submission,
)
from hubkin_jobs.service.explaining import explanation
from hubkin_jobs.service.offers import OfferBook, Offers
from hubkin_jobs.service.receiving import Spools
from hubkin_jobs.service.views import Surroundings, job_view, replicas_of, views
from hubkin_jobs.service.words import Reader
from hubkin_jobs.store import attempts, jobs, plans
from hubkin_jobs.store.jobs import Filter as Wanted

PLAN_HOURS = 1

__all__ = ["Jobs", "Policy", "Wanted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the site decides about jobs."""

    confirm_above_micros: int = 0
    """A plan that may cost more than this is asked about before it is submitted."""
    live_jobs_limit: int | None = None
    """How many unfinished jobs one owner may have; None: any number."""
    jobs_at_once: int | None = None
    """How many jobs of one owner run at once in a pool; None: as many as fit."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that answers a request; ``made`` is None when an earlier request had made it."""

    job_id: str
    made: submission.Submission | None


#: What the database fills in by itself.
FRESH = {
    "charged_micros": 0, "attempt": 1, "started_at": None, "finished_at": None, "deadline_at": None,
    "progress": None, "latest": None, "model": None, "revision": 0,
}  # fmt: skip


class Jobs:
    """Submits, shows and controls jobs; holds no state but its batcher's queue, and whose looks it noted."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        spools: Spools,
        *,
        policy: Policy,
        wake: Callable[[], None],
    ) -> None:
        self.database = database
        self.catalog = catalog
        self.spools = spools
        self.policy = policy
        self.wake = wake
        self._looks = looking.Looks()
        self._offers = OfferBook(database)
        self._batcher: Batcher[submission.Submission, submission.Accepted | HubkinError] = Batcher(
            database, partial(submission.decide, live_jobs_limit=policy.live_jobs_limit)
        )

    # --- submit

    async def submit(
        self,
        caller: users.Identity,
        request: wire.JobRequest,
        *,
        key: str | None,
        request_hash: str,
        fixed: Sequence[wire.Input] = (),
    ) -> Submitted:
        """Accept a job, durably; the same key with the same body answers with the same job.

        What is `fixed` was found before: the job reads these versions, whatever its names mean by now.

        Raises:
            HubkinError: Whatever is wrong with it; nothing was changed.
        """
        offers = await self._offers.get(caller.owners)
        resolve = partial(self._resolve, offers, caller, request, fixed, key, request_hash)
        if request.spec is None or submission.names_things(request.spec):
            made = await self.database.read(resolve)
        else:
            made = resolve(None)
        answer = await self._batcher.ask(made)
        if isinstance(answer, billing.BalanceLow):
            refusal, now = answer, self.database.clock.now()
            raise await self.database.read(
                lambda c: affording.refused(c, made.resolved, caller, refusal, now=now)
            ) from None
        if isinstance(answer, HubkinError):
            raise answer
        self.wake()
        return Submitted(answer.job_id, None if answer.is_replay else made)

    def accepted_view(self, made: submission.Submission, caller: users.Identity, reader: Reader) -> wire.Job:
        """Return the view of a job that was accepted a moment ago: nothing has happened to it yet."""
        around = Surroundings(
            names={made.actor: caller.name, **{group.group_id: group.name for group in caller.groups}},
            labels={made.profile.name: made.profile},
            held={made.job_id: made.hold_micros},
            replicas={},
            metered={},
            now=made.job["submitted_at"],
        )
        return job_view(made.job | FRESH, around, reader, spec=made.resolved.terms.spec)

    async def plan(self, caller: users.Identity, request: wire.PlanRequest, reader: Reader) -> wire.Plan:
        """Say what would happen, and keep that for an hour."""
        offers = await self._offers.get(caller.owners)
        plan = await self.database.read(partial(self._plan, offers, caller, request, reader))
        row = {
            "id": plan.id, "owner": caller.user_id, "created_by": caller.user_id,
            "request": msgspec.json.encode(request).decode(), "answer": msgspec.json.encode(plan).decode(),
            "job_id": None, "expires_at": self.database.clock.now() + PLAN_HOURS * HOUR,
        }  # fmt: skip
        await self.database.write(lambda tx: plans.add(tx, row))
        return plan

    def get_plan(
        self, connection: Connection, caller: users.Identity, plan_id: str, reader: Reader
    ) -> wire.Plan:
        """Return a plan of the caller's, in the language of whoever reads it now."""
        row = self._plan_row(connection, caller, plan_id)
        plan = msgspec.json.decode(row["answer"], type=wire.Plan)
        plan = planning.in_words_of(connection, plan, reader)
        return msgspec.structs.replace(plan, job_id=row["job_id"])

    # --- read

    def get(self, connection: Connection, owners: Sequence[str] | None, name: str) -> Any:
        """Return the row of a job by id or name; ``owners`` None means anybody's.

        Raises:
            JobNotFound: Absent, or somebody else's.
        """
        row = jobs.get(connection, name) if owners is None else jobs.named_or_id(connection, owners, name)
        if row is None:
            raise JobNotFound("There is no job '{name}'.", params={"name": name[:80]})
        return row

    def view(self, connection: Connection, row: Any, reader: Reader) -> wire.Job:
        """Return a job's view with its replicas, also when it has ended."""
        view = views(connection, [row], reader, now=self.database.clock.now())[0]
        return msgspec.structs.replace(view, replicas=replicas_of(connection, row, reader))

    def page(self, connection: Connection, wanted: Wanted, reader: Reader) -> list[wire.Job]:
        """Return a page of jobs, newest first."""
        rows = jobs.page(connection, wanted)
        return views(connection, rows, reader, now=self.database.clock.now())

    def explain(self, connection: Connection, row: Any, reader: Reader) -> wire.Explanation:
        """Explain one job."""
        return explanation(connection, row, reader, now=self.database.clock.now())

    def logs(self, connection: Connection, row: Any, reader: Reader, **wanted: Any) -> wire.LogPage:
        """Return a part of the merged log; see `reading.logs`."""
        return reading.logs(connection, self.spools, row, reader, **wanted)

    def result(self, connection: Connection, row: Any) -> wire.Result:
        """Return what the job returned, or how it failed."""
        return reading.result(connection, self.catalog, row)

    def file_path(self, connection: Connection, row: Any, path: str) -> str:
        """Return the path, below the API, at which a kept file can be had for a quarter of an hour."""
        entry = reading.file(connection, row, path)
        return self.catalog.get_path(row["owner"], File(entry.path, entry.size_bytes, entry.digest))

    async def note_look(self, caller: users.Identity, job_id: str, what: str, path: str = "") -> None:
        """Write down, before it is shown, that an admin looks at a part of somebody else's job.

        Raises:
            JobNotFound: There is none.
        """
        look, now = looking.Look(caller.user_id, job_id, what, path), self.database.clock.now()
        if self._looks.is_noted(look, now=now):
            return
        job = await self.database.read(lambda c: self.get(c, None, job_id))
        if job["owner"] not in caller.owners:
            await self.database.write(lambda tx: looking.write(tx, look, job))
        self._looks.remember(look, now=now)

    def owner_id(self, connection: Connection, name: str) -> str | None:
        """Return the id of the owner of this name, None when there is none."""
        found = users.find_owner(connection, name)
        return found.id if found else None

    # --- control

    async def stop(
        self, caller: users.Identity, owners: Sequence[str] | None, name: str, request: wire.StopRequest
    ) -> str:
        """Ask a job to end; admins (``owners`` None) must say why, and the owner sees it."""
        reason = Reason("stopped_by_user", {"by": caller.name})
        if owners is None:
            if not (request.reason or "").strip():
                raise Invalid(
                    "Say why: the owner of the job will see it.", fields=(Field("/reason", "required"),)
                )
            reason = Reason("stopped_by_admin", {"by": caller.name, "why": (request.reason or "")[:500]})

        def work(tx: Transaction) -> str:
            job = self._locked(tx, owners, name)
            self._check_may_act(caller, owners, job)
            control.stop(tx, job, mode=request.mode, reason=reason)
            return str(job["id"])

        job_id = await self.database.write(work)
        self.wake()
        return job_id

    async def extend(
        self,
        caller: users.Identity,
        name: str,
        request: wire.ExtendRequest,
        *,
        key: str | None = None,
        request_hash: str = "",
    ) -> str:
        """Prolong a job's time limit; with the same key once."""

        def work(tx: Transaction) -> str:
            job = self._locked(tx, caller.owners, name)
            self._check_may_act(caller, caller.owners, job)
            if not _is_done(tx.connection, caller, key, request_hash):
                control.extend(tx, job, by=request.by)
                _done(tx, caller, key, request_hash, job)
            return str(job["id"])

        return await self.database.write(work)

    async def restart(self, caller: users.Identity, name: str, *, key: str | None, request_hash: str) -> str:
        """Resume a suspended job, or submit an ended one once more; return the id of the job that runs."""
        job = await self.database.read(lambda c: self.get(c, caller.owners, name))
        self._check_may_act(caller, caller.owners, job)
        if job["state"] == JobState.SUSPENDED:

            def resume(tx: Transaction) -> None:
                now = self._locked(tx, caller.owners, job["id"])
                if not _is_done(tx.connection, caller, key, request_hash):
                    control.resume(tx, now, actor=caller.user_id)
                    # The same key finds this job from now on, where another would submit a copy of it.
                    _done(tx, caller, key, request_hash, job)

            await self.database.write(resume)
            self.wake()
            return str(job["id"])
        if job["state"] not in FINAL and not await self.database.read(
            lambda c: _is_done(c, caller, key, request_hash)
        ):
            raise NotEnded(
                "'{name}' has not ended yet. Stop it first, or submit its job file as another job.",
                params={"name": job["name"]},
            )
        submitted = await self.submit(
            caller, control.again(job), key=key, request_hash=request_hash, fixed=inputs.of_job(job)
        )
        return submitted.job_id

    async def register(
        self, caller: users.Identity, name: str, request: wire.RegisterRequest
    ) -> wire.ModelVersion:
        """Register kept files of a job as a model version; again answers with the same one."""
        if not is_slug(request.name) or (request.alias is not None and not is_slug(request.alias)):
            raise Invalid(
                "A name has small letters, digits and hyphens, at most 63 of them.",
                fields=(Field("/name", "bad_name"),),
            )

        def work(tx: Transaction) -> wire.ModelVersion:
            job = self._locked(tx, caller.owners, name)
            self._check_may_act(caller, caller.owners, job)
            attempt = attempts.of_job(tx.connection, job["id"], job["attempt"])
            files = registering.files_under(tx.connection, attempt["id"], request.path) if attempt else []
            if not files and request.path == ".":
                raise NotFound(
                    "The job '{name}' has kept no files.",
                    params={"name": job["name"]},
                    fields=(Field("/path", "not_found"),),
                )
            if not files:
                raise NotFound(
                    "The job '{name}' has kept no file '{path}'.",
                    params={"name": job["name"], "path": request.path[:200]},
                    fields=(Field("/path", "not_found"),),
                )
            model, number = registering.register(
                tx, self.catalog, job, name=request.name, files=files, by=caller.user_id, alias=request.alias
            )
            if job["model"] is None:
                jobs.change(tx, job, event="registered", model=f"{model}@v{number}")
            row = self.catalog.model(tx.connection, job["owner"], model, number)
            return model_views(tx.connection, [row])[0]

        return await self.database.write(work)

    # ---

    def _locked(self, tx: Transaction, owners: Sequence[str] | None, name: str) -> Any:
        job_id = self.get(tx.connection, owners, name)["id"]
        return jobs.locked(tx, [job_id])[job_id]

    def _check_may_act(self, caller: users.Identity, owners: Sequence[str] | None, job: Any) -> None:
        """Viewers of a group see its jobs and touch none of them; whoever may not act is told so."""
        if owners is not None and not caller.may_spend(job["owner"]):
            raise control.may_not_act(job)

    def _resolve(
        self,
        offers: Offers,
        caller: users.Identity,
        request: wire.JobRequest,
        fixed: Sequence[wire.Input],
        key: str | None,
        request_hash: str,
        connection: Connection | None,
    ) -> submission.Submission:
        request, planned = self._with_plan(connection, caller, request)
        assert request.spec is not None
        now = self.database.clock.now()
        resolved = submission.resolve(
            connection, self.catalog, offers, caller, request.spec, planned or fixed
        )
        return submission.make(
            resolved, caller=caller, request=request, key=key, request_hash=request_hash, now=now
        )

    def _with_plan(
        self, connection: Connection | None, caller: users.Identity, request: wire.JobRequest
    ) -> tuple[wire.JobRequest, Sequence[wire.Input]]:
        """Take the specification, and what its names mean, from the plan when the request names one."""
        if (request.spec is None) == (request.plan_id is None):
            raise Invalid("Give either 'spec' or 'plan_id'.", fields=(Field("/spec", "required"),))
        if request.plan_id is None or connection is None:
            return request, ()
        row = self._plan_row(connection, caller, request.plan_id)
        planned = msgspec.json.decode(row["request"], type=wire.PlanRequest)
        answer = msgspec.json.decode(row["answer"], type=wire.Plan)
        made = wire.JobRequest(
            spec=planned.spec, plan_id=request.plan_id, capture=planned.capture, origin=planned.origin
        )
        return made, answer.inputs

    def _plan_row(self, connection: Connection, caller: users.Identity, plan_id: str) -> Any:
        row = plans.get(connection, plan_id)
        if row is None or row["created_by"] != caller.user_id:
            raise PlanNotFound("There is no plan '{id}'.", params={"id": plan_id[:80]})
        if row["expires_at"] < self.database.clock.now():
            raise PlanExpired("The plan has expired. Run the cell again.")
        return row

    def _plan(
        self,
        offers: Offers,
        caller: users.Identity,
        request: wire.PlanRequest,
        reader: Reader,
        connection: Connection,
    ) -> wire.Plan:
        now = self.database.clock.now()
        resolved = submission.resolve(connection, self.catalog, offers, caller, request.spec)
        account = billing.usage(connection, resolved.owner.id, month_start=now, lines=0)
        need = affording.need_of(resolved, caller, available_micros=account.balance.available_micros)
        digest = request.origin.cell_digest if request.origin else None
        live = jobs.live_of_cell(connection, resolved.owner.id, digest) if digest else None
        return planning.plan_of(
            planning.Ask(
                id=new_id("plan"),
                request=request,
                resolved=resolved,
                account=account,
                need=affording.with_others(connection, need, resolved, caller, now=now)
                if need.is_too_much
                else None,
                pool=resources.pool_state(connection)[resolved.shape.profile.pool],
                waiting=planning.waiting_in(connection, resolved.shape.profile.pool),
                live_job_id=live,
                expires_at=now + PLAN_HOURS * HOUR,
                confirm_above_micros=self.policy.confirm_above_micros,
                is_new_shape=planning.is_new_shape(connection, caller.user_id, resolved),
            ),
            reader,
        )


def _is_done(connection: Connection, caller: users.Identity, key: str | None, request_hash: str) -> bool:
    return key is not None and idempotency.find(connection, caller.user_id, key, request_hash) is not None


def _done(tx: Transaction, caller: users.Identity, key: str | None, request_hash: str, job: Row) -> None:
    if key is not None:
        row = {"owner": caller.user_id, "key": key, "request_hash": request_hash}
        idempotency.remember(tx, [{**row, "status": 200, "answer": str(job["id"])}])
