"""What our HTTP server does with what clients may send, byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hubkin_kit.web import connection as connections
from hubkin_kit.web.server import Server
from tornado.iostream import StreamClosedError
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler, stream_request_body

Talk = Callable[..., Awaitable[bytes]]
LIMIT = 1 << 20


class Echo(RequestHandler):
    """Answers with what it was told."""

    def compute_etag(self) -> None:
        """None."""

    async def get(self) -> None:
        await asyncio.sleep(0.03 if self.request.path == "/1" else 0)
        self.finish(f"{self.request.path} {self.request.remote_ip} {self.request.protocol}")

    async def post(self) -> None:
        await asyncio.sleep(0)
        self.finish(b"got " + self.request.body)


@stream_request_body
class Picky(RequestHandler):
    """Refuses before it reads the body."""

    async def prepare(self) -> None:
        self.set_status(403)
        self.finish("no")

    def data_received(self, chunk: bytes) -> None:
        raise AssertionError(chunk)

    async def post(self) -> None:
        """Never comes so far."""


@stream_request_body
class Slow(RequestHandler):
    """Takes a body in its own time."""

    taken: list[bytes]

    def initialize(self) -> None:
        self.taken = []

    async def data_received(self, chunk: bytes) -> None:
        await asyncio.sleep(0.001)
        self.taken.append(chunk)

    async def post(self) -> None:
        self.finish(str(len(b"".join(self.taken))))


@stream_request_body
class Full(RequestHandler):
    """Takes the beginning of a body, and then no more."""

    async def data_received(self, chunk: bytes) -> None:
        await asyncio.Event().wait()

    async def post(self) -> None:
        """Never comes so far."""


class Stream(RequestHandler):
    """Writes for as long as anybody reads."""

    ended: asyncio.Event

    async def get(self) -> None:
        try:
            while True:
                self.write(b"x" * 65536)
                await self.flush()
        except StreamClosedError:
            self.ended.set()


class Wait(RequestHandler):
    """Answers nothing, and notes when the client has gone."""

    gone: asyncio.Event

    async def get(self) -> None:
        await self.gone.wait()

    def on_connection_close(self) -> None:
        self.gone.set()


class Wrong(RequestHandler):
    """Announces another length than it has."""

    async def get(self) -> None:
        self.set_header("Content-Length", "10")
        self.write("short")
        self.finish()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    Stream.ended, Wait.gone = asyncio.Event(), asyncio.Event()
    routes = [
        ("/picky", Picky),
        ("/slow", Slow),
        ("/full", Full),
        ("/stream", Stream),
        ("/wait", Wait),
        ("/wrong", Wrong),
    ]
    application = Application([*routes, ("/.*", Echo)], log_function=lambda _: None)
    server = Server(application, behind_proxy=True, idle_seconds=0.2, body_seconds=0.3)
    socket, server.port = bind_unused_port()  # type: ignore[attr-defined]
    await server.listen([socket])
    yield server
    server.stop()
    await server.close_all_connections()


@pytest.fixture
def talk(server: Server) -> Talk:
    """Send pieces one after the other, and read until the server closes or says nothing more."""

    async def talk(*pieces: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)  # type: ignore[attr-defined]
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        told = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return told

    return talk


def get(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: here", *headers, "", ""]).encode()


def bodies(told: bytes) -> list[bytes]:
    """The bodies of answers with a length, in order."""
    found = []
    while told:
        head, _, rest = told.partition(b"\r\n\r\n")
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or 0)
        found.append(rest[:length])
        told = rest[length:]
    return found


async def test_requests_of_one_connection_are_answered_in_their_order(talk: Talk) -> None:
    told = await talk(get("/1") + get("/2") + get("/3", "Connection: close"))

    assert bodies(told) == [f"/{n} 127.0.0.1 http".encode() for n in (1, 2, 3)]


async def test_a_request_may_come_byte_by_byte(talk: Talk) -> None:
    whole = get("/", "Content-Length: 3", "Connection: close", method="POST") + b"abc"

    told = await talk(*[whole[at : at + 7] for at in range(0, len(whole), 7)])

    assert bodies(told) == [b"got abc"]


async def test_chunks_are_put_together(talk: Talk) -> None:
    head = get("/", "Transfer-Encoding: chunked", "Connection: close", method="POST")

    told = await talk(head + b"2\r\nab\r\n", b"1\r\nc\r\n0\r\n\r\n")

    assert bodies(told) == [b"got abc"]


async def test_a_refusal_before_the_body_leaves_the_connection_usable(talk: Talk) -> None:
    refused = get("/picky", "Content-Length: 4", method="POST")

    told = await talk(refused, b"ab", b"cd" + get("/after", "Connection: close"))

    assert bodies(told) == [b"no", b"/after 127.0.0.1 http"]


async def test_who_asks_first_is_told_to_send_or_is_refused(talk: Talk) -> None:
    asks = ("Content-Length: 3", "Expect: 100-continue", "Connection: close")

    welcome = await talk(get("/", *asks, method="POST"), b"abc")
    refused = await talk(get("/picky", *asks[:2], method="POST"), get("/after"))

    assert (refused.count(b"HTTP/1.1 "), refused.count(b"\r\nConnection: close\r\n")) == (1, 1)
    assert welcome.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert b"Continue" not in refused
    assert refused.startswith(b"HTTP/1.1 403 ")


async def test_a_body_that_is_taken_slowly_is_not_read_faster(talk: Talk) -> None:
    head = get("/slow", f"Content-Length: {LIMIT}", "Connection: close", method="POST")

    told = await talk(head + b"x" * LIMIT)

    assert told.endswith(b"\r\n\r\n%d" % LIMIT)


async def test_a_body_that_nobody_takes_is_not_read(server: Server) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)  # type: ignore[attr-defined]
    writer.write(get("/full", "Content-Length: 60000000", method="POST") + b"x" * 30_000_000)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(writer.drain(), 0.2)
    writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: here\r\n\r\n",
        get("/", "Content-Length: 2", "Transfer-Encoding: chunked", method="POST"),
        get("/", "Content-Length: 2", "Content-Length: 3", method="POST"),
        get("/", "Content-Length: -2", method="POST"),
        get("/", "Transfer-Encoding: chunked", method="POST") + b"xyz\r\n",
        get("/", "Bad header: 1"),
        get("/", "Long: " + "x" * connections.MAX_HEADER_BYTES),
        b"GET /" + b"x" * (2 * connections.MAX_HEADER_BYTES),
        get("/", f"Content-Length: {1 << 40}", method="POST"),
    ],
)
async def test_what_is_no_request_is_refused_and_the_connection_closed(talk: Talk, sent: bytes) -> None:
    told = await talk(sent)

    assert told.startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_nonsense_behind_a_request_does_not_cut_its_answer_off(talk: Talk) -> None:
    told = await talk(get("/1") + b"GET nonsense\r\n\r\n")

    assert told.startswith(b"HTTP/1.1 200 ")
    assert b"/1 127.0.0.1 httpHTTP/1.1 400 " in told


async def test_an_unknown_method_is_named_so(talk: Talk) -> None:
    told = await talk(get("/", method="BREW"))

    assert told.startswith(b"HTTP/1.1 501 ")


async def test_a_wish_for_another_protocol_is_ignored_with_its_body_and_what_follows(talk: Talk) -> None:
    wish = ("Connection: Upgrade", "Upgrade: h2c")

    told = await talk(
        get("/1", *wish) + get("/", *wish, "Content-Length: 3", method="POST") + b"a",
        b"bc" + get("/3", "Connection: close"),
    )

    assert bodies(told) == [b"/1 127.0.0.1 http", b"got abc", b"/3 127.0.0.1 http"]


async def test_an_old_client_gets_an_answer_that_it_can_read(talk: Talk) -> None:
    told = await talk(get("/1", version="1.0"))
    kept = await talk(get("/1", "Connection: keep-alive", version="1.0") + get("/2", version="1.0"))

    assert b"\r\nConnection: close\r\n" in told
    assert bodies(kept) == [b"/1 127.0.0.1 http", b"/2 127.0.0.1 http"]


async def test_a_head_has_a_length_and_no_body(talk: Talk) -> None:
    told = await talk(get("/1", method="HEAD"), get("/2", "Connection: close"))

    assert b"\r\nContent-Length: 17\r\n" in told
    assert told.count(b"\r\n\r\n") == 2
    assert told.endswith(b"\r\n\r\n/2 127.0.0.1 http")


async def test_a_proxy_says_who_asks(talk: Talk) -> None:
    proxied = ("X-Forwarded-For: 10.0.0.1, 10.0.0.2", "X-Forwarded-Proto: https")

    told = await talk(get("/1", *proxied) + get("/2", "X-Real-Ip: nobody", "Connection: close"))

    assert bodies(told) == [b"/1 10.0.0.2 https", b"/2 127.0.0.1 http"]


async def test_who_goes_away_ends_what_waits_for_them(server: Server) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)  # type: ignore[attr-defined]
    writer.write(get("/wait"))
    await writer.drain()

    writer.close()
    await asyncio.wait_for(Wait.gone.wait(), 5)

    assert not server.connections


async def test_a_stream_waits_for_its_reader_and_ends_with_it(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)  # type: ignore[attr-defined]
    writer.write(get("/stream"))
    await reader.readexactly(100_000)
    (one,) = server.connections

    kept = one.transport.get_write_buffer_size()
    writer.close()
    await asyncio.wait_for(Stream.ended.wait(), 5)

    assert kept <= 2 * 65536


async def test_an_answer_of_another_length_than_announced_is_cut_off(talk: Talk) -> None:
    told = await talk(get("/wrong") + get("/after"))

    assert b"after" not in told


@pytest.mark.parametrize("sent", [b"", b"GET / HT", get("/", "Content-Length: 9", method="POST") + b"part"])
async def test_who_is_silent_in_the_middle_is_let_go(talk: Talk, sent: bytes) -> None:
    assert await talk(sent) == b""
