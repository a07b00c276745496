"""An attempt as a Volcano job: a pure function, so that the port is shaped by a cluster as well.

Follows design.md 10: gang by ``minAvailable``, names never reused, backends never restart anything
themselves.
"""

from __future__ import annotations

from typing import Any

from hubkin_jobs.ports import Given, Order

NAMESPACE = "hubkin-work"
AGENT_IMAGE = "hubkin-agent:0.1"
RUN = "/hubkin/run"
#: What the agent keeps of the pod's grace for its last flush.
FLUSH_SECONDS = 20
MASTER_PORT = 29500


def vcjob(
    order: Order, *, image: str, namespace: str = NAMESPACE, agent_image: str = AGENT_IMAGE
) -> dict[str, Any]:
    """Return the manifest of one attempt.

    Args:
        order: What to run.
        image: The image of the user's command, by digest.
        namespace: Where servers and jobs live.
        agent_image: Our image: the agent, ``launch.sh`` and the stage command.
    """
    return {
        "apiVersion": "batch.volcano.sh/v1alpha1",
        "kind": "Job",
        "metadata": {
            "name": order.attempt_id,
            "namespace": namespace,
            "labels": _labels(order),
        },
        "spec": {
            "schedulerName": "volcano",
            "queue": order.queue,
            "minAvailable": order.replicas,
            "maxRetry": 1,
            "plugins": {"svc": ["--publish-not-ready-addresses"], "env": []},
            "policies": [
                {"event": "PodEvicted", "action": "TerminateJob"},
                {"event": "PodFailed", "action": "TerminateJob"},
            ],
            "tasks": [
                {
                    "name": order.task,
                    "replicas": order.replicas,
                    "minAvailable": order.replicas,
                    "template": {"metadata": _pod_metadata(order), "spec": _pod(order, image, agent_image)},
                }
            ],
        },
    }


def _labels(order: Order) -> dict[str, str]:
    return {
        "app.kubernetes.io/managed-by": "hubkin",
        "hubkin.dev/job": order.job_id,
        "hubkin.dev/attempt": order.attempt_id,
        "hubkin.dev/owner": order.owner,
    }


def _pod_metadata(order: Order) -> dict[str, Any]:
    preemptable = "true" if order.priority == "low" else "false"
    return {"labels": _labels(order), "annotations": {"volcano.sh/preemptable": preemptable}}


def _pod(order: Order, image: str, agent_image: str) -> dict[str, Any]:
    run = {"name": "run", "mountPath": RUN}
    code = {"name": "code", "mountPath": "/code"}
    outputs = {"name": "outputs", "mountPath": "/outputs"}
    token = {"secretKeyRef": {"name": order.attempt_id, "key": "token"}}
    stage = {
        "name": "stage",
        "image": agent_image,
        "args": ["stage", order.code_version or "", "/code"],
        "env": [{"name": "HUBKIN_ATTEMPT_TOKEN", "valueFrom": token}],
        "volumeMounts": [code],
        "securityContext": _restricted(65532),
    }
    inputs = [_mount(one) for one in order.inputs]
    agent = {
        "name": "agent",
        "image": agent_image,
        "args": ["agent", RUN],
        "restartPolicy": "Always",  # a native sidecar: starts first, ends last
        "env": [{"name": "HUBKIN_ATTEMPT_TOKEN", "valueFrom": token}],
        "startupProbe": {"exec": {"command": ["/bin/sh", "-c", f"test -e {RUN}/ready"]}, "periodSeconds": 1},
        "volumeMounts": [run, outputs],
        "securityContext": _restricted(65532),
    }
    command = {
        "name": "command",
        "image": image,
        "command": ["/bin/sh", f"{RUN}/launch.sh", RUN, "/code", str(order.grace_seconds), "/bin/sh", "-c"],
        "args": [order.command],
        "workingDir": "/code",
        "env": _env(order),
        "resources": _resources(order),
        "volumeMounts": [run, code, outputs, *inputs],
        "securityContext": _restricted(1000),
    }
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": order.grace_seconds + FLUSH_SECONDS,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "nodeSelector": {"hubkin.dev/pool": order.queue.partition(".")[0]},
        "tolerations": [{"key": "hubkin.dev/pool", "operator": "Exists", "effect": "NoSchedule"}],
        "initContainers": [stage, agent],
        "containers": [command],
        "volumes": [
            *({"name": name, "emptyDir": {}} for name in ("run", "code", "outputs")),
            *([_CACHE] if order.inputs else []),
        ],
    }


#: The versions that jobs read, each staged once; were it writable, a missing folder would be made empty.
_CACHE = {"name": "cache", "persistentVolumeClaim": {"claimName": "hubkin-cache", "readOnly": True}}
_ROOTS = {"dataset": "/data", "model": "/models"}


def _path(given: Given) -> str:
    return f"{_ROOTS[given.kind]}/{given.name}"


def _mount(given: Given) -> dict[str, Any]:
    return {
        "name": "cache",
        "mountPath": _path(given),
        "subPath": f"{given.version_id}/tree",
        "readOnly": True,
    }


def _env(order: Order) -> list[dict[str, Any]]:
    fixed = order.env | {
        "HUBKIN_JOB_ID": order.job_id,
        "HUBKIN_JOB_NAME": order.job_name,
        "HUBKIN_ATTEMPT_ID": order.attempt_id,
        "HUBKIN_TASK": order.task,
        "HUBKIN_CODE": "/code",
        "HUBKIN_OUTPUTS": "/outputs",
        **{one.variable: _path(one) for one in order.inputs},
        "WORLD_SIZE": str(order.replicas),
        # Volcano's svc plugin publishes <job>-<task>-<i>.<job> before the pods are ready.
        "MASTER_ADDR": f"{order.attempt_id}-{order.task}-0.{order.attempt_id}",
        "MASTER_PORT": str(MASTER_PORT),
        "PYTHONUNBUFFERED": "1",
    }
    index = {"fieldRef": {"fieldPath": "metadata.labels['volcano.sh/task-index']"}}
    mine = [{"name": name, "valueFrom": index} for name in ("HUBKIN_REPLICA_INDEX", "RANK")]
    return [{"name": name, "value": value} for name, value in sorted(fixed.items())] + mine


def _resources(order: Order) -> dict[str, Any]:
    amounts = {"cpu": str(order.cpu * order.units_per_replica)}
    if order.memory_bytes:
        amounts["memory"] = str(order.memory_bytes)
    if order.accelerator:
        amounts[order.accelerator] = str(order.units_per_replica)
    return {"requests": amounts, "limits": amounts}


def _restricted(uid: int) -> dict[str, Any]:
    return {
        "runAsUser": uid,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
