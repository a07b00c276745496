"""Where everything lies on one machine: names of the data directory's files, in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def default_data() -> Path:
    """Return ``$HUBKIN_DATA``, or the standard folder."""
    chosen = os.environ.get("HUBKIN_DATA")
    if chosen:
        return Path(chosen)
    return standard_data()


def standard_data() -> Path:
    """Return ``hubkin`` in the user's data folder."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "hubkin"


@dataclass(frozen=True, slots=True)
class Places:
    """The data directory and what is in it."""

    data: Path

    @property
    def hub(self) -> Path:
        """The hub's own files."""
        return self.data / "hub"

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.data / "logs"

    @property
    def secrets(self) -> Path:
        """Tokens and keys, readable by their owner only."""
        return self.data / "secrets.json"

    @property
    def lock(self) -> Path:
        """Held by the one `hubkin up` that runs on this data."""
        return self.data / "up.lock"

    @property
    def state(self) -> Path:
        """Who runs, where: pid, start time, ports, address."""
        return self.data / "up.json"

    @property
    def ports(self) -> Path:
        """The ports of last time, so that notebooks that still run find the hub again."""
        return self.hub / "ports.json"

    @property
    def once(self) -> Path:
        """The key of the link that signs in once."""
        return self.hub / "once.json"

    @property
    def passwords(self) -> Path:
        """Hashes of the demo's passwords."""
        return self.hub / "passwords.json"

    @property
    def homes(self) -> Path:
        """One home per person, where people sign in with passwords."""
        return self.data / "homes"

    @property
    def hub_config(self) -> Path:
        """The hub's configuration: two lines, and room for one's own."""
        return self.hub / "jupyterhub_config.py"

    @property
    def groups(self) -> Path:
        """Who is in which group, from the site file, for the hub."""
        return self.hub / "groups.json"

    @property
    def proxy_config(self) -> Path:
        """What the proxy reads once."""
        return self.hub / "proxy.yml"

    @property
    def proxy_routes(self) -> Path:
        """What the hub writes and the proxy watches."""
        return self.hub / "proxy-routes.toml"

    @property
    def site(self) -> Path:
        """The site file: unit of money, profiles, prices, groups."""
        return self.data / "site.yaml"

    @property
    def client(self) -> Path:
        """Address and token for the terminals of the account that runs everything here."""
        return self.data / "client.json"

    def make(self) -> None:
        """Create the folders; only their owner may look in."""
        for folder in (self.data, self.hub, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
