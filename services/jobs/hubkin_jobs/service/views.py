"""Rows become what people and programs see; whole rows, so that no screen has to ask again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import msgspec
from hubkin import wire
from hubkin_kit.clock import SECOND, rfc3339
from hubkin_kit.database import Connection, Row

from hubkin_jobs.domain.outcome import ReplicaFact, why
from hubkin_jobs.domain.states import FINAL, LIVE, JobState, Phase
from hubkin_jobs.service import inputs
from hubkin_jobs.service.words import Reader
from hubkin_jobs.store import attempts, jobs, streams


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a page of jobs needs beside their rows, read at once for all of them."""

    names: Mapping[str, str]
    labels: Mapping[str, resources.Profile]
    held: Mapping[str, int]
    replicas: Mapping[str, list[wire.Replica]]
    metered: Mapping[str, int]
    now: int


def surroundings(connection: Connection, rows: Sequence[Row], reader: Reader, *, now: int) -> Surroundings:
    """Read what these jobs' views need, in a fixed number of queries."""
    people = {row["owner"] for row in rows} | {row["submitted_by"] for row in rows}
    live = [row for row in rows if row["state"] in LIVE]
    current = _current(connection, live)
    return Surroundings(
        names=users.names(connection, people),
        labels={profile.name: profile for profile in resources.profiles(connection)},
        held={
            subject: hold.remaining_micros
            for subject, hold in billing.open_holds(
                connection, [row["id"] for row in live if row["hold_id"]]
            ).items()
        },
        replicas=_replicas(connection, current, reader),
        metered={one["job_id"]: one["metered_until"] for one in current if one["metered_until"]},
        now=now,
    )


def job_view(row: Row, around: Surroundings, reader: Reader, *, spec: wire.JobSpec | None = None) -> wire.Job:
    """Make the view of one job; ``spec`` spares reading its specification where that is at hand."""
    state = JobState(row["state"])
    profile = around.labels.get(row["profile"])
    started, finished, submitted = row["started_at"], row["finished_at"], row["submitted_at"]
    waited_until = started or finished or around.now
    return wire.Job(
        id=row["id"],
        name=row["name"],
        owner=around.names.get(row["owner"], row["owner"]),
        submitted_by=around.names.get(row["submitted_by"], row["submitted_by"]),
        state=state.value,
        reason=reader.reason(row["reason"], msgspec.json.decode(row["reason_params"])),
        spec=spec or msgspec.json.decode(row["spec"], type=wire.JobSpec),
        profile=row["profile"],
        profile_label=profile.label_in(reader.language) if profile else row["profile"],
        simulated=profile.simulated if profile else False,
        units=row["units"],
        backend=row["backend"],
        attempt=row["attempt"],
        submitted_at=rfc3339(submitted),
        started_at=rfc3339(started) if started else None,
        finished_at=rfc3339(finished) if finished else None,
        deadline_at=rfc3339(row["deadline_at"]) if row["deadline_at"] else None,
        waited_seconds=(waited_until - submitted) / SECOND,
        ran_seconds=((finished or around.now) - started) / SECOND if started else None,
        per_hour=reader.money(row["micros_per_hour"]),
        held=reader.money(around.held.get(row["id"], 0)),
        charged=reader.money(row["charged_micros"]),
        charged_at=rfc3339(around.metered[row["id"]]) if row["id"] in around.metered else None,
        replicas=around.replicas.get(row["id"], []),
        progress=msgspec.json.decode(row["progress"], type=wire.Progress) if row["progress"] else None,
        inputs=inputs.of_job(row),
        latest=msgspec.json.decode(row["latest"]) if row["latest"] else {},
        capture=msgspec.json.decode(row["capture"], type=wire.CaptureReport) if row["capture"] else None,
        origin=origin_of(row),
        model=row["model"],
        can_stop=state not in FINAL,
        can_extend=state in LIVE and row["duration_seconds"] is not None,
        revision=row["revision"],
        href=f"/services/hubkin/jobs/{row['id']}",
    )


def origin_of(row: Row) -> wire.Origin | None:
    """Return where a job was submitted from, as far as it was said."""
    return msgspec.json.decode(row["origin"], type=wire.Origin) if row["origin"] else None


def views(connection: Connection, rows: Sequence[Row], reader: Reader, *, now: int) -> list[wire.Job]:
    """Make the views of a page of jobs."""
    around = surroundings(connection, rows, reader, now=now)
    return [job_view(row, around, reader) for row in rows]


def names(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return what the jobs among these ids are called."""
    job_ids = [one for one in ids if one.startswith("job-")]
    return jobs.names_of(connection, job_ids) if job_ids else {}


def waiting(connection: Connection) -> dict[str, int]:
    """Return pool → how many jobs wait for it."""
    return attempts.count_waiting(connection)


def replicas_of(connection: Connection, row: Row, reader: Reader) -> list[wire.Replica]:
    """Return the replicas of a job's newest attempt, also when it has ended."""
    return _replicas(connection, _current(connection, [row]), reader).get(row["id"], [])


def _current(connection: Connection, rows: Iterable[Row]) -> list[Row]:
    """Return the newest attempts of these jobs, as far as they have been released."""
    numbers = {row["id"]: row["attempt"] for row in rows if row["state"] != JobState.QUEUED}
    return [
        attempt
        for attempt in attempts.of_jobs(connection, numbers)
        if attempt["number"] == numbers[attempt["job_id"]] and attempt["phase"] != Phase.WAITING
    ]


def _replicas(connection: Connection, newest: Iterable[Row], reader: Reader) -> dict[str, list[wire.Replica]]:
    current = {attempt["id"]: attempt["job_id"] for attempt in newest}
    sent = {
        (s["attempt_id"], s["task"], s["idx"]): s["log_bytes"]
        for s in streams.of_attempts(connection, current)
    }
    found: dict[str, list[wire.Replica]] = {}
    for attempt_id, facts in attempts.facts_of(connection, current).items():
        found[current[attempt_id]] = [
            _replica(fact, sent.get((attempt_id, fact.task, fact.index), 0), reader) for fact in facts
        ]
    return found


def _replica(fact: ReplicaFact, log_bytes: int, reader: Reader) -> wire.Replica:
    reason = why(fact) if fact.is_over and not fact.is_good else None
    return wire.Replica(
        task=fact.task,
        index=fact.index,
        state=fact.state.value,
        exit_code=fact.code,
        reason=reader.reason(reason.code, reason.params) if reason else None,
        rss_bytes=fact.rss_bytes,
        log_bytes=log_bytes,
    )
