"""Where a notebook server stands, and what a look at its process means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hubkin_kit.clock import SECOND

#: How long a start may take before what was set aside for it is released.
START_SECONDS = 15 * 60


class ServerState(StrEnum):
    """Where a server stands."""

    STARTING = "starting"  #: allowed; the spawner has not said that it runs
    RUNNING = "running"  #: its process was seen
    STOPPED = "stopped"  #: gone; paid


@dataclass(frozen=True, slots=True)
class Look:
    """What a controller saw of a server's process."""

    state: ServerState
    is_alive: bool
    asked_at: int


def has_ended(look: Look, *, now: int) -> bool:
    """Whether the server is over: its process is gone, or it never came."""
    if look.state is ServerState.RUNNING:
        return not look.is_alive
    return look.state is ServerState.STARTING and now - look.asked_at > START_SECONDS * SECOND


def cores_of(indices: tuple[int, ...], *, cores: int) -> tuple[int, ...]:
    """Return the cores behind units of a CPU pool: unit n is core n modulo the number of cores."""
    return tuple(sorted({index % cores for index in indices}))
