"""Why a job waits or ended, for one reader: gathers the facts and lets the domain decide."""

from __future__ import annotations

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.clock import rfc3339
from hubkin_kit.database import Connection, Row

from hubkin_jobs.domain.explain import Ahead, Explained, Offer, Runs, explain
from hubkin_jobs.domain.reasons import Reason
from hubkin_jobs.domain.states import JobState
from hubkin_jobs.service.reading import not_kept_by
from hubkin_jobs.service.words import Reader
from hubkin_jobs.store import attempts


def explanation(connection: Connection, row: Row, reader: Reader, *, now: int) -> wire.Explanation:
    """Explain one job to its reader."""
    reason = reader.reason(row["reason"], msgspec.json.decode(row["reason_params"]))
    if row["state"] != JobState.QUEUED:
        return wire.Explanation(
            job_id=row["id"],
            state=row["state"],
            reasons=[reason],
            summary=reason.text,
            notes=[
                reader.reason(note.code, note.params)
                for note in (*_how_on(connection, row), *not_kept_by(connection, row))
            ],
            as_of=rfc3339(now),
        )
    found = _explained(connection, row, now=now, language=reader.language)
    reason = reader.reason(found.reason.code, found.reason.params)
    return wire.Explanation(
        job_id=row["id"],
        state=row["state"],
        reasons=[reason],
        summary=reason.text,
        position=found.position,
        ahead=list(found.ahead),
        waits_for_jobs=list(found.waits_for),
        eta=_eta(found, reader),
        eta_latest_at=rfc3339(found.eta_latest_at) if found.eta_latest_at else None,
        alternatives=_alternatives(found, row, reader),
        as_of=rfc3339(now),
    )


def _explained(connection: Connection, row: Row, *, now: int, language: str) -> Explained:
    pool = resources.pool_state(connection).get(row["pool"])
    attempt = attempts.of_job(connection, row["id"], row["attempt"])
    assert attempt is not None, "a job has its attempt from the first transaction on"
    queue = attempts.queue(connection, row["pool"], limit=attempts.QUEUE_MOST)
    reason = Reason(row["reason"], msgspec.json.decode(row["reason_params"]))

    def named(other: Row) -> str:
        """Name a job to the owner of this one; strangers' jobs have no names."""
        return str(other["name"]) if other["owner"] == row["owner"] else ""

    return explain(
        reason=reason,
        units=attempt["units"],
        replicas=row["replicas"],
        free_units=pool.free if pool else 0,
        running=[
            Runs(job_id=h["job_id"], name=named(h), units=h["units"], ends_by=h["deadline_at"])
            for h in attempts.holding(connection, row["pool"])
        ],
        ahead=[
            Ahead(job_id=q["job_id"], name=named(q), units=q["units"], duration_seconds=q["duration_seconds"])
            for q in queue
            if q["id"] < attempt["id"]
        ],
        offers=offers(connection, row, now=now, language=language),
        now=now,
    )


def _how_on(connection: Connection, row: Row) -> list[Reason]:
    """Say how a suspended job goes on: with more money, or not at all where its hardware is gone."""
    if row["state"] != JobState.SUSPENDED:
        return []
    ways = [Reason("top_up")] if row["reason"] == "balance_empty" else []
    found = resources.no_longer_offered(connection, [row["profile"]], pool=row["pool"])
    for profile in found.values():
        ways = [Reason("cannot_resume", {"label": profile.label, "label_zh": profile.label_zh})]
    return ways


def offers(connection: Connection, row: Row, *, now: int, language: str) -> list[Offer]:
    """Other GPU profiles that the submitter may use; a job that asked for a GPU is never offered none."""
    states = resources.pool_state(connection)
    usable = users.usable_profiles(connection, (row["submitted_by"], row["owner"]))
    own = resources.profile(connection, row["profile"])
    gone = resources.no_longer_offered(connection, [row["profile"]], pool=row["pool"])
    return [
        Offer(
            profile=profile.name,
            label=profile.label_in(language),
            free_units=states[profile.pool].free,
            units_needed=row["units"] * row["replicas"],
            micros_per_hour=billing.tariff_at(connection, profile.name, now).per_hour(
                row["units"] * row["replicas"]
            ),
        )
        for profile in resources.profiles(connection)
        if profile.name in usable
        and profile.name != row["profile"]
        and (gone or profile.pool != row["pool"])
        and own
        and profile.is_gpu == own.is_gpu
    ]


def _eta(found: Explained, reader: Reader) -> str | None:
    if found.eta_latest_at is not None:
        return reader.text("Likely by {latest_at} at the latest.", latest_at=found.eta_latest_at)
    if found.no_eta_because == "":
        return reader.text("Can't tell: a job of somebody else has no time limit.")
    if found.no_eta_because:
        return reader.text("Can't tell: {job} has no time limit.", job=found.no_eta_because)
    return None


def _alternatives(found: Explained, row: Row, reader: Reader) -> list[wire.Alternative]:
    ways = []
    if found.fewer_replicas:
        text = reader.text("Fewer replicas, {n}: starts now.", n=found.fewer_replicas)
        ways.append(wire.Alternative(text=text, patch={"replicas": found.fewer_replicas}))
    for offer in found.offers:
        price = reader.money(offer.micros_per_hour)
        text = reader.text(
            "Take {label}: starts now, {price} an hour.",
            label=offer.label,
            price={"amount": price.amount, "unit": price.unit},
        )
        patch = {"resources": {"gpu": f"{offer.profile}:{row['units']}"}}
        ways.append(wire.Alternative(text=text, patch=patch))
    return ways
