"""Which jobs run on this machine, read from their run folders: true also while the platform is down."""

from __future__ import annotations

from pathlib import Path

from hubkin_agent import RunDir


def running(runs: Path) -> int:
    """Return how many attempts have an agent that lives and no exit yet."""
    found = (RunDir(file.parent) for file in runs.glob("*/*/agent.pid"))
    return len({run.path.parent for run in found if not run.exit_file.exists() and run.agent_is_alive})
