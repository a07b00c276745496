"""The agent beside a command, and the replica directory through which backends speak with it."""

from __future__ import annotations

from .processes import boot_id, is_alive, start_time
from .rundir import REASONS, BadRunDir, Exit, RunDir, Spec, Started

__all__ = [
    "REASONS",
    "BadRunDir",
    "Exit",
    "RunDir",
    "Spec",
    "Started",
    "boot_id",
    "is_alive",
    "start_time",
]
