"""The Volcano job of an attempt, against golden files: change one on purpose with ``UPDATE_GOLDEN=1``."""

import json
import os
from pathlib import Path

import pytest
from hubkin_jobs.adapters.volcano import vcjob
from hubkin_jobs.ports import Given, Order
from hubkin_jobs.testing import an_order

GOLDEN = Path(__file__).parent / "golden"
IDS = {"attempt_id": "attempt-01m8", "job_id": "job-01m8", "queue": "a100.user-ada"}

ORDERS: dict[str, Order] = {
    "cpu": an_order("python train.py", **IDS, code_version="version-01m8"),
    "two-replicas-of-two-gpus": an_order(
        "python train.py", **IDS, replicas=2, units_per_replica=2, accelerator="nvidia.com/gpu", cpu=8,
        memory_bytes=64 << 30, env={"LR": "0.1"}, grace_seconds=600, profile="a100",
    ),
    "low-priority": an_order("true", **IDS, priority="low"),
    "with-data": an_order(
        "python train.py", **IDS,
        inputs=(Given("dataset", "my-set", "version-01a"), Given("model", "base", "version-01b")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERS)
def test_the_manifest_is_the_golden_one(name: str) -> None:
    made = json.dumps(vcjob(ORDERS[name], image="lab/train@sha256:0"), indent=1, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / f"{name}.json").write_text(made)

    assert made == (GOLDEN / f"{name}.json").read_text()


@pytest.mark.parametrize("name", ORDERS)
def test_a_gang_starts_whole_and_volcano_never_restarts_it(name: str) -> None:
    spec = vcjob(ORDERS[name], image="lab/train@sha256:0")["spec"]

    assert spec["minAvailable"] == spec["tasks"][0]["replicas"] == ORDERS[name].replicas
    assert spec["maxRetry"] == 1
    assert {policy["action"] for policy in spec["policies"]} == {"TerminateJob"}


@pytest.mark.parametrize("name", ORDERS)
def test_every_pod_is_restricted_and_has_no_token_of_the_cluster(name: str) -> None:
    pod = vcjob(ORDERS[name], image="lab/train@sha256:0")["spec"]["tasks"][0]["template"]["spec"]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert len(pod["containers"]) == 1
    for container in pod["initContainers"] + pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    volumes = [(set(volume) - {"name"}).pop() for volume in pod["volumes"]]
    assert set(volumes) <= {"emptyDir", "persistentVolumeClaim"}


def test_what_a_job_reads_is_read_only_in_both_places() -> None:
    pod = vcjob(ORDERS["with-data"], image="i")["spec"]["tasks"][0]["template"]["spec"]

    claims = [volume for volume in pod["volumes"] if "persistentVolumeClaim" in volume]
    mounts = [mount for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == claims[0]["name"]]
    assert [claim["persistentVolumeClaim"]["readOnly"] for claim in claims] == [True]
    assert [(mount["mountPath"], mount["readOnly"]) for mount in mounts] == [
        ("/data/my-set", True),
        ("/models/base", True),
    ]


def test_only_low_priority_may_be_preempted() -> None:
    pods = {
        name: vcjob(order, image="i")["spec"]["tasks"][0]["template"]["metadata"]["annotations"]
        for name, order in ORDERS.items()
    }

    assert {name for name, notes in pods.items() if notes["volcano.sh/preemptable"] == "true"} == {
        "low-priority"
    }
