"""A small hub, and applications served on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest
from hubkin_kit.clock import SystemClock
from hubkin_kit.i18n import Translator
from hubkin_kit.web import Hub, HubAuthenticator, Route, Signer, Web, make_app
from hubkin_kit.web.sessions import Sessions

from tests.http.client import Client
from tests.http.small_hub import SmallHub

KEY = b"k" * 32


class Person:
    """The least that is a caller."""

    def __init__(self, model: dict[str, Any]) -> None:
        self.name: str = model["name"]
        self.user_id = f"user-{self.name}"
        self.language = ""
        self.scopes = frozenset(model["scopes"])
        self.is_admin = "custom:hubkin:jobs:admin" in self.scopes
        self.owners = (self.user_id,)

    def may_spend(self, owner_id: str) -> bool:
        return owner_id == self.user_id


async def identify(model: dict[str, Any]) -> Person:
    return Person(model)


@pytest.fixture
async def hub() -> AsyncIterator[SmallHub]:
    hub = SmallHub()
    yield hub
    await hub.close()


@pytest.fixture
async def web(hub: SmallHub) -> AsyncIterator[Web]:
    api = Hub(hub.url, hub.own_token)
    clock = SystemClock()
    yield Web(
        authenticator=HubAuthenticator(api, identify),
        translator=Translator([]),
        attempts=Signer(KEY, purpose="attempt", clock=clock),
        tickets=Signer(KEY, purpose="ticket", clock=clock),
        sessions=Sessions(
            api,
            secret=KEY,
            client_id="service-hubkin",
            client_secret=hub.own_token,
            prefix="/services/hubkin/",
            hub_base="/",
        ),
    )
    await api.close()


Serve = Callable[..., Client]


@pytest.fixture
async def serve(web: Web) -> AsyncIterator[Serve]:
    clients: list[Client] = []

    def start(api: Iterable[Route], pages: Iterable[Route] = (), *, web: Web = web) -> Client:
        clients.append(Client(make_app(web, api, pages)))
        return clients[-1]

    yield start
    for client in clients:
        await client.close()
