"""Whose token it is: how soon the hub's no counts, what it costs the hub, and what happens without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hubkin_kit.web import Hub, HubAuthenticator, HubAway
from hubkin_kit.web import callers as module

from tests.http.conftest import Person
from tests.http.small_hub import USER_VERBS, SmallHub


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def ada(callers: HubAuthenticator, hub: SmallHub) -> str:
    """The token of somebody who has just been asked about."""
    token = hub.add("ada")
    await callers.caller(token)
    return token


@pytest.fixture
async def callers(hub: SmallHub, time: Time) -> AsyncIterator[HubAuthenticator]:
    async def identify(model: dict[str, Any]) -> Person:
        return Person(model)

    api = Hub(hub.url, hub.own_token)
    yield HubAuthenticator(api, identify, now=time)
    await api.close()


async def test_a_busy_caller_costs_the_hub_one_question_in_a_while(
    callers: HubAuthenticator, hub: SmallHub, time: Time
) -> None:
    token = hub.add("ada")

    for _ in range(100):
        assert await callers.caller(token)
        time.now += 0.1

    assert hub.asked == 4


async def test_a_revoked_token_is_refused_within_the_time_that_an_answer_is_fresh(
    callers: HubAuthenticator, hub: SmallHub, time: Time, ada: str
) -> None:
    hub.revoke(ada)

    time.now += module.FRESH_SECONDS

    assert await callers.caller(ada) is None


async def test_a_right_that_was_taken_away_is_gone_as_soon(
    callers: HubAuthenticator, hub: SmallHub, time: Time
) -> None:
    token = hub.add("ada", groups=("lab",))
    await callers.caller(token)
    hub.models[token] |= {"groups": [], "scopes": [USER_VERBS[0], "access:services!service=hubkin"]}

    time.now += module.FRESH_SECONDS

    caller = await callers.caller(token)
    assert caller is not None
    assert caller.scopes == {USER_VERBS[0]}


async def test_who_is_forgotten_is_asked_about_at_once(callers: HubAuthenticator, hub: SmallHub) -> None:
    ada, bob = hub.add("ada"), hub.add("bob")
    await callers.caller(ada)
    await callers.caller(bob)
    hub.revoke(ada)
    hub.revoke(bob)

    callers.forget("ada")

    assert await callers.caller(ada) is None
    assert await callers.caller(bob) is not None


async def test_what_was_asked_before_somebody_left_is_not_remembered(hub: SmallHub, time: Time) -> None:
    answered, may_go_on = asyncio.Event(), asyncio.Event()

    async def identify(model: dict[str, Any]) -> Person:
        answered.set()
        await may_go_on.wait()
        return Person(model)

    api, token = Hub(hub.url, hub.own_token), hub.add("ada")
    callers = HubAuthenticator(api, identify, now=time)
    asked_before = asyncio.ensure_future(callers.caller(token))
    await answered.wait()
    hub.revoke(token)
    callers.forget("ada")
    may_go_on.set()
    await asked_before

    assert await callers.caller(token) is None
    await api.close()


async def test_many_requests_of_one_caller_at_once_are_one_question_of_the_ration(
    callers: HubAuthenticator, hub: SmallHub, time: Time
) -> None:
    ada, bob = hub.add("ada"), hub.add("bob")
    await callers.caller(ada)
    await callers.caller(bob)
    hub.revoke(bob)
    time.now += module.FRESH_SECONDS

    await asyncio.gather(*(callers.caller(ada) for _ in range(2 * module.RATION_PER_SECOND)))

    assert await callers.caller(bob) is None


async def test_a_hub_that_is_away_for_a_moment_is_not_missed_and_not_pressed(
    callers: HubAuthenticator, hub: SmallHub, time: Time, ada: str
) -> None:
    hub.away = True
    time.now += module.FRESH_SECONDS

    for _ in range(20):
        assert await callers.caller(ada)
        time.now += 0.1

    assert hub.asked == 2


async def test_nobody_is_trusted_for_long_without_the_hub(
    callers: HubAuthenticator, hub: SmallHub, time: Time, ada: str
) -> None:
    hub.away = True

    time.now += module.TRUSTED_SECONDS

    with pytest.raises(HubAway):
        await callers.caller(ada)


async def test_many_callers_at_once_do_not_flood_the_hub(
    callers: HubAuthenticator, hub: SmallHub, time: Time
) -> None:
    tokens = [hub.add(f"user-{n}") for n in range(3 * module.RATION_PER_SECOND)]
    for token in tokens:
        await callers.caller(token)
    before = hub.asked

    time.now += module.FRESH_SECONDS
    for token in tokens:
        assert await callers.caller(token)

    assert hub.asked - before == module.RATION_PER_SECOND
