"""Who a token's owner is, as the platform asks the hub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import hubkin_users as users
import pytest
from hubkin_kit.database import Database
from hubkin_kit.web import Hub
from hubkin_platform.mirror import completed

from tests.http.small_hub import SmallHub


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.create_all()
    yield database
    database.close()


@pytest.fixture
async def api(hub: SmallHub) -> AsyncIterator[Hub]:
    api = Hub(hub.url, hub.own_token)
    yield api
    await api.close()


async def who(api: Hub, database: Database, token: str) -> users.Identity:
    model = await api.user_of(token)
    assert model is not None
    return await users.identify(database, await completed(api, model))


async def test_a_namesake_is_somebody_else_from_their_first_request(
    api: Hub, hub: SmallHub, database: Database
) -> None:
    token = hub.add("ada")
    hub.created["ada"] = "2026-11-01T08:00:00.000001Z"
    before = await who(api, database, token)
    hub.created["ada"] = "2026-11-20T08:00:00Z"

    after = await who(api, database, token)

    assert after.user_id != before.user_id


async def test_a_hub_that_does_not_say_when_leaves_people_as_they_are(
    api: Hub, hub: SmallHub, database: Database
) -> None:
    token = hub.add("ada")
    before = await who(api, database, token)

    assert (await who(api, database, token)).user_id == before.user_id


async def test_a_service_is_not_looked_up_among_people(api: Hub, hub: SmallHub) -> None:
    model = {"kind": "service", "name": "hubkin-gate", "scopes": []}

    assert await completed(api, model) == model
