"""Which processes there are and what each is told: command, environment, log, a question it answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from hubkin_kit.errors import HubkinError
from hubkin_resources import parse_site, this_machine

from hubkin_platform.up import proxy, secret_files, web
from hubkin_platform.up.children import Child
from hubkin_platform.up.paths import Places
from hubkin_platform.up.ports import Ports

PREFIX = "/services/hubkin/"
HUB_CONFIG = """# The hub of this installation.  Your own lines may stand above; nothing replaces this file.
from hubkin_hub import configure
configure(c)
"""
PLATFORM = (sys.executable, "-m", "hubkin_platform", "service")
#: What an enclosing hub or platform has told the shell is not for these.
FOREIGN = ("JUPYTERHUB_", "JPY_", "HUBKIN_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One installation: where, on which ports, with which secrets, for whom."""

    places: Places
    ports: Ports
    secrets: dict[str, str]
    demo: bool
    admins: tuple[str, ...]
    platform_command: tuple[str, ...] = PLATFORM

    @property
    def url(self) -> str:
        """Where people come."""
        return f"http://127.0.0.1:{self.ports.public}"

    @property
    def hub_api(self) -> str:
        """The hub, past the proxy."""
        return f"http://127.0.0.1:{self.ports.hub}/hub/api"

    @property
    def health(self) -> str:
        """The platform, past the proxy."""
        return f"http://127.0.0.1:{self.ports.platform}{PREFIX}healthz"

    def write_files(self) -> None:
        """Write what the processes read."""
        self.places.groups.write_text(json.dumps(groups(self.places.site)))
        proxy.write(self.places, port=self.ports.public, proxy_port=self.ports.proxy)
        if not self.places.hub_config.exists():
            self.places.hub_config.write_text(HUB_CONFIG)
        if self.demo:
            # Several people: each signs in with a password, in the terminal too.
            self.places.client.unlink(missing_ok=True)
        else:
            known = {"url": self.url, "token": self.secrets["terminal_token"]}
            secret_files.write_private(self.places.client, known)

    def children(self) -> list[Child]:
        """Return proxy, platform and hub, siblings: none brings another down."""
        return [self._proxy(), self._platform(), self._hub()]

    def _proxy(self) -> Child:
        async def listens() -> bool:
            # Without a password its interface answers 401 or 404, which is an answer.
            status, _ = await _ask(f"http://127.0.0.1:{self.ports.proxy}/api/overview")
            return status != 0

        return self._child("proxy", proxy.command(self.places), {}, listens)

    def _platform(self) -> Child:
        told = {
            "HUBKIN_BIND": "127.0.0.1",
            "HUBKIN_PUBLIC_URL": self.url,
            "HUBKIN_SITE": str(self.places.site) if self.places.site.exists() else "",
            "JUPYTERHUB_API_TOKEN": self.secrets["hub_token"],
            "JUPYTERHUB_API_URL": self.hub_api,
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_CLIENT_ID": "service-hubkin",
            "JUPYTERHUB_SERVICE_NAME": "hubkin",
            "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{self.ports.platform}",
        }
        told = {name: value for name, value in told.items() if value}
        return self._child("platform", list(self.platform_command), told, lambda: web.answers(self.health))

    def _hub(self) -> Child:
        told = {
            "HUBKIN_ADMINS": " ".join(self.admins),
            "HUBKIN_HUB_PORT": str(self.ports.hub),
            "HUBKIN_LOGIN": "password" if self.demo else "once",
            "HUBKIN_PROXY_PORT": str(self.ports.proxy),
            "HUBKIN_PUBLIC_PORT": str(self.ports.public),
        }
        command = [sys.executable, "-m", "hubkin_hub", "-f", str(self.places.hub_config)]
        # Through the proxy: it answers before the hub has added its routes, with 404.
        return self._child("hub", command, told, lambda: web.answers(f"{self.url}/hub/login"))

    def _child(
        self, name: str, command: list[str], told: dict[str, str], answers: Callable[[], Awaitable[bool]]
    ) -> Child:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        common = {
            "HUBKIN_DATA": str(self.places.data),
            "HUBKIN_SECRETS": str(self.places.secrets),
            "HUBKIN_PORT": str(self.ports.platform),
        }
        return Child(
            name=name,
            command=tuple(command),
            environment={**kept, **common, **told},
            folder=self.places.data,
            log=self.places.logs / f"{name}.log",
            answers=answers,
        )


def groups(site: Path) -> dict[str, list[str]]:
    """Return the members of the site file's groups: who is in a group is the hub's matter, as what is ours.

    A file that is wrong has no groups here; the platform refuses it with the line.
    """
    try:
        found = parse_site(site.read_text("utf-8"), machine=this_machine()).groups
    except (FileNotFoundError, HubkinError):
        return {}
    return {group: sorted(people) for group, people in found.items()}


async def _ask(url: str) -> tuple[int, bytes]:
    return await asyncio.to_thread(web.fetch, url)
