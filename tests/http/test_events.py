"""The event stream, over real sockets, on a real journal."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hubkin_kit import journal
from hubkin_kit.controllers import Runner
from hubkin_kit.database import Database
from hubkin_kit.web import Hub, HubAuthenticator, Web
from hubkin_platform import events
from hubkin_platform.events import Fanout, handlers

from tests.http.client import Client
from tests.http.conftest import Serve, identify
from tests.http.small_hub import ADMIN_VERBS, USER_VERBS, SmallHub


class Rendering:
    """Renders the journal's body, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, connection: object, row: journal.Happening, language: str) -> dict[str, Any] | None:
        self.count += 1
        return None if row.body.get("hidden") else {**row.body, "language": language}


@pytest.fixture
def rendering() -> Rendering:
    return Rendering()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    database.create_all()
    yield database
    database.close()


@pytest.fixture
async def fanout(database: Database, rendering: Rendering) -> AsyncIterator[Fanout]:
    runner = Runner(database, holder="me")
    fanout = Fanout(database, {"job": rendering, "usage": rendering}, runner.numbered, remembered=10)
    await fanout.open()
    runner.start_sequencer()
    task = asyncio.create_task(fanout.run())
    yield fanout
    task.cancel()
    await runner.close()


@pytest.fixture
def client(serve: Serve, fanout: Fanout) -> Client:
    return serve(events.routes(fanout))


Happen = Callable[..., Any]


@pytest.fixture
def happen(database: Database) -> Happen:
    async def happen(
        subject: str, *, owner: str = "user-ada", topic: str = "job", times: int = 1, **body: Any
    ) -> None:
        def write(tx: Any) -> None:
            for n in range(times):
                journal.append(tx, topic, owner=owner, subject=subject, n=n, **body)

        await database.write(write)

    return happen


class Stream:
    """Reads one stream."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.place: str | None = None

    async def next(self, seconds: float = 5) -> dict[str, Any]:
        """Return the next event."""
        async with asyncio.timeout(seconds):
            while True:
                line = (await self._reader.readline()).decode().strip()
                if line.startswith("id: "):
                    self.place = line[4:]
                if line.startswith("data: "):
                    return json.loads(line[6:])

    async def ended(self) -> bool:
        async with asyncio.timeout(10):
            return (await self._reader.readuntil(b"\r\n0\r\n\r\n")) != b""

    async def is_quiet(self) -> bool:
        try:
            await self.next(0.2)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def stream(client: Client, token: str, query: str = "", **headers: str) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1 << 22)
    sent = {"Host": "localhost", "Authorization": f"token {token}", "Accept": "text/event-stream", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    writer.write(f"GET /services/hubkin/api/v1/events{query} HTTP/1.1\r\n{lines}\r\n".encode())
    while (line := await reader.readline()) != b": hubkin\n":
        assert line
    try:
        yield Stream(reader)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_what_happens_to_my_things_comes_whole_and_soon(
    client: Client, hub: SmallHub, happen: Happen
) -> None:
    lags = []
    async with stream(client, hub.add("ada"), **{"Accept-Language": "zh"}) as mine:
        for n in range(10):
            begun = time.perf_counter()
            await happen(f"job-{n}", state="running")
            event = await mine.next()
            lags.append(time.perf_counter() - begun)

    assert event["data"] == {"n": 0, "state": "running", "language": "zh"}
    assert (event["topic"], event["subject"]) == ("job", "job-9")
    assert sorted(lags)[5] < 0.5


async def test_what_is_others_business_does_not_come(client: Client, hub: SmallHub, happen: Happen) -> None:
    async with stream(client, hub.add("ada")) as mine:
        await happen("job-1", owner="user-bob")
        await happen("job-2", hidden=True)
        await happen("x", topic="audit")

        assert await mine.is_quiet()


async def test_an_admin_sees_everyones_jobs_and_nobodys_account(
    client: Client, hub: SmallHub, happen: Happen
) -> None:
    async with stream(client, hub.add("root", scopes=(*USER_VERBS, *ADMIN_VERBS))) as all_jobs:
        await happen("user-bob", owner="user-bob", topic="usage")
        await happen("job-1", owner="user-bob")

        assert (await all_jobs.next())["subject"] == "job-1"


async def test_topics_can_be_chosen(client: Client, hub: SmallHub, happen: Happen) -> None:
    async with stream(client, hub.add("ada"), "?topics=usage") as mine:
        await happen("job-1")
        await happen("user-ada", topic="usage")

        assert (await mine.next())["topic"] == "usage"


async def test_many_changes_of_one_thing_are_one_event(client: Client, hub: SmallHub, happen: Happen) -> None:
    async with stream(client, hub.add("ada")) as mine:
        await happen("job-1", times=50)

        assert (await mine.next())["data"]["n"] == 49
        assert await mine.is_quiet()


@pytest.mark.parametrize("missed", [3, 40])
async def test_a_stream_goes_on_where_it_broke_off(
    client: Client, hub: SmallHub, happen: Happen, missed: int
) -> None:
    token = hub.add("ada")
    async with stream(client, hub.add("bob")):  # somebody listens all the time, so rows are rendered
        async with stream(client, token) as before:
            await happen("job-0")
            await before.next()
        for n in range(missed):
            await happen(f"job-{n + 1}")

        async with stream(client, token, **{"Last-Event-ID": before.place}) as after:
            subjects = [(await after.next())["subject"] for _ in range(missed)]

    assert subjects == [f"job-{n + 1}" for n in range(missed)]


async def test_each_row_is_rendered_once_for_all_listeners(
    client: Client, hub: SmallHub, happen: Happen, rendering: Rendering
) -> None:
    token = hub.add("ada")
    async with stream(client, token) as one, stream(client, token) as two, stream(client, token) as three:
        await happen("job-1")

        heard = [await listener.next() for listener in (one, two, three)]

    assert len(heard) == 3
    assert rendering.count == 1


async def test_a_long_poll_answers_when_something_happens(
    client: Client, hub: SmallHub, happen: Happen
) -> None:
    token = hub.add("ada")
    place = (await client.get("/events?wait=0", token=token)).json["cursor"]
    waiting = asyncio.create_task(client.get(f"/events?wait=5&since={place}", token=token))
    await asyncio.sleep(0.05)
    await happen("job-1")

    answer = (await waiting).json

    assert [event["subject"] for event in answer["items"]] == ["job-1"]
    assert int(answer["cursor"]) > int(place)


async def test_a_long_poll_without_news_ends_in_time(client: Client, hub: SmallHub) -> None:
    begun = time.monotonic()

    answer = await client.get("/events?wait=0.2", token=hub.add("ada"))

    assert answer.json["items"] == []
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(("since", "status"), [("abc", 400), ("-1", 400), ("99", 410), ("9" * 30, 400)])
async def test_a_place_that_is_none_is_refused(
    client: Client, hub: SmallHub, since: str, status: int
) -> None:
    answer = await client.get(f"/events?wait=0&since={since}", token=hub.add("ada"))

    assert answer.status == status


async def test_a_revoked_token_ends_the_stream(
    serve: Serve, web: Web, hub: SmallHub, fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "RECHECK_SECONDS", 0.1)
    api = Hub(hub.url, hub.own_token)
    object.__setattr__(web, "authenticator", HubAuthenticator(api, identify, fresh_seconds=0.1))
    client = serve(events.routes(fanout))
    token = hub.add("ada")

    async with stream(client, token) as mine:
        hub.revoke(token)

        assert await mine.ended()
    await api.close()


async def test_a_hub_that_is_away_ends_no_stream(
    serve: Serve, web: Web, hub: SmallHub, fanout: Fanout, happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "RECHECK_SECONDS", 0.05)
    api = Hub(hub.url, hub.own_token)
    object.__setattr__(web, "authenticator", HubAuthenticator(api, identify, fresh_seconds=0.05))
    client = serve(events.routes(fanout))

    async with stream(client, hub.add("ada")) as mine:
        hub.away = True
        await asyncio.sleep(0.3)
        await happen("job-1")

        assert (await mine.next())["subject"] == "job-1"
    await api.close()


async def test_at_the_end_streams_end_properly(client: Client, hub: SmallHub, fanout: Fanout) -> None:
    async with stream(client, hub.add("ada")) as mine:
        fanout.close()

        assert await mine.ended()


async def test_a_quiet_stream_says_that_it_is_there_and_where(
    client: Client, hub: SmallHub, happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "COMMENT_SECONDS", 0.1)
    monkeypatch.setattr(handlers, "RECHECK_SECONDS", 0.05)
    async with stream(client, hub.add("ada")) as mine:
        await happen("job-1", owner="user-bob")
        async with asyncio.timeout(5):
            while mine.place in (None, "0"):
                line = (await mine._reader.readline()).decode().strip()
                mine.place = line[4:] if line.startswith("id: ") else mine.place

    assert mine.place == "1"


async def test_who_does_not_read_keeps_nobody_waiting(client: Client, hub: SmallHub, happen: Happen) -> None:
    token = hub.add("ada")
    async with stream(client, token), stream(client, token) as reading:
        for n in range(20):
            await happen(f"job-{n}", blob="x" * 200_000)
            event = await reading.next()

    assert event["subject"] == "job-19"


async def test_a_long_poll_of_a_revoked_token_brings_nothing(
    serve: Serve, web: Web, hub: SmallHub, fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "RECHECK_SECONDS", 0.05)
    api = Hub(hub.url, hub.own_token)
    object.__setattr__(web, "authenticator", HubAuthenticator(api, identify, fresh_seconds=0.5))
    client = serve(events.routes(fanout))
    token = hub.add("ada")
    assert (await client.get("/events?wait=0", token=token)).status == 200
    hub.revoke(token)

    async with asyncio.timeout(10):
        answer = await client.get("/events?wait=30", token=token)

    assert answer.status == 401
    await api.close()
