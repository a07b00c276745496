"""Keeps our users in step with the hub: who is new, whose groups changed, who was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import hubkin_users as users
from hubkin_kit.controllers import Controller
from hubkin_kit.database import Database
from hubkin_kit.leases import Lease, check
from hubkin_kit.web import Hub

EVERY_SECONDS = 60.0
#: Without it the hub cuts the list silently.
ACCEPT = "application/jupyterhub-pagination+json"
PAGE = 200


def controller(database: Database, hub: Hub) -> Controller:
    """Return the loop."""

    async def step(lease: Lease) -> None:
        asked_at = database.clock.now()
        models = await all_users(hub)
        if models is None:
            return

        news = await database.read(lambda c: users.news(c, models, asked_at=asked_at))
        if news is None:
            return

        def write(tx: Any) -> None:
            check(tx, lease)
            users.mirror(tx, models, asked_at=asked_at, changed=news)

        await database.write(write)

    return Controller(name="users-mirror", step=step, every_seconds=EVERY_SECONDS)


async def completed(hub: Hub, model: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add when the hub created a token's user, which it does not tell the token itself.

    Without it somebody who was created anew under an old name would be taken for the one before.
    """
    if model.get("kind") != "user" or model.get("created"):
        return model
    status, person = await hub.request("GET", f"/users/{quote(str(model['name']), safe='')}")
    if status != 200 or not isinstance(person, dict) or not person.get("created"):
        return model
    return {**model, "created": person["created"]}


async def all_users(hub: Hub) -> list[dict[str, Any]] | None:
    """Return the hub's full list, None when it may be cut: half a list would delete the other half."""
    found: dict[str, dict[str, Any]] = {}
    offset = 0
    while True:
        status, page = await hub.request("GET", f"/users?offset={offset}&limit={PAGE}", accept=ACCEPT)
        if status != 200 or not isinstance(page, dict):
            return None
        found |= {model["name"]: model for model in page["items"]}
        offset += len(page["items"])
        if not page["_pagination"]["next"]:
            return list(found.values()) if len(found) == page["_pagination"]["total"] else None
