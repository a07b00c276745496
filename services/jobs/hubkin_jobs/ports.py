"""A place where jobs run, as the reconciler needs it; this machine is the only one so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hubkin_jobs.domain.filling import variable_of
from hubkin_jobs.domain.outcome import ReplicaFact


@dataclass(frozen=True, slots=True)
class Given:
    """A dataset or model that a job reads."""

    kind: str
    name: str
    version_id: str

    @property
    def variable(self) -> str:
        """The variable that says where it lies."""
        return variable_of(self.kind, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything a backend needs to run one attempt; made from rows, the same after every crash."""

    attempt_id: str
    job_id: str
    job_name: str
    owner: str
    replicas: int
    command: str
    env: dict[str, str]
    code_version: str | None
    cpu: int
    memory_bytes: int | None
    accelerator: str | None
    simulated: bool
    indices: tuple[int, ...]
    grace_seconds: int
    stop_signal: str
    keep: tuple[str, ...]
    units_per_replica: int = 1
    profile: str = ""
    queue: str = ""
    priority: str = "normal"
    task: str = "main"
    inputs: tuple[Given, ...] = ()
    """Laid out read-only before any command starts; its variables say where."""
    devices: tuple[str, ...] = ()
    """What the driver calls the accelerators of ``indices``, in their order; empty when it just counts."""


class Backend(Protocol):
    """Runs attempts.

    All calls are idempotent: the reconciler repeats them after every crash.  An implementation is correct
    when it passes ``hubkin_jobs.testing.BackendContract``.
    """

    name: str

    async def submit(self, order: Order) -> None:
        """Have all replicas start, or none; returns when that is under way.

        Raises:
            BackendRefused: It can never run here; nothing was started.
        """
        ...

    async def observe(self, attempt_ids: Sequence[str]) -> list[ReplicaFact]:
        """Return what is known of these attempts' replicas now; one never submitted has no facts."""
        ...

    async def stop(self, attempt_id: str, *, signal: str, grace_seconds: int) -> None:
        """Ask all replicas to end, and end them after the grace; also what never started."""
        ...

    async def forget(self, attempt_id: str) -> bool:
        """Remove what is left of an ended attempt; False while something of it runs or is to be shipped."""
        ...

    async def leftovers(self) -> list[str]:
        """Return the attempts of which the backend still keeps something."""
        ...


class BackendRefused(Exception):
    """The backend can never run this; the sentence is for the person."""
