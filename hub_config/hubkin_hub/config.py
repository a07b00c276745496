"""``configure(c)``: what a hub's configuration file calls, once, after the site's own lines.

It appends to lists, sets and dictionaries and never replaces what the site has set.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from traitlets.config import Config

from hubkin_hub import machine, pages, rights
from hubkin_hub.settings import Hubkin


def configure(c: Config) -> None:
    """Bring Hubkin into a hub: rights and services, the pages, the gate, and on one machine the whole hub."""
    site = Hubkin(config=c)
    secrets = os.environ.get("HUBKIN_SECRETS", "")
    if secrets:
        site.take_secrets(json.loads(Path(secrets).read_text()))
    add_rights(c, site)
    if site.pages:
        pages.add(c)
    if site.gate:
        add_gate(c, site)
    if site.data:
        machine.add(c, site)


def add_rights(c: Config, site: Hubkin) -> None:
    """Scopes, roles, services, and what users and their servers may do with them."""
    c.JupyterHub.custom_scopes.update(rights.SCOPES)
    c.JupyterHub.load_roles.extend(
        rights.roles(
            admins=site.admins,
            admin_groups=site.admin_groups,
            control=bool(site.control_token),
            metrics=bool(site.metrics_token),
        )
    )
    c.JupyterHub.services.extend(
        rights.services(
            platform_url=site.platform_url,
            service_token=site.service_token,
            gate_token=site.gate_token,
            control_token=site.control_token,
            metrics_token=site.metrics_token,
        )
    )
    c.JupyterHub.extra_user_scopes.update({rights.ACCESS, *rights.USER_VERBS})
    c.Spawner.server_token_scopes = rights.server_token_scopes(as_set(c, "Spawner", "server_token_scopes"))


def add_gate(c: Config, site: Hubkin) -> None:
    """Tell spawner and authenticator where the platform is."""
    c.HubkinGate.setdefault("platform_api_url", site.api_url)
    c.HubkinGate.setdefault("gate_token", site.gate_token)
    c.TellsPlatform.setdefault("platform_api_url", site.api_url)
    c.TellsPlatform.setdefault("gate_token", site.gate_token)


def as_set(c: Config, section: str, name: str) -> Any:
    """Return a value that the site has set, or ``None``; looking must not create a lazy one."""
    return c[section][name] if section in c and name in c[section] else None
