"""From a job's kept files to a model version, with its lineage; references are copied, no bytes move."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hubkin_catalog import Catalog, File
from hubkin_kit.database import Connection, Row, Transaction

from hubkin_jobs.service import inputs
from hubkin_jobs.service.reading import OURS
from hubkin_jobs.store import attempts, streams


def files_under(connection: Connection, attempt_id: str, path: str) -> list[File]:
    """Return the first replica's kept files at or below a path; our own are not among them."""
    prefix = "" if path in (".", "") else path.strip("/")
    return [
        File(row["path"], row["size_bytes"], row["digest"], row["mode"])
        for row in streams.outputs_of(connection, attempt_id)
        if row["idx"] == 0
        and not row["path"].startswith(OURS)
        and (not prefix or row["path"] == prefix or row["path"].startswith(prefix + "/"))
    ]


def register(
    tx: Transaction,
    catalog: Catalog,
    job: Row,
    *,
    name: str,
    files: Sequence[File],
    by: str,
    alias: str | None = None,
    best: str | None = None,
) -> tuple[str, int]:
    """Register files of a job as the next version of a model, once per job and name.

    Returns:
        The model's name and the version's number.
    """
    attempt = attempts.of_job(tx.connection, job["id"], job["attempt"])
    return catalog.register_model(
        tx,
        owner=job["owner"],
        name=name,
        tree=files,
        job_id=job["id"],
        by=by,
        alias=alias,
        metric=_metric(job, best),
        lineage={
            "job": job["id"],
            "attempt": attempt["id"] if attempt else None,
            "code": job["code_version"],
            "inputs": {one.name: one.reference for one in inputs.of_job(job)},
        },
    )


def _metric(job: Row, best: str | None) -> tuple[str, float] | None:
    """The newest value of the curve that says which is best, e.g. ``val/acc max``."""
    name = best.split()[0] if best else None
    latest: dict[str, float] = msgspec.json.decode(job["latest"]) if job["latest"] else {}
    return (name, latest[name]) if name and name in latest else None
