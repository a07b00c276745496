"""Which ports an installation uses; the same as last time wherever that is possible."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The port that people open, and three on loopback that only our own processes use."""

    public: int
    platform: int
    hub: int
    proxy: int


def is_free(port: int) -> bool:
    """Whether this machine's loopback port can be listened on now."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def next_free(port: int) -> int | None:
    """Return the first free port above this one, within a hundred."""
    return next((other for other in range(port + 1, min(port + 100, 65536)) if is_free(other)), None)


def choose(file: Path, *, public: int) -> Ports:
    """Return the ports of last time, with fresh ones where another program took theirs.

    Notebooks that outlived the hub call it on its old port, so that one is worth keeping.
    """
    try:
        kept = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        kept = {}
    taken = {public}
    inner = {}
    for name in ("platform", "hub", "proxy"):
        port = kept.get(name, 0)
        if port in taken or not port or not is_free(port):
            port = _any_free(taken)
        inner[name] = port
        taken.add(port)
    ports = Ports(public=public, **inner)
    file.write_text(json.dumps(asdict(ports)))
    return ports


def _any_free(taken: set[int]) -> int:
    while True:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port
