"""What the command finds in its environment: the agent's own without secrets, then the spec's, then ours."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Dict, Mapping

from .rundir import RunDir, Spec

_INJOB = Path(__file__).resolve().parent / "injob"

#: The agent may have been started by the platform: none of that is the command's business.
_NOT_PASSED = re.compile(
    r"^(?:JUPYTERHUB|JPY|CONFIGPROXY|HUBKIN)_|^PYTHON(?:PATH|HOME|STARTUP|SAFEPATH)$|^VIRTUAL_ENV$"
    r"|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE_KEY|ACCESS_KEY|API_KEY|COOKIE"
)


def build(run: RunDir, spec: Spec, base: Mapping[str, str] = os.environ) -> Dict[str, str]:
    """Return the environment of the command."""
    env = {name: value for name, value in base.items() if not _NOT_PASSED.search(name)}
    # MLflow 3 asks to be told that its file store is meant.
    env.update(
        MLFLOW_TRACKING_URI="file:" + os.path.join(spec.outputs, "mlruns"), MLFLOW_ALLOW_FILE_STORE="true"
    )
    env.update(spec.env)
    env.update(
        HUBKIN_JOB_ID=spec.job_id,
        HUBKIN_ATTEMPT_ID=spec.attempt_id,
        HUBKIN_TASK=spec.task,
        HUBKIN_REPLICA_INDEX=str(spec.index),
        HUBKIN_CODE=spec.code,
        HUBKIN_OUTPUTS=spec.outputs,
        HUBKIN_REPORT=str(run.report),
        PYTHONUNBUFFERED="1",
        PYTHONPATH=os.pathsep.join([str(_INJOB)] + [one for one in [spec.env.get("PYTHONPATH")] if one]),
    )
    return env


def marker(run: RunDir) -> bytes:
    """Return the entry that only processes of this replica have in their environment."""
    return b"HUBKIN_REPORT=" + os.fsencode(str(run.report))
