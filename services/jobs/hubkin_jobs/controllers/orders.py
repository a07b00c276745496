"""What a backend is told of an attempt."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

import hubkin_resources as resources
import msgspec
from hubkin import wire
from hubkin_kit.database import Connection

from hubkin_jobs.domain.launch import launched
from hubkin_jobs.ports import Order
from hubkin_jobs.store import attempts, jobs


def make_order(connection: Connection, attempt_id: str) -> Order:
    """Make the order of an attempt from its rows: the same after every crash."""
    attempt = attempts.get(connection, attempt_id)
    job = jobs.get(connection, attempt["job_id"]) if attempt else None
    assert attempt is not None
    assert job is not None
    spec = msgspec.json.decode(job["spec"], type=wire.JobSpec)
    profile = resources.profile(connection, job["profile"])
    assert profile is not None, "a profile that was used stays known"
    indices = attempts.decode_indices(attempt["indices"])
    pool = resources.pool_state(connection).get(job["pool"])
    named = pool.pool.devices if pool else ()
    return Order(
        attempt_id=attempt_id,
        job_id=job["id"],
        job_name=job["name"],
        owner=job["owner"],
        replicas=job["replicas"],
        command=launched(
            _fill(spec.run, spec.params),
            launcher=spec.launcher,
            replicas=job["replicas"],
            processes=job["units"],
        ),
        env=spec.env | {"HUBKIN_PARAMS": msgspec.json.encode(spec.params).decode()},
        code_version=job["code_version"],
        cpu=profile.cpu,
        memory_bytes=profile.memory_bytes * job["units"] if profile.memory_bytes else None,
        accelerator=profile.accelerator,
        simulated=profile.simulated,
        indices=indices,
        devices=tuple(named[index] for index in indices) if named else (),
        grace_seconds=job["grace_seconds"],
        stop_signal=job["stop_signal"],
        keep=tuple(spec.outputs.keep),
        units_per_replica=job["units"],
        profile=profile.name,
        queue=f"{job['pool']}.{job['owner']}",
    )


def _fill(run: str, params: Mapping[str, Any]) -> str:
    """Fill ``${{ params.x }}`` into the command, quoted for the shell."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return shlex.quote(str(params[name])) if name in params else match[0]

    return re.sub(r"\$\{\{\s*params\.(\w+)\s*\}\}", value, run)
