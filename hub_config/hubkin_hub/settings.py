"""What a site can set about Hubkin in its hub's configuration file, as ``c.Hubkin.…``."""

from __future__ import annotations

import os
from typing import Any

from traitlets import Bool, Enum, Integer, Set, Unicode, default
from traitlets.config import Configurable

PREFIX = "/services/hubkin/"


class Hubkin(Configurable):
    """How the hub meets the platform.  What is not set comes from the environment of `hubkin up`."""

    platform_url = Unicode(
        config=True,
        help="Where the hub reaches the platform, without a path, e.g. `http://127.0.0.1:8010`.",
    )
    service_token = Unicode(
        config=True,
        help="The hub token of the service `hubkin`: the platform checks people's tokens with it.",
    )
    gate_token = Unicode(
        config=True, help="The hub token of the service `hubkin-gate`: the spawner asks the platform with it."
    )
    control_token = Unicode(
        config=True,
        help="The hub token with which `hubkin up` stops notebooks at its end; empty: no such service.",
    )
    metrics_token = Unicode(
        config=True,
        help="The hub token with which Prometheus reads the platform's figures from elsewhere; empty: no "
        "such service.",
    )
    terminal_token = Unicode(
        config=True,
        help="The hub token by which the terminals of the Unix user who runs the hub reach the platform; "
        "counts only where people sign in by a link.",
    )
    admins = Set(Unicode(), config=True, help="Hub users who may use the platform's admin page.")
    admin_groups = Set(
        Unicode(), config=True, help="Hub groups whose members may use the platform's admin page."
    )
    gate = Bool(
        default_value=True,
        config=True,
        help="Whether notebooks are started by a spawner that asks the platform first.",
    )
    pages = Bool(
        default_value=True, config=True, help="Whether the hub shows Hubkin's pages, in English and Chinese."
    )

    data = Unicode(
        config=True,
        help="The data directory of an installation on one machine; empty: the site places its files.",
    )
    login = Enum(
        ("once", "password", "site"),
        config=True,
        help="How people sign in on one machine: by a link that works once (`once`), by a password of "
        "our own (`password`), or as the site's configuration says (`site`).",
    )
    port = Integer(8000, min=1, max=65535, config=True, help="The port that people open, on loopback.")
    hub_port = Integer(8001, min=1, max=65535, config=True, help="The hub's own port, behind the proxy.")
    proxy_port = Integer(8002, min=1, max=65535, config=True, help="The port of the proxy's own interface.")
    proxy_token = Unicode(config=True, help="The password of the proxy's own interface.")
    cookie_secret = Unicode(config=True, help="64 hexadecimal digits that sign the hub's cookies.")

    @default("platform_url")
    def _platform_url(self) -> str:
        return f"http://127.0.0.1:{os.environ.get('HUBKIN_PORT', '8010')}"

    @default("port")
    def _port(self) -> int:
        return int(os.environ.get("HUBKIN_PUBLIC_PORT", "8000"))

    @default("hub_port")
    def _hub_port(self) -> int:
        return int(os.environ.get("HUBKIN_HUB_PORT", "8001"))

    @default("proxy_port")
    def _proxy_port(self) -> int:
        return int(os.environ.get("HUBKIN_PROXY_PORT", "8002"))

    @default("data")
    def _data(self) -> str:
        return os.environ.get("HUBKIN_DATA", "")

    @default("login")
    def _login(self) -> str:
        return os.environ.get("HUBKIN_LOGIN", "site")

    @default("admins")
    def _admins(self) -> set[str]:
        return set(os.environ.get("HUBKIN_ADMINS", "").split())

    @property
    def api_url(self) -> str:
        """The base of the platform's REST interface, reached directly."""
        return f"{self.platform_url}{PREFIX}api/v1"

    def take_secrets(self, secrets: dict[str, Any]) -> None:
        """Fill what is still unset from the contents of ``secrets.json``."""
        self.service_token = self.service_token or secrets["hub_token"]
        self.gate_token = self.gate_token or secrets["gate_token"]
        self.control_token = self.control_token or secrets.get("control_token", "")
        self.terminal_token = self.terminal_token or secrets.get("terminal_token", "")
        self.proxy_token = self.proxy_token or secrets["proxy_token"]
        self.cookie_secret = self.cookie_secret or secrets["cookie_secret"]
