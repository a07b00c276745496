"""What the platform has not heard of servers that are over; said again until it has."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from traitlets.log import get_logger

from hubkin_spawners.platform import Platform


class Untold:
    """Ends of servers, in this process and, where a file is given, over restarts of the hub."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, dict[str, Any]]] = {}

    def keep(self, server_id: str, facts: dict[str, Any], file: str) -> None:
        """Remember what is to be said again."""
        self._of(file)[server_id] = facts
        self._write(file)

    def has_any(self, file: str) -> bool:
        """Whether there is something to say."""
        return bool(self._of(file))

    async def tell(self, platform: Platform, file: str) -> None:
        """Say what was kept; what an answer came to, even a no, is not said again.

        Raises:
            Away: The platform does not answer; the rest stays.
        """
        for server_id, facts in list(self._of(file).items()):
            await platform.ask("PUT", f"/servers/{server_id}/facts", body=facts)
            self._of(file).pop(server_id, None)
            self._write(file)

    def _of(self, file: str) -> dict[str, dict[str, Any]]:
        if file not in self._kept:
            self._kept[file] = _read(file) if file else {}
        return self._kept[file]

    def _write(self, file: str) -> None:
        if not file:
            return
        fresh = Path(f"{file}.{os.getpid()}.new")
        fresh.write_text(json.dumps(self._kept[file]))
        fresh.replace(file)


def _read(file: str) -> dict[str, dict[str, Any]]:
    try:
        return dict(json.loads(Path(file).read_text()))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError) as error:
        # Nobody pays for it: the platform sees for itself which servers are gone, a little later.
        get_logger().warning("Which servers are over cannot be read from %s: %s", file, error)
        return {}
