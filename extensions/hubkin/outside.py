"""``hubkin.report data model outputs params`` outside a job: nothing that could stop a script.

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


def data(name: str) -> Path:
    """The folder of a dataset: ``$HUBKIN_DATA_<NAME>`` where it is set, else ``./data/<name>``.

    Example:
        >>> hubkin.data("imagenet")
        PosixPath('data/imagenet')
    """
    return _place("HUBKIN_DATA_", name, "data")


def model(name: str) -> Path:
    """The folder of a model: ``$HUBKIN_MODEL_<NAME>`` where it is set, else ``./models/<name>``.

    Example:
        >>> hubkin.model("base")
        PosixPath('models/base')
    """
    return _place("HUBKIN_MODEL_", name, "models")


def outputs() -> Path:
    """Where outputs go outside a job: ``./outputs``."""
    return Path(os.environ.get("HUBKIN_OUTPUTS") or "outputs")


def params() -> dict[str, Any]:
    """The job's parameters; outside a job there are none."""
    return {}


def _place(prefix: str, name: str, folder: str) -> Path:
    variable = prefix + "".join(c if c.isalnum() else "_" for c in name).upper()
    return Path(os.environ.get(variable) or Path(folder, name))
