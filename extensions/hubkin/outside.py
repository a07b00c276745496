"""``hubkin.report data model outputs params`` outside a job: the same calls, so that a script runs in both.

Inside a job a module of the same name stands before this package and does the real thing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def report(step: float | None = None, **values: float) -> None:
    """Report metrics of this step; outside a job nothing happens.

    Example:
        >>> hubkin.report(loss=0.3, step=10)
    """


def data(reference: str) -> Path:
    """The folder of a dataset, with read-only files: what a job was given, elsewhere a copy on this machine.

    Elsewhere that is ``$HUBKIN_DATA_<NAME>`` where it is set, else the version that the platform has,
    fetched once; without a platform what was fetched before, else ``./data/<name>``.

    Raises:
        hubkin.fetched.NotHere: There is none of them; the message has the ways out.

    Example:
        >>> hubkin.data("lab/imagenet@v3")
        PosixPath('/home/ada/.cache/hubkin/versions/5f3a…')
    """
    return _place("dataset", reference)


def model(reference: str) -> Path:
    """The folder of a model, found as `data` finds a dataset; ``./models/<name>`` comes last.

    Example:
        >>> hubkin.model("lab/qwen@champion")
        PosixPath('/home/ada/.cache/hubkin/versions/90c1…')
    """
    return _place("model", reference)


def outputs() -> Path:
    """Where outputs go outside a job: ``./outputs``."""
    return Path(os.environ.get("HUBKIN_OUTPUTS") or "outputs")


def params() -> dict[str, Any]:
    """The job's parameters; outside a job there are none."""
    return {}


def _place(kind: str, reference: str) -> Path:
    from hubkin.reference import short_name, variable_of

    given = os.environ.get(variable_of(kind, short_name(reference)))
    if given:
        return Path(given)
    from hubkin import fetched

    return fetched.place(kind, reference)
