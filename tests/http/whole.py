"""The whole platform, composed as its process composes it, on a real database, before a small hub."""

from __future__ import annotations

import secrets as random
from pathlib import Path
from typing import Any

from hubkin_kit.database import Database
from hubkin_platform import schema
from hubkin_platform.app import Platform, compose
from hubkin_platform.secret_file import Secrets
from hubkin_platform.settings import HubkinPlatform

from tests.http.client import Answer, Client
from tests.http.small_hub import ADMIN_VERBS, USER_VERBS, SmallHub

SITE = """\
unit: CNY
pools:
  cpu: {kind: cpu}
  sim: {kind: gpu, units: 2, simulated: true}
profiles:
  cpu: {pool: cpu, label: CPU, cpu: 1, memory: 2GiB}
  sim-gpu: {pool: sim, label: Simulated GPU, accelerator: sim-gpu, cpu: 1, memory: 2GiB}
prices: {sim-gpu: 2.00}
groups:
  lab: {lead: [lea], member: [max], viewer: [vic]}
opening_balances: {ada: 50, group:lab: 50}
"""
GATE = "custom:hubkin:servers:gate"


class Whole:
    """The platform, and people with tokens."""

    def __init__(self, folder: Path, hub: SmallHub, database_url: str = "") -> None:
        site = folder / "site.yaml"
        site.write_text(SITE)
        settings = HubkinPlatform(data=str(folder), site=str(site), hub_api_url=hub.url)
        self.hub = hub
        self.database = Database(database_url or settings.database_url)
        schema.bring_up(self.database, holder="test")
        keys = [random.token_hex(32) for _ in range(3)]
        self.secrets = Secrets(
            hub_token=hub.own_token, cookie_secret=keys[0], attempt_key=keys[1], ticket_key=keys[2]
        )
        self.platform: Platform = compose(settings, self.secrets, self.database, holder="test", port=1)
        self.client = Client(self.platform.application)
        self.tokens = {name: hub.add(name) for name in ("ada", "bob")}
        self.tokens |= {name: hub.add(name, groups=("lab",)) for name in ("lea", "max", "vic")}
        self.tokens["root"] = hub.add("root", scopes=(*USER_VERBS, *ADMIN_VERBS))
        self.tokens["gate"] = hub.add("hubkin-gate", kind="service", scopes=(GATE,))

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **more: Any
    ) -> Answer:
        """Call in somebody's name."""
        token = self.tokens.get(who)
        return await self.client.request(method, path, token=token, json_body=body, body=raw, **more)

    async def close(self) -> None:
        """End everything."""
        await self.client.close()
        await self.platform.close()
