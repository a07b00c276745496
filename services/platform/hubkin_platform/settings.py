"""The settings of the platform's process."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hubkin_kit.settings import Settings
from traitlets import Bool, Float, Int, List, TraitError, Unicode, default, validate

from hubkin_platform import __version__


class HubkinPlatform(Settings):
    """The platform: REST, pages and event stream, and the controllers unless another process runs them."""

    name = "hubkin-platform"
    version = __version__
    description = "The platform: REST, pages, event stream and controllers."

    config_file = Unicode(
        help="A Python or JSON file with settings; platform_config.py in the data folder when it is there."
    ).tag(config=True)
    data = Unicode(
        help="The folder with the database, objects, runs and secrets; only its owner may look in."
    ).tag(config=True, env="HUBKIN_DATA")
    database_url = Unicode(
        help="Where the database is, such as postgresql://NAME:PASSWORD@HOST/DATABASE or mariadb://…; "
        "a SQLite file in the data folder unless set. Its driver comes with the extra of that name."
    ).tag(config=True, env="HUBKIN_DATABASE_URL")
    bind = Unicode(
        "127.0.0.1",
        help="The address to listen on; everything beyond loopback needs a proxy with TLS before it.",
    ).tag(config=True, env="HUBKIN_BIND")
    port = Int(8081, min=0, max=65535, help="The port to listen on; 0 takes any that is free.").tag(
        config=True, env="HUBKIN_PORT"
    )
    secrets = Unicode(
        help="The JSON file with tokens and keys; secrets.json in the data folder unless set."
    ).tag(config=True, env="HUBKIN_SECRETS")
    site = Unicode(
        "", help="The site file (YAML or JSON): unit of money, profiles, prices, groups, mail, time zone."
    ).tag(config=True, env="HUBKIN_SITE")
    public_url = Unicode(
        "", help="The address by which people open the hub, for links in notices and cards."
    ).tag(config=True, env="HUBKIN_PUBLIC_URL")
    allowed_hosts = List(
        Unicode(),
        help="Further names by which the platform may be called, against DNS rebinding; * allows any name.",
    ).tag(config=True, env="HUBKIN_ALLOWED_HOSTS")
    hub_api_url = Unicode("http://127.0.0.1:8081/hub/api", help="The address of the hub's API.").tag(
        config=True, env="JUPYTERHUB_API_URL"
    )
    hub_base_url = Unicode("/", help="The path under which the hub is reached from a browser.").tag(
        config=True, env="JUPYTERHUB_BASE_URL"
    )
    prefix = Unicode("/services/hubkin/", help="The path under which the hub serves us.").tag(
        config=True, env="JUPYTERHUB_SERVICE_PREFIX"
    )
    client_id = Unicode("service-hubkin", help="Our name as an OAuth client of the hub.").tag(
        config=True, env="JUPYTERHUB_CLIENT_ID"
    )
    backend = Unicode("local", help="Where jobs run: this machine.").tag(config=True)
    meter_seconds = Float(
        30.0,
        min=1.0,
        help="How often running work is metered, in seconds; shorter shows charges sooner and writes more.",
    ).tag(config=True)
    hook_networks = List(
        Unicode(),
        help="Private networks into which webhooks may go, such as 127.0.0.0/8; otherwise only public ones.",
    ).tag(config=True, env="HUBKIN_HOOK_NETWORKS")
    controllers = Bool(
        default_value=True,
        help="Whether this process runs the controllers too: of several processes on one database, at least "
        "one has to; on SQLite it must, there is no other.",
    ).tag(config=True)

    aliases = {
        "data": "HubkinPlatform.data",
        "port": "HubkinPlatform.port",
        "bind": "HubkinPlatform.bind",
        "site": "HubkinPlatform.site",
        "config": "HubkinPlatform.config_file",
        "secrets": "HubkinPlatform.secrets",
    }

    @default("data")
    def _data(self) -> str:
        home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        return str(Path(home) / "hubkin")

    @default("config_file")
    def _config_file(self) -> str:
        file = self.folder / "platform_config.py"
        return str(file) if file.exists() else ""

    @default("database_url")
    def _database_url(self) -> str:
        return f"sqlite:///{self.folder / 'hubkin.sqlite'}"

    @default("secrets")
    def _secrets(self) -> str:
        return str(self.folder / "secrets.json")

    @validate("hook_networks")
    def _networks(self, proposal: Any) -> Any:
        for text in proposal["value"]:
            try:
                ipaddress.ip_network(text)
            except ValueError:
                raise TraitError(f"{text!r} is no network such as 10.1.0.0/16") from None
        return proposal["value"]

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data).absolute()

    @property
    def hosts(self) -> frozenset[str]:
        """All names by which we may be called."""
        names = {"127.0.0.1", "localhost", "::1", *self.allowed_hosts}
        if self.bind not in ("", "0.0.0.0", "::"):  # noqa: S104 - any interface has no name
            names.add(self.bind)
        if self.public_url:
            names.add(urlsplit(self.public_url).hostname or "")
        return frozenset(name.lower() for name in names if name)
