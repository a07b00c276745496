"""Live rows on Jupyter's events WebSocket, and open logs."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from hubkin import wire
from hubkin_server.events import SCHEMA_ID
from hubkin_server.live import Live
from hubkin_server.platform import Frame
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.http.jupyter_server.conftest import Jupyter, wait_until
from tests.unit.client.small_platform import NOW, World, a_job


@asynccontextmanager
async def listening(jupyter: Jupyter, path: str) -> AsyncIterator[WebSocketClientConnection]:
    """A WebSocket of ours, that is closed on both sides when this ends."""
    headers = {"Authorization": f"token {jupyter.token}"}
    connection = await websocket_connect(HTTPRequest(jupyter.socket_url + path, headers=headers))
    closed = asyncio.Event()
    connection.protocol.stream.set_close_callback(closed.set)
    try:
        yield connection
    finally:
        connection.close()
        await asyncio.wait_for(closed.wait(), 30)  # the server answers the close frame first


async def heard(connection: WebSocketClientConnection) -> dict[str, Any]:
    """The next event of ours."""
    while True:
        message = json.loads(await asyncio.wait_for(connection.read_message(), 30) or "null")
        assert message is not None, "the socket closed"
        if message.get("schema_id") == SCHEMA_ID:
            return dict(message)


async def test_rows_arrive_whole(jupyter: Jupyter, world: World) -> None:
    async with listening(jupyter, "/api/events/subscribe") as connection:
        first = await heard(connection)
        job = world.put(a_job("bert-7"))
        row = await asyncio.wait_for(heard(connection), 30)

    assert (first["topic"], first["data"]) == ("connection", {"up": True, "fresh": True})
    assert (row["topic"], row["subject"], row["data"]["name"]) == ("job", job.id, "bert-7")


async def test_there_is_one_line_for_all_browsers_and_none_without_one(
    jupyter: Jupyter, world: World
) -> None:
    await asyncio.to_thread(wait_until, lambda: world.streaming == 0)

    async with (
        listening(jupyter, "/api/events/subscribe") as one,
        listening(jupyter, "/api/events/subscribe") as two,
    ):
        await heard(one)
        await heard(two)
        assert world.streaming == 1

    world.put(a_job("x"))
    await asyncio.to_thread(wait_until, lambda: world.streaming == 0)


async def test_it_goes_on_where_it_was_after_the_platform_was_away(jupyter: Jupyter, world: World) -> None:
    async with listening(jupyter, "/api/events/subscribe") as connection:
        await heard(connection)
        world.break_streams()
        world.put(a_job("two", number=2))

        told = [await heard(connection) for _ in range(3)]

    assert [event["data"] for event in told[:2]] == [
        {"up": False, "fresh": False},
        {"up": True, "fresh": False},
    ]
    assert told[2]["data"]["name"] == "two"


async def test_the_line_speaks_the_language_of_whoever_looks(jupyter: Jupyter, world: World) -> None:
    def spoken() -> list[str]:
        asked = zip(world.requests, world.headers, strict=True)
        return [
            headers.get("Accept-Language", "") for (_, path), headers in asked if path.endswith("/events")
        ]

    async with listening(jupyter, "/api/events/subscribe") as connection:
        await heard(connection)
        await asyncio.to_thread(jupyter.fetch, "/hubkin/api/jobs", headers={"Accept-Language": "zh"})
        await asyncio.to_thread(wait_until, lambda: spoken()[-1:] == ["zh"] and world.streaming == 1)
        world.put(a_job("drei", number=3))
        row = await heard(connection)

    assert row["data"]["name"] == "drei"


class Line:
    """A platform that says where its stream is, and what was asked of it."""

    def __init__(self) -> None:
        self.begun: list[str | None] = []
        self.open = 0

    async def events(self, since: str | None, language: str = "") -> AsyncGenerator[Frame, None]:
        self.begun.append(since)
        self.open += 1
        try:
            yield Frame(place="7", row=None)
            await asyncio.Event().wait()
        finally:
            self.open -= 1


class NoBrowsers:
    """Jupyter's events, to which nobody listens."""

    _modified_listeners: ClassVar[dict[str, set[str]]] = {}

    def emit(self, **_: object) -> None: ...


async def test_who_comes_after_the_last_one_left_in_another_language_begins_anew() -> None:
    line = Line()
    live = Live(line, NoBrowsers(), logging.getLogger())  # type: ignore[arg-type]
    running = asyncio.create_task(live.run())
    leave = live.follow(lambda _: None)
    await asyncio.to_thread(wait_until, lambda: line.open == 1)
    live.speak("zh")
    leave()
    await asyncio.to_thread(wait_until, lambda: line.open == 0)

    live.follow(lambda _: None)
    await asyncio.to_thread(wait_until, lambda: line.open == 1)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert line.begun == [None, None]


async def test_two_browsers_in_two_languages_do_not_pull_the_line_to_and_fro(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = NoBrowsers()
    events._modified_listeners = {SCHEMA_ID: {"one", "two"}}
    live = Live(Line(), events, logging.getLogger())  # type: ignore[arg-type]
    spoken = []

    for language in ("en", "zh", "en", "zh"):
        live.speak(language)
        spoken.append(live.language)
    events._modified_listeners = {SCHEMA_ID: {"one", "two, reloaded"}}
    live.speak("zh")
    reloaded = live.language
    monkeypatch.setattr("hubkin_server.live.KEPT_LANGUAGE_SECONDS", -1.0)
    live.speak("en")

    assert spoken == ["en"] * 4
    assert (reloaded, live.language) == ("zh", "en")


async def test_an_idle_tab_that_listens_is_no_activity(jupyter: Jupyter, world: World) -> None:
    before = await asyncio.to_thread(jupyter.last_activity)

    async with listening(jupyter, "/api/events/subscribe") as connection:
        await heard(connection)
        world.put(a_job("bert-7"))
        await heard(connection)

    assert await asyncio.to_thread(jupyter.last_activity) == before


async def test_a_log_is_followed_to_its_end(jupyter: Jupyter, world: World) -> None:
    job = world.put(a_job("bert-7", state="running"))
    world.lines[job.id] = [wire.LogLine(replica=0, at=NOW, text="one")]
    texts: list[str] = []

    async with listening(jupyter, f"/hubkin/logs/{job.id}") as connection:
        texts += texts_of(await connection.read_message())
        world.lines[job.id].append(wire.LogLine(replica=1, at=NOW, text="two"))
        world.emit("log", job.id, {"job_id": job.id, "replica": 1, "bytes": 4})
        while "two" not in texts:
            texts += texts_of(await asyncio.wait_for(connection.read_message(), 30))
        world.move(job.id, state="succeeded")
        while (message := await asyncio.wait_for(connection.read_message(), 30)) is not None:
            texts += texts_of(message)

    assert texts == ["one", "two"]
    assert connection.close_code == 1000


async def test_a_log_that_is_not_there_closes(jupyter: Jupyter, world: World) -> None:
    async with listening(jupyter, "/hubkin/logs/nope") as connection:
        assert await asyncio.wait_for(connection.read_message(), 30) is None

    assert connection.close_code == 4404


async def test_a_log_is_for_who_is_signed_in_here(jupyter: Jupyter, world: World) -> None:
    with pytest.raises(HTTPClientError, match="403"):
        await websocket_connect(f"{jupyter.socket_url}/hubkin/logs/x")


def texts_of(message: str | bytes | None) -> list[str]:
    return [line["text"] for line in json.loads(message or "{}").get("lines", [])]
