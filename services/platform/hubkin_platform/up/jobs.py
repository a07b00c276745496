"""Which jobs run on this machine, read from their run folders: true also while the platform is down."""

from __future__ import annotations

import json
from pathlib import Path

from hubkin_agent import is_alive


def running(runs: Path) -> int:
    """Return how many attempts have an agent that lives and no exit yet."""
    attempts = set()
    for file in runs.glob("*/*/agent.pid"):
        if (file.parent / "exit.json").exists():
            continue
        try:
            agent = json.loads(file.read_text())
            alive = is_alive(int(agent["pid"]), agent.get("start_time"))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            continue
        if alive:
            attempts.add(file.parent.parent)
    return len(attempts)
