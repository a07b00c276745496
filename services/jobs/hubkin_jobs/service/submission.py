"""From a request to a durable job: resolved on a reading thread, decided with others in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_catalog import Catalog
from hubkin_kit import idempotency, journal
from hubkin_kit.database import Connection, Transaction
from hubkin_kit.errors import Field, HubkinError, NotAllowed, NotFound
from hubkin_kit.ids import new_id

from hubkin_jobs.domain.limits import longest_seconds
from hubkin_jobs.domain.spec import Terms, read_terms
from hubkin_jobs.domain.states import JobState, Phase
from hubkin_jobs.errors import NoSuchDependency, TooManyJobs
from hubkin_jobs.service import inputs
from hubkin_jobs.service.offers import Offers
from hubkin_jobs.store import attempts, jobs, plans

BACKEND = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request that is right in itself; only money, quota and its key are still to be decided."""

    job_id: str
    owner: str
    actor: str
    key: str | None
    request_hash: str
    hold_micros: int
    plan_id: str | None
    profile: resources.Profile
    job: dict[str, Any]
    attempt: dict[str, Any]
    needs: tuple[str, ...]
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job, and whether an earlier request with the same key had made it."""

    job_id: str
    is_replay: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a specification means here and now, for this caller."""

    terms: Terms
    owner: users.Owner
    shape: resources.Shape
    tariff: billing.Tariff
    code_version: str | None
    inputs: tuple[wire.Input, ...]
    needs: tuple[str, ...]

    @property
    def micros_per_hour(self) -> int:
        """What all its replicas cost together."""
        return self.tariff.per_hour(self.shape.units * self.terms.replicas)

    @property
    def hold_micros(self) -> int:
        """What is set aside at the start: the first hour, or less when the job can never cost that much."""
        lasts = longest_seconds(
            duration_seconds=self.terms.duration_seconds, grace_seconds=self.terms.grace_seconds
        )
        return billing.first_hold(self.micros_per_hour, self.terms.cap_micros, lasts_seconds=lasts)


def resolve(
    connection: Connection | None,
    catalog: Catalog,
    offers: Offers,
    caller: users.Identity,
    spec: wire.JobSpec,
    fixed: Sequence[wire.Input] = (),
) -> Resolved:
    """Resolve every name in a specification.

    Args:
        connection: To look names up; may be absent when `names_things` says that there are none.
        catalog: Where code is.
        offers: What is sold, to the caller and to whom they submit for.
        caller: Who submits.
        spec: What they ask for.
        fixed: What its names of data have meant before.

    Raises:
        HubkinError: With the field that is wrong, and the nearest that would do.
    """
    try:
        return _resolve(connection, catalog, offers, caller, spec, fixed)
    except HubkinError as error:
        raise error.under("/spec") from None


def _resolve(
    connection: Connection | None,
    catalog: Catalog,
    offers: Offers,
    caller: users.Identity,
    spec: wire.JobSpec,
    fixed: Sequence[wire.Input],
) -> Resolved:
    terms = read_terms(spec)
    owner = _owner(caller, spec.owner)
    shape = resources.fits(
        offers.for_owners(caller.owners), offers.pools, spec.resources, replicas=terms.replicas
    )
    code = spec.code
    if code is not None and connection is not None:
        code = catalog.version(connection, code, owners=caller.owners)["id"]
    return Resolved(
        terms=terms,
        owner=owner,
        shape=shape,
        tariff=offers.tariff(shape.profile.name),
        code_version=code,
        inputs=inputs.resolve(connection, caller, spec, fixed) if connection is not None else (),
        needs=_needs(connection, caller, spec.after),
    )


def names_things(spec: wire.JobSpec) -> bool:
    """Whether a specification names anything that has to be looked up."""
    return spec.code is not None or bool(spec.after or spec.data or spec.models)


def make(
    resolved: Resolved,
    *,
    caller: users.Identity,
    request: wire.JobRequest,
    key: str | None,
    request_hash: str,
    now: int,
) -> Submission:
    """Write the rows that an accepted submission becomes."""
    job_id = new_id("job")
    terms, shape, origin = resolved.terms, resolved.shape, request.origin
    job = {
        "id": job_id, "owner": resolved.owner.id, "submitted_by": caller.user_id,
        "name": terms.spec.name or f"job-{job_id[-6:]}", "state": JobState.QUEUED.value,
        "reason": "accepted", "reason_params": "{}", "spec": msgspec.json.encode(terms.spec).decode(),
        "capture": msgspec.json.encode(request.capture).decode() if request.capture else None,
        "kernel_id": origin.kernel_id if origin else None,
        "cell_digest": origin.cell_digest if origin else None,
        "origin": msgspec.json.encode(origin).decode() if origin else None,
        "code_version": resolved.code_version, "inputs": inputs.encoded(resolved.inputs),
        "backend": BACKEND, "pool": shape.profile.pool, "profile": shape.profile.name, "units": shape.units,
        "replicas": terms.replicas, "tariff_id": resolved.tariff.id,
        "micros_per_hour": resolved.micros_per_hour, "cap_micros": terms.cap_micros,
        "duration_seconds": terms.duration_seconds, "grace_seconds": terms.grace_seconds,
        "stop_signal": terms.stop_signal, "submitted_at": now, "hold_id": None,
    }  # fmt: skip
    attempt = {
        "id": new_id("attempt"), "job_id": job_id, "number": 1, "pool": shape.profile.pool,
        "phase": Phase.WAITING.value, "owner": resolved.owner.id, "units": shape.pool_units * terms.replicas,
    }  # fmt: skip
    return Submission(
        job_id=job_id,
        owner=resolved.owner.id,
        actor=caller.user_id,
        key=key,
        request_hash=request_hash,
        hold_micros=resolved.hold_micros,
        plan_id=request.plan_id,
        profile=shape.profile,
        job=job,
        attempt=attempt,
        needs=resolved.needs,
        resolved=resolved,
    )


def decide(
    tx: Transaction, batch: Sequence[Submission], *, live_jobs_limit: int | None = None
) -> list[Accepted | HubkinError]:
    """Decide a batch in order of arrival and write what was accepted; refusals are values.

    Locks balances in id order, reads by key, decides in plain Python, writes set-wise.  Where there is a
    limit of live jobs, a balance is locked for those that cost nothing too: it stands for its owner.
    """
    owners = sorted({s.owner for s in batch})
    locked = billing.balances(tx, {s.owner for s in batch if s.hold_micros or live_jobs_limit})
    remembered = idempotency.find_all(tx.connection, {(s.actor, s.key) for s in batch if s.key})
    live = jobs.count_by_owner(tx.connection, owners) if live_jobs_limit else {}
    available = {owner: balance.available_micros for owner, balance in locked.items()}
    seen: dict[tuple[str, str], tuple[str, str]] = {
        pair: (kept.request_hash, kept.answer) for pair, kept in remembered.items()
    }
    planned = plans.jobs_of(tx, (s.plan_id for s in batch if s.plan_id))
    accepted: list[Submission] = []
    answers: list[Accepted | HubkinError] = []
    for one in batch:
        answer = _decide_one(one, seen, planned, live, available, live_jobs_limit)
        answers.append(answer)
        if isinstance(answer, Accepted) and not answer.is_replay:
            accepted.append(one)
            live[one.owner] = live.get(one.owner, 0) + 1
            available[one.owner] = available.get(one.owner, 0) - one.hold_micros
            if one.key:
                seen[one.actor, one.key] = (one.request_hash, one.job_id)
            if one.plan_id:
                planned[one.plan_id] = one.job_id
    _write(tx, accepted, locked)
    return answers


def _decide_one(
    one: Submission,
    seen: dict[tuple[str, str], tuple[str, str]],
    planned: dict[str, str],
    live: dict[str, int],
    available: dict[str, int],
    limit: int | None,
) -> Accepted | HubkinError:
    earlier = seen.get((one.actor, one.key)) if one.key else None
    if earlier is not None:
        request_hash, job_id = earlier
        if request_hash != one.request_hash:
            return idempotency.reused(one.key or "")
        return Accepted(job_id, is_replay=True)
    if one.plan_id in planned:
        return Accepted(planned[one.plan_id], is_replay=True)
    if limit is not None and live.get(one.owner, 0) >= limit:
        return TooManyJobs(
            "You have {count} unfinished jobs, which is as many as this site allows.", params={"count": limit}
        )
    if one.hold_micros > available.get(one.owner, 0) and one.hold_micros > 0:
        return billing.balance_low(
            one.owner, hold_micros=one.hold_micros, available_micros=available.get(one.owner, 0)
        )
    return Accepted(one.job_id, is_replay=False)


def _write(tx: Transaction, accepted: Sequence[Submission], locked: Mapping[str, billing.Balance]) -> None:
    holds = billing.place_holds(
        tx,
        [
            billing.HoldRequest(one.owner, one.job_id, one.hold_micros, one.actor)
            for one in accepted
            if one.hold_micros
        ],
        locked=locked,
    )
    hold_ids = {hold.subject: hold.id for hold in holds if isinstance(hold, billing.Hold)}
    unpaid = [one.job_id for one in accepted if one.hold_micros and one.job_id not in hold_ids]
    if unpaid:
        raise AssertionError(f"accepted without a hold: {unpaid}")
    jobs.add_all(
        tx,
        [one.job | {"hold_id": hold_ids.get(one.job_id)} for one in accepted],
        [{"job_id": one.job_id, "needs": need} for one in accepted for need in one.needs],
    )
    attempts.add_all(tx, [one.attempt for one in accepted])
    journal.append_all(
        tx,
        [
            journal.row(
                "job", owner=one.owner, subject=one.job_id, actor=one.actor, at=tx.now, old="",
                state="queued", reason="accepted", name=one.job["name"],
            )
            for one in accepted
        ],
    )  # fmt: skip
    idempotency.remember(
        tx,
        [
            {"owner": one.actor, "key": one.key, "request_hash": one.request_hash, "status": 201,
             "answer": one.job_id}
            for one in accepted
            if one.key
        ],
    )  # fmt: skip
    for one in accepted:
        if one.plan_id:
            plans.submitted_as(tx, one.plan_id, one.job_id)


def _owner(caller: users.Identity, name: str | None) -> users.Owner:
    if name is None or name == "me":
        return users.Owner(caller.user_id, users.OwnerKind.USER, caller.name)
    owner = caller.space(name)
    if owner is None:
        raise NotFound(
            "There is no space '{name}' in which you could submit.",
            params={"name": name[:80]},
            fields=(Field("/owner", "not_found"),),
        )
    if not caller.may_spend(owner.id):
        raise NotAllowed(
            "You can see '{name}' but not submit in its name. Ask its lead.",
            params={"name": owner.name},
            fields=(Field("/owner", "forbidden"),),
        )
    return owner


def _needs(connection: Connection | None, caller: users.Identity, after: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    if connection is None:
        return ()
    for n, name in enumerate(after):
        row = jobs.named_or_id(connection, caller.owners, name)
        if row is None:
            raise NoSuchDependency(
                "'after' names '{name}', which is no job of yours.",
                params={"name": name[:80]},
                fields=(Field(f"/after/{n}", "not_found"),),
            )
        found.append(row["id"])
    return tuple(dict.fromkeys(found))
