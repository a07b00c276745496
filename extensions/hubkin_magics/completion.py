"""Completion of the magics' lines; what needs the platform is asked for once and kept for half a minute."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Tuple

_KEPT_SECONDS = 30.0
_ASK_SECONDS = 1.0
_kept: Dict[str, Tuple[float, List[str]]] = {}


def complete(shell: Any, event: Any) -> List[str]:
    """Return what could stand at the cursor (`IPython`'s ``complete_command`` hook)."""
    words = event.line.split()
    if event.command.startswith("%%train"):
        before = words[-1] if event.line.endswith(" ") else (words[-2] if len(words) > 1 else "")
        return _train(shell, before)
    return _commands()


def _train(shell: Any, before: str) -> List[str]:
    from hubkin_magics import options

    if before == "--gpu":
        return _names("/profiles")
    if before == "--data":
        return _names("/datasets")
    if before == "--use-model":
        return _names("/models")
    if before == "--launcher":
        return list(options.LAUNCHERS)
    if before == "--send":
        hidden = shell.user_ns_hidden
        return [name for name in shell.user_ns if not name.startswith("_") and name not in hidden]
    return options.flags()


def _commands() -> List[str]:
    from hubkin.cli.tree import COMMANDS

    return [command.name for command in COMMANDS if " " not in command.name]


def _names(path: str) -> List[str]:
    at, names = _kept.get(path, (0.0, []))
    if time.monotonic() - at < _KEPT_SECONDS and names:
        return names
    from hubkin import session
    from hubkin.errors import NotConnected
    from hubkin.transport import ProblemError, Unreachable

    try:
        page = session.client().transport.request("GET", path, timeout_seconds=_ASK_SECONDS, tries=1)
    except (NotConnected, ProblemError, Unreachable):
        return []
    names = list(dict.fromkeys(str(row["name"]) for row in page["items"]))
    _kept[path] = (time.monotonic(), names)
    return names
