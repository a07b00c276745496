"""The whole hub on one machine: proxy without Node, local notebooks, SQLite, loopback only.

Used by `hubkin up`, which starts the proxy itself, so that a restart of the hub interrupts nobody's notebook.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from traitlets.config import Config

from hubkin_hub.account import account_name
from hubkin_hub.login import OnceAuthenticator, PasswordAuthenticator
from hubkin_hub.settings import Hubkin

LOGINS: dict[str, Any] = {"once": OnceAuthenticator, "password": PasswordAuthenticator}


def add(c: Config, site: Hubkin) -> None:
    """Set what the site has left open; ``setdefault`` never replaces a line of its own."""
    data = Path(site.data)
    _hub(c, site, data)
    _proxy(c, site, data)
    _spawner(c, site, data)
    if site.login != "site":
        c.JupyterHub.setdefault("authenticator_class", LOGINS[site.login])
        c.OnceAuthenticator.setdefault("key_file", str(data / "hub" / "once.json"))
        c.PasswordAuthenticator.setdefault("password_file", str(data / "hub" / "passwords.json"))
        # Whoever may use the platform's admin page looks after the hub's people and servers too.
        c.Authenticator.admin_users.update(site.admins)
    if site.login == "once" and site.terminal_token:
        # One Unix user, one trust domain: who may read the file with this token may read everything else.
        c.JupyterHub.api_tokens.update({site.terminal_token: account_name()})


def _hub(c: Config, site: Hubkin, data: Path) -> None:
    hub = c.JupyterHub
    hub.setdefault("bind_url", f"http://127.0.0.1:{site.port}/")
    hub.setdefault("hub_bind_url", f"http://127.0.0.1:{site.hub_port}")
    hub.setdefault("db_url", f"sqlite:///{data / 'hub' / 'jupyterhub.sqlite'}")
    hub.setdefault("pid_file", str(data / "hub" / "hub.pid"))
    hub.setdefault("cookie_secret", bytes.fromhex(site.cookie_secret))
    # Notebooks and jobs outlive the hub: a restart finds them again by pid and start time.
    hub.setdefault("cleanup_servers", False)
    hub.setdefault("cleanup_proxy", False)
    hub.setdefault("concurrent_spawn_limit", 64)
    hub.setdefault("activity_resolution", 30)
    hub.setdefault("last_activity_interval", 300)
    hub.setdefault("show_config", False)
    groups = data / "hub" / "groups.json"
    if groups.exists():
        members = json.loads(groups.read_text())
        hub.load_groups.update({name: {"users": people} for name, people in members.items()})


def _proxy(c: Config, site: Hubkin, data: Path) -> None:
    c.JupyterHub.setdefault("proxy_class", "jupyterhub_traefik_proxy.fileprovider.TraefikFileProviderProxy")
    proxy = c.TraefikFileProviderProxy
    proxy.setdefault("should_start", False)
    proxy.setdefault("dynamic_config_file", str(data / "hub" / "proxy-routes.toml"))
    proxy.setdefault("traefik_api_url", f"http://127.0.0.1:{site.proxy_port}")
    proxy.setdefault("traefik_api_username", "hubkin")
    proxy.setdefault("traefik_api_password", site.proxy_token)


def _spawner(c: Config, site: Hubkin, data: Path) -> None:
    c.JupyterHub.setdefault("spawner_class", "hubkin-local")
    spawner = c.HubkinLocalSpawner
    spawner.setdefault("homes", str(data / "homes") if site.login == "password" else "")
    spawner.setdefault("log_folder", str(data / "logs" / "servers"))
    c.HubkinGate.setdefault("facts_file", str(data / "hub" / "profiles.json"))
    c.HubkinGate.setdefault("ends_file", str(data / "hub" / "ends.json"))
    c.Spawner.setdefault("default_url", "/lab")
    c.Spawner.setdefault("ip", "127.0.0.1")
    if os.geteuid() == 0:
        c.Spawner.args.append("--allow-root")
