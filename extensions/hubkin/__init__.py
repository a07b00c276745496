"""Client of a Hubkin platform: submit jobs, watch them, get their results.

    import hubkin

    job = hubkin.submit("train.yaml", params={"lr": 1e-4})
    job.wait("2h")
    job.metrics("loss").to_pandas()

Importing this package loads nothing else; names are found when they are used.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # type checkers know the name; `typing` itself costs every kernel some milliseconds
if TYPE_CHECKING:
    from typing import Any

    from hubkin.errors import JobFailed, NotConnected, NotYours, TimedOut
    from hubkin.job import Job, last
    from hubkin.outside import data, model, report
    from hubkin.session import Client, client, submit
    from hubkin.specfile import BadJobFile
    from hubkin.transport import (
        BalanceLow,
        Conflict,
        Forbidden,
        Invalid,
        NotFound,
        NotSignedIn,
        ProblemError,
        QuotaExceeded,
        Unavailable,
        Unreachable,
    )

__version__ = "0.1.0"

_HOMES = {
    "hubkin.session": ("Client", "client", "submit"),
    "hubkin.job": ("Job", "last"),
    "hubkin.specfile": ("BadJobFile",),
    "hubkin.outside": ("data", "model", "report"),
    "hubkin.errors": ("JobFailed", "NotConnected", "NotYours", "TimedOut"),
    "hubkin.transport": (
        "BalanceLow", "Conflict", "Forbidden", "Invalid", "NotFound", "NotSignedIn", "ProblemError",
        "QuotaExceeded", "Unavailable", "Unreachable",
    ),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BadJobFile",
    "BalanceLow",
    "Client",
    "Conflict",
    "Forbidden",
    "Invalid",
    "Job",
    "JobFailed",
    "NotConnected",
    "NotFound",
    "NotSignedIn",
    "NotYours",
    "ProblemError",
    "QuotaExceeded",
    "TimedOut",
    "Unavailable",
    "Unreachable",
    "__version__",
    "client",
    "data",
    "last",
    "model",
    "outputs",
    "params",
    "report",
    "submit",
]


def __getattr__(name: str) -> Any:
    """Find a public name where it lives (PEP 562)."""
    if name in ("outputs", "params"):  # values in a job, so values here too
        return getattr(importlib.import_module("hubkin.outside"), name)()
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'hubkin' has no attribute '{name}'")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
