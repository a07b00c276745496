"""The agent beside a command, and the replica directory through which backends speak with it."""

from __future__ import annotations

from .processes import boot_id, is_alive, start_time
from .remains import end_remains
from .rundir import REASONS, BadRunDir, Exit, RunDir, Spec, Started, read_small

__all__ = [
    "REASONS",
    "BadRunDir",
    "Exit",
    "RunDir",
    "Spec",
    "Started",
    "boot_id",
    "end_remains",
    "is_alive",
    "read_small",
    "start_time",
]
