"""The transport against a real HTTP server on loopback that misbehaves on cue."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import hubkin.transport
import pytest
from hubkin.transport import (
    BalanceLow,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    ProblemError,
    QuotaExceeded,
    Transport,
    Unavailable,
    Unreachable,
    read_events,
)

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers requests from a list, in order, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append((self.command, self.path, headers, body))
                outer.answers.pop(0)(self)

            do_GET = do_POST = do_PUT = do_PATCH = _any  # noqa: N815 - the names of http.server

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.origin}/services/hubkin/api/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def transport(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Transport]:
    monkeypatch.setattr(hubkin.transport, "_FIRST_PAUSE_SECONDS", 0.001)
    transport = Transport(server.url, "secret", language="zh")
    yield transport
    transport.close()


def reply(status: int, body: object = None, *, kind: str = "application/json", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_a_request_carries_token_language_and_query(server: Server, transport: Transport) -> None:
    server.answers = [reply(200, {"items": []})]

    answer = transport.request("GET", "/jobs", query={"state": ["queued", "running"], "q": "a b&", "x": None})

    method, path, headers, _ = server.seen[0]
    assert answer == {"items": []}
    assert (method, path) == ("GET", "/services/hubkin/api/v1/jobs?state=queued&state=running&q=a%20b%26")
    assert headers["authorization"] == "token secret"
    assert headers["accept-language"] == "zh"


def test_a_post_has_a_quoted_key(server: Server, transport: Transport) -> None:
    server.answers = [reply(201, {}), reply(201, {})]

    transport.request("POST", "/jobs", body={"a": "南瓜"}, key="k1")
    transport.request("POST", "/jobs", body={})

    assert server.seen[0][2]["idempotency-key"] == '"k1"'
    assert json.loads(server.seen[0][3]) == {"a": "南瓜"}
    assert len(server.seen[1][2]["idempotency-key"]) == 34


def test_one_connection_serves_many_requests(server: Server, transport: Transport) -> None:
    server.answers = [reply(200, {}), reply(204), reply(200, {})]

    answers = [transport.request("GET", "/me") for _ in range(3)]

    assert answers == [{}, None, {}]
    assert server.connections == 1


def test_an_idle_connection_that_was_closed_is_replaced(server: Server, transport: Transport) -> None:
    server.answers = [reply(200, {}), hang_up, reply(200, {"n": 2})]

    transport.request("GET", "/me")
    answer = transport.request("POST", "/plans", body={}, tries=1)

    assert answer == {"n": 2}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, NotSignedIn),
        (402, BalanceLow),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (412, Conflict),
        (413, Invalid),
        (422, Invalid),
        (428, Invalid),
        (500, Unavailable),
        (418, ProblemError),
    ],
)
def test_a_problem_is_a_typed_error(server: Server, transport: Transport, status: int, kind: type) -> None:
    problem = {"code": "c", "title": "T", "detail": "D.", "params": {"n": 1}, "errors": [{"pointer": "/a"}]}
    server.answers = [reply(status, {**problem, "actions": [{"label": "L"}], "request_id": "req-1"})]

    with pytest.raises(ProblemError) as caught:
        transport.request("GET", "/jobs")

    error = caught.value
    assert type(error) is kind
    assert (str(error), error.code, error.title, error.status) == ("D.", "c", "T", status)
    assert (error.params, error.errors, error.actions) == ({"n": 1}, [{"pointer": "/a"}], [{"label": "L"}])
    assert error.request_id == "req-1"


def test_over_quota_is_one_error_whatever_its_status(server: Server, transport: Transport) -> None:
    server.answers = [reply(403, {"code": "over_quota"})]

    with pytest.raises(QuotaExceeded):
        transport.request("POST", "/jobs", body={})


def test_a_page_of_a_proxy_keeps_its_status_and_request_id(server: Server, transport: Transport) -> None:
    server.answers = [reply(500, b"<html>", kind="text/html", X_Request_ID="req-7")]

    with pytest.raises(Unavailable, match="HTTP 500") as caught:
        transport.request("GET", "/jobs")

    assert caught.value.request_id == "req-7"


@pytest.mark.parametrize("trouble", [hang_up, reply(503), reply(502), reply(429, Retry_After="0")])
def test_what_may_be_repeated_is_repeated(server: Server, transport: Transport, trouble: Answer) -> None:
    server.answers = [trouble, trouble, reply(200, {"ok": True})]

    answer = transport.request("POST", "/jobs", body={}, key="k")

    assert answer == {"ok": True}
    assert [headers["idempotency-key"] for _, _, headers, _ in server.seen] == ['"k"'] * 3


def test_a_refusal_is_not_repeated(server: Server, transport: Transport) -> None:
    server.answers = [reply(402, {"code": "balance_low"})]

    with pytest.raises(BalanceLow):
        transport.request("POST", "/jobs", body={})

    assert len(server.seen) == 1


def test_a_patch_is_sent_once(server: Server, transport: Transport) -> None:
    server.answers = [reply(503)]

    with pytest.raises(ProblemError):
        transport.request("PATCH", "/jobs/1", body={})


def test_nobody_there_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubkin.transport, "_FIRST_PAUSE_SECONDS", 0.001)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        transport = Transport(f"http://127.0.0.1:{taken.getsockname()[1]}/api/v1", "t")

        with pytest.raises(Unreachable) as caught:
            transport.request("GET", "/me")

    assert caught.value.url == transport.url


def test_a_slow_answer_is_unreachable(server: Server, transport: Transport) -> None:
    release = threading.Event()
    server.answers = [lambda handler: release.wait(10) and None] * 4

    with pytest.raises(Unreachable, match="timed out"):
        transport.request("GET", "/me", timeout_seconds=0.05)
    release.set()


def test_an_upload_is_repeated_from_its_start_and_shows_no_token(
    server: Server, transport: Transport
) -> None:
    server.answers = [reply(503), reply(204)]

    transport.upload("/services/hubkin/api/v1/objects/t1", io.BytesIO(b"abc"), 3)
    server.answers = [reply(204)]
    transport.upload(f"{server.origin}/objects/t2", b"xyz", 3)

    assert [body for *_, body in server.seen] == [b"abc", b"abc", b"xyz"]
    assert all("authorization" not in headers for _, _, headers, _ in server.seen)


def test_a_download_below_the_base_has_the_token_and_a_ticket_has_not(
    server: Server, transport: Transport
) -> None:
    server.answers = [reply(200, b"one"), reply(200, b"two")]

    with transport.download("/jobs/j/files/a.txt") as file:
        one = file.read()
    with transport.download("/services/hubkin/api/v1/objects/t") as file:
        two = b"".join([file.read(2), file.read(2)])

    assert (one, two) == (b"one", b"two")
    assert "authorization" in server.seen[0][2]
    assert "authorization" not in server.seen[1][2]


def test_a_download_that_is_refused_says_why(server: Server, transport: Transport) -> None:
    server.answers = [reply(404, {"code": "no_such_file", "detail": "No file `x`."})]

    with pytest.raises(NotFound, match="No file `x`"), transport.download("/jobs/j/files/x"):
        pass


def events(*lines: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write("\n".join(lines).encode() + b"\n")
        handler.close_connection = True

    return answer


def test_a_stream_goes_on_where_it_broke(server: Server, transport: Transport) -> None:
    server.answers = [
        events("id: 7", 'data: {"seq": 7}', "", "id: 8", 'data: {"seq"'),
        reply(503),
        events(": hello", "id: 8", 'data: {"seq": 8}', ""),
    ]
    stream = transport.events(since=6, topics=["jobs", "usage"])

    found = [next(stream)["seq"], next(stream)["seq"]]
    stream.close()

    assert found == [7, 8]
    assert [headers.get("last-event-id") for _, _, headers, _ in server.seen] == ["6", "7", "7"]
    assert server.seen[0][1].endswith("/events?topics=jobs&topics=usage&since=6")


def test_a_stream_that_is_refused_ends(server: Server, transport: Transport) -> None:
    server.answers = [reply(401, {"code": "not_signed_in", "detail": "Sign in."})]

    with pytest.raises(NotSignedIn):
        next(transport.events())


def test_events_are_read_as_the_standard_says() -> None:
    lines = b": c\nevent: log\nid: 1\ndata: a\ndata:b\n\nretry: 5\nunknown\n\ndata\n\n".splitlines(
        keepends=True
    )

    found = [(event.name, event.id, event.data) for event in read_events(lines)]

    assert found == [("log", "1", "a\nb"), ("message", "1", "")]


def test_the_token_is_never_shown(transport: Transport) -> None:
    assert "secret" not in repr(transport)


def test_importing_the_transport_brings_nothing_heavy() -> None:
    heavy = "{'http.client', 'ssl', 'email', 'urllib.request', 'typing', 'logging', 'msgspec', 'threading'}"
    code = f"import sys, hubkin.transport; print(sorted(set(sys.modules) & {heavy}))"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
