"""What a job's own code may ask of Hubkin: where its data is, where outputs go, and to report numbers.

Standard library only, Python 3.8 and later.  Outside a job `report` does nothing; `outputs` is ``./outputs``.
"""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any, Dict, Optional

__all__ = ["data", "model", "outputs", "params", "report"]


def _params() -> Dict[str, Any]:
    try:
        given = json.loads(os.environ.get("HUBKIN_PARAMS") or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


#: The folder whose files are kept when the job ends, however it ends.
outputs = Path(os.environ.get("HUBKIN_OUTPUTS") or "outputs")

#: The parameters that the job was submitted with.
params = _params()


def report(step: Optional[int] = None, **values: float) -> None:
    """Add numbers to the job's curves, such as ``report(step=10, loss=0.3)``; does nothing outside a job."""
    path = os.environ.get("HUBKIN_REPORT")
    if not path or not values:
        return
    # float() takes the scalars of numpy and torch as well.
    said = {
        "step": None if step is None else int(step),
        "values": {name: float(value) for name, value in values.items()},
        "at": time.time_ns() // 1000,
    }
    line = json.dumps(said).encode() + b"\n"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    except OSError:
        return
    try:
        # One write at the file's end: lines of several processes do not mix.
        os.write(fd, line)
    except OSError:
        # A number is not worth a training run: the disk may be full.
        return
    finally:
        os.close(fd)


def data(name: str) -> Path:
    """Return the read-only folder of a dataset that the job was given.

    ``name`` is its name in the job; of ``lab/imagenet@v3`` only ``imagenet`` counts, for the version was
    chosen when the job was submitted.
    """
    return _given("DATA", name, "dataset")


def model(name: str) -> Path:
    """Return the read-only folder of a model that the job was given."""
    return _given("MODEL", name, "model")


def __getattr__(name: str) -> Any:
    raise AttributeError("hubkin.%s is not there inside a job, which has: %s." % (name, ", ".join(__all__)))


def _given(kind: str, name: str, word: str) -> Path:
    prefix = "HUBKIN_%s_" % kind
    short = name.rpartition("/")[2].partition("@")[0]
    path = os.environ.get(prefix + re.sub(r"[^A-Z0-9]", "_", short.upper()))
    if path is None:
        given = sorted(one[len(prefix) :].lower() for one in os.environ if one.startswith(prefix))
        has = "it has " + ", ".join(given) if given else "it has none"
        raise LookupError("This job was given no %s named %r; %s." % (word, name, has))
    return Path(path)
