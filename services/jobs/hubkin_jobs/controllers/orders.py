"""What a backend is told of an attempt."""

from __future__ import annotations

import hubkin_resources as resources
import msgspec
from hubkin import wire
from hubkin_kit.database import Connection

from hubkin_jobs.domain.filling import filled, filled_value
from hubkin_jobs.domain.launch import launched
from hubkin_jobs.ports import Given, Order
from hubkin_jobs.service import inputs
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
            filled(spec.run, spec.params),
            launcher=spec.launcher,
            replicas=job["replicas"],
            processes=job["units"],
        ),
        env={name: filled_value(value, spec.params) for name, value in spec.env.items()}
        | {"HUBKIN_PARAMS": msgspec.json.encode(spec.params).decode()},
        code_version=job["code_version"],
        inputs=tuple(Given(one.kind, one.name, one.version_id) for one in inputs.of_job(job)),
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
