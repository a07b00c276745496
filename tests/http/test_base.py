"""What every route does, whatever it is for."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hubkin import wire
from hubkin_kit import telemetry
from hubkin_kit.clock import SystemClock
from hubkin_kit.errors import Invalid
from hubkin_kit.web import (
    ATTEMPT,
    JOBS_READ,
    JOBS_SUBMIT,
    TICKET,
    AttemptHandler,
    Hub,
    HubkinHandler,
    ListQuery,
    Operation,
    Route,
    Signer,
    TicketHandler,
    Web,
    make_app,
    read_cursor,
    traffic,
    write_cursor,
)

from tests.http.client import API, Client
from tests.http.conftest import KEY, Serve
from tests.http.small_hub import SmallHub


class ThingsQuery(ListQuery):
    state: list[str] = []


class ThingsHandler(HubkinHandler):
    scopes = {"GET": JOBS_READ, "POST": JOBS_SUBMIT}
    operations = {
        "GET": Operation(summary="List", query=ThingsQuery, answer=dict),
        "POST": Operation(summary="Make", request=wire.JobRequest, answer=dict, status=201, creates=True),
    }
    body_limit_bytes = 2000

    async def get(self) -> None:
        query = self.query(ThingsQuery)
        after = read_cursor(query.cursor, tuple[int, str])
        self.reply(200, {"state": query.state, "limit": query.limit, "after": after, "by": self.caller.name})

    async def post(self) -> None:
        request = self.read(wire.JobRequest)
        self.reply(201, {"run": request.spec and request.spec.run, "key": self.idempotency_key()})


class BrokenHandler(HubkinHandler):
    scopes = {"GET": JOBS_READ, "DELETE": JOBS_READ}
    operations = {"GET": Operation(summary="Break"), "DELETE": Operation(summary="Refuse")}

    async def get(self) -> None:
        raise RuntimeError("secret detail")

    async def delete(self) -> None:
        raise Invalid("'{name}' waits {wait_seconds}.", params={"name": "a\u202eb", "wait_seconds": 3700})


class ShipHandler(AttemptHandler):
    scopes = {"PUT": ATTEMPT}
    operations = {"PUT": Operation(summary="Ship", request=bytes, status=204)}

    async def put(self, attempt_id: str) -> None:
        self.reply(200, {"attempt": attempt_id, "bytes": len(self.body)})


class ObjectTicket(msgspec.Struct):
    digest: str


class ObjectHandler(TicketHandler):
    scopes = {"GET": TICKET}
    operations = {"GET": Operation(summary="Get", answer=bytes)}
    ticket_type = ObjectTicket

    async def get(self, ticket: str) -> None:
        self.reply_bytes(self.ticket.digest.encode(), kind="application/octet-stream")


DEEP = b'{"spec":{"run":"x","params":{"a":' + b"[" * 1900

ROUTES = [
    Route("/things", ThingsHandler),
    Route("/broken", BrokenHandler),
    Route("/attempts/{attempt_id}/log", ShipHandler),
    Route("/objects/{ticket}", ObjectHandler),
]


@pytest.fixture
def client(serve: Serve) -> Client:
    return serve(ROUTES)


async def test_a_token_of_the_hub_is_asked_once_and_then_remembered(client: Client, hub: SmallHub) -> None:
    token = hub.add("ada")

    answers = await asyncio.gather(*(client.get("/things", token=token) for _ in range(20)))

    assert {a.status for a in answers} == {200}
    assert answers[0].json["by"] == "ada"
    assert hub.asked == 1


async def test_without_a_token_or_with_a_bad_one_nobody_is_signed_in(client: Client) -> None:
    nobody = await client.get("/things")
    forged = await client.get("/things", token="forged")

    assert (nobody.status, nobody.code) == (401, "not_signed_in")
    assert (forged.status, forged.code) == (401, "not_signed_in")


async def test_a_token_in_the_address_is_no_token(client: Client, hub: SmallHub) -> None:
    token = hub.add("ada")

    assert (await client.get(f"/things?token={token}")).status == 401


async def test_a_token_without_the_scope_or_without_access_is_refused(client: Client, hub: SmallHub) -> None:
    reader = hub.add("ada", scopes=(JOBS_READ,))
    filtered = hub.add("ada", scopes=(JOBS_READ + "!user=ada",))
    stranger = hub.add("bob", access=False)

    assert (await client.post("/things", token=reader, json_body={})).status == 403
    assert (await client.get("/things", token=filtered)).status == 403
    assert (await client.get("/things", token=stranger)).status == 401


async def test_a_service_is_not_a_person(client: Client, hub: SmallHub) -> None:
    gate = hub.add("gate", kind="service", scopes=(JOBS_READ,))

    assert (await client.get("/things", token=gate)).status == 403


async def test_what_the_hub_was_asked_comes_to_its_end_before_everything_is_closed(hub: SmallHub) -> None:
    api = Hub(hub.url, hub.own_token)
    hub.pause_seconds = 0.2
    asking = asyncio.create_task(api.is_ready())
    await hub.was_asked.wait()
    asking.cancel()

    await api.close()

    assert hub.answered == 1


async def test_when_the_hub_is_away_the_answer_is_try_again_never_go_away(
    client: Client, hub: SmallHub
) -> None:
    token = hub.add("ada")
    hub.away = True

    answer = await client.get("/things", token=token)

    assert (answer.status, answer.code) == (503, "hub_away")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
async def test_a_method_that_is_not_declared_does_not_exist(
    client: Client, hub: SmallHub, method: str
) -> None:
    answer = await client.request(method, "/things", token=hub.add("ada"))

    assert answer.status == 405


@pytest.mark.parametrize("path", ["/thing", "/things/", "//things", "/things%2F", "/things/../broken", "/"])
async def test_only_the_exact_address_is_a_route(client: Client, hub: SmallHub, path: str) -> None:
    answer = await client.get(path, token=hub.add("ada"))

    assert (answer.status, answer.code) == (404, "not_found")


async def test_an_unknown_key_is_named_with_what_was_probably_meant(client: Client, hub: SmallHub) -> None:
    body = {"spec": {"run": "x", "resources": {"gpus": 1}}}

    answer = await client.post("/things", token=hub.add("ada"), json_body=body)

    assert (answer.status, answer.code) == (422, "unknown_key")
    assert answer.json["errors"][0]["pointer"] == "/spec/resources/gpus"
    assert "'gpu'" in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"spec": {"run": 3}}, "/spec/run", "wrong_type"),
        ({"spec": {}}, "/spec/run", "missing"),
        ({"spec": {"run": "x", "env": {"A": 1}}}, "/spec/env/*", "wrong_type"),
        ({"spec": {"run": "x", "after": ["a", 2]}}, "/spec/after/1", "wrong_type"),
        ([], "", "wrong_type"),
    ],
)
async def test_a_wrong_field_is_named_by_its_pointer(
    client: Client, hub: SmallHub, body: object, pointer: str, code: str
) -> None:
    answer = await client.post("/things", token=hub.add("ada"), json_body=body)

    assert answer.status == 422
    assert (answer.json["errors"][0]["pointer"], answer.code) == (pointer, code)


async def test_broken_json_is_named_by_line_and_column(client: Client, hub: SmallHub) -> None:
    answer = await client.post("/things", token=hub.add("ada"), body=b'{\n "spec": nul }')

    assert (answer.status, answer.code) == (400, "not_json")
    assert answer.json["params"]["line"] == 2


@pytest.mark.parametrize("body", [b"", b"   ", b"NaN", b'{"spec":\xff}', DEEP, b'"\\ud800"'])
async def test_what_is_no_request_is_refused_politely(client: Client, hub: SmallHub, body: bytes) -> None:
    answer = await client.post("/things", token=hub.add("ada"), body=body)

    assert answer.status in (400, 422)


async def test_a_body_over_the_limit_is_refused_with_the_limit(client: Client, hub: SmallHub) -> None:
    answer = await client.post("/things", token=hub.add("ada"), body=b"x" * 2001)

    assert (answer.status, answer.code) == (413, "too_large")
    assert answer.json["params"]["limit_bytes"] == 2000
    assert "2.0 KiB" in answer.json["detail"]


async def test_a_body_of_unknown_length_is_cut_off_at_the_limit(client: Client, hub: SmallHub) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    head = "POST /services/hubkin/api/v1/things HTTP/1.1\r\nHost: localhost"
    writer.write(
        f"{head}\r\nAuthorization: token {hub.add('ada')}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    for _ in range(30):
        writer.write(b"64\r\n" + b"x" * 100 + b"\r\n")
    writer.write(b"0\r\n\r\n")

    line = await reader.readline()
    writer.close()

    assert b" 413 " in line


async def test_what_one_person_has_under_way_fills_no_memory_and_stops_nobody_else(
    client: Client, hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "ROOM_BYTES", 3000)
    ada, body = hub.add("ada"), json.dumps({"spec": {"run": "x" * 1000}}).encode()
    await client.post("/things", token=ada, body=body)
    head = "POST /services/hubkin/api/v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000"
    slow = [await asyncio.open_connection("127.0.0.1", client.port) for _ in range(2)]
    for _, writer in slow:
        writer.write(f"{head}\r\nAuthorization: token {ada}\r\n\r\n".encode() + b"x" * 1400)

    answers = []
    while 503 not in answers:
        answers.append((await client.post("/things", token=ada, body=body)).status)
    crowded = await client.post("/things", token=ada, body=body)
    other = await client.post("/things", token=hub.add("bob"), body=body)
    for _, writer in slow:
        writer.close()
    while answers[-1] != 201:
        answers.append((await client.post("/things", token=ada, body=body)).status)

    assert (crowded.status, crowded.code) == (503, "crowded")
    assert other.status == 201


async def test_filters_repeat_and_others_do_not(client: Client, hub: SmallHub) -> None:
    token = hub.add("ada")

    many = await client.get("/things?state=running&state=queued&limit=200", token=token)
    twice = await client.get("/things?limit=1&limit=2", token=token)

    assert many.json["state"] == ["running", "queued"]
    assert (twice.status, twice.json["errors"][0]["pointer"]) == (400, "/limit")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=1.5", "stat=running", "cursor=%00", "cursor=eyJ9"]
)
async def test_a_parameter_that_is_none_of_ours_is_refused(client: Client, hub: SmallHub, query: str) -> None:
    answer = await client.get(f"/things?{query}", token=hub.add("ada"))

    assert answer.status == 400


async def test_a_cursor_comes_back_as_it_was(client: Client, hub: SmallHub) -> None:
    cursor = write_cursor(17, "job-01")

    answer = await client.get(f"/things?cursor={cursor}", token=hub.add("ada"))

    assert answer.json["after"] == [17, "job-01"]


@pytest.mark.parametrize(
    ("given", "read"),
    [('"a b"', "a b"), ("a-b", "a-b"), ('"say \\"hi\\""', 'say "hi"'), ("k" * 128, "k" * 128)],
)
async def test_a_key_may_be_quoted_or_plain(client: Client, hub: SmallHub, given: str, read: str) -> None:
    headers = {"Idempotency-Key": given}

    answer = await client.post("/things", token=hub.add("ada"), json_body={}, headers=headers)

    assert answer.json["key"] == read


@pytest.mark.parametrize("given", ["", '""', "a b", "k" * 129, "schlüssel", '"open', "tab\there"])
async def test_a_key_that_is_none_is_refused(client: Client, hub: SmallHub, given: str) -> None:
    headers = {"Idempotency-Key": given}

    answer = await client.post("/things", token=hub.add("ada"), json_body={}, headers=headers)

    assert (answer.status, answer.code) == (400, "bad_key")


async def test_a_defect_is_answered_without_its_details(client: Client, hub: SmallHub) -> None:
    answer = await client.get("/broken", token=hub.add("ada"), headers={"X-Request-ID": "from-me"})

    assert (answer.status, answer.code) == (500, "internal")
    assert b"secret" not in answer.body
    assert "from-me" in answer.json["detail"]


async def test_names_cannot_rearrange_our_sentences(client: Client, hub: SmallHub) -> None:
    answer = await client.request("DELETE", "/broken", token=hub.add("ada"))

    assert answer.json["detail"] == "'a\ufffdb' waits 1 h 1 min."
    assert answer.json["params"]["wait_seconds"] == 3700


async def test_every_answer_keeps_browsers_safe_and_has_an_id(client: Client, hub: SmallHub) -> None:
    answers = [
        await client.get("/things", token=hub.add("ada")),
        await client.get("/things"),
        await client.get("/nothing"),
    ]

    for answer in answers:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Request-ID"].startswith("req-")
        assert "Etag" not in answer.headers


@pytest.mark.parametrize("given", ["x" * 65, "a b", "<script>"])
async def test_a_request_id_that_is_no_id_is_replaced(client: Client, hub: SmallHub, given: str) -> None:
    answer = await client.get("/things", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"].startswith("req-")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io"])
async def test_a_rebound_host_is_refused(client: Client, hub: SmallHub, host: str) -> None:
    answer = await client.get("/things", token=hub.add("ada"), headers={"Host": host})

    assert (answer.status, answer.code) == (400, "unknown_host")


async def test_an_agent_may_write_for_its_own_attempt_only(client: Client, web: Web) -> None:
    token = web.attempts.sign("att-1", seconds=60)

    own = await client.request("PUT", "/attempts/att-1/log", token=token, body=b"12345")
    other = await client.request("PUT", "/attempts/att-2/log", token=token, body=b"12345")

    assert own.json == {"attempt": "att-1", "bytes": 5}
    assert (other.status, other.code) == (401, "bad_token")


@pytest.mark.parametrize("seconds", [0, -1])
async def test_an_expired_token_does_not_count(client: Client, web: Web, seconds: int) -> None:
    token = web.attempts.sign("att-1", seconds=seconds)

    assert (await client.request("PUT", "/attempts/att-1/log", token=token)).status == 401


async def test_a_token_for_another_purpose_does_not_count(client: Client) -> None:
    other = Signer(KEY, purpose="ticket", clock=SystemClock()).sign("att-1", seconds=60)

    assert (await client.request("PUT", "/attempts/att-1/log", token=other)).status == 401


async def test_a_ticket_opens_its_object_and_no_other(client: Client, web: Web) -> None:
    ticket = web.tickets.seal(ObjectTicket(digest="d1"), seconds=60)
    payload, expiry, signature = ticket.split(".")

    good = await client.get(f"/objects/{ticket}")
    later = await client.get(f"/objects/{payload}.{int(expiry) + 1}.{signature}")
    other = await client.get(f"/objects/{payload[:-1]}A.{expiry}.{signature}")

    assert good.body == b"d1"
    assert {later.status, other.status} == {401}


@pytest.fixture
def access(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What the log says of answered requests."""
    stream = io.StringIO()
    log = telemetry.AccessLog(stream)
    monkeypatch.setattr(telemetry, "access", log)

    def lines() -> list[dict[str, Any]]:
        log.flush()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return lines


async def test_the_log_says_who_asked_what_and_what_came_of_it(
    client: Client, hub: SmallHub, access: Callable[[], list[dict[str, Any]]]
) -> None:
    await client.get("/things?cursor=secret", token=hub.add("ada"))

    [line] = access()
    assert (line["caller"], line["method"], line["status"]) == ("ada", "GET", 400)
    assert line["path"] == f"{API}/things"
    assert line["code"]


async def test_the_log_opens_no_object(
    client: Client, web: Web, access: Callable[[], list[dict[str, Any]]]
) -> None:
    ticket = web.tickets.seal(ObjectTicket(digest="d1"), seconds=60)

    await client.get(f"/objects/{ticket}")

    [line] = access()
    assert ticket not in str(line)
    assert line["path"].endswith("/objects/{ticket}")


class Forgetful(HubkinHandler):
    async def get(self) -> None: ...


class Undescribed(HubkinHandler):
    scopes = {"GET": JOBS_READ}

    async def get(self) -> None: ...


class Misspelt(HubkinHandler):
    scopes = {"GET": "custom:hubkin:jobs:raed"}
    operations = {"GET": Operation(summary="x")}

    async def get(self) -> None: ...


class Hollow(HubkinHandler):
    scopes = {"PUT": JOBS_READ}
    operations = {"PUT": Operation(summary="x")}


class Doorless(AttemptHandler):
    scopes = {"GET": JOBS_READ}
    operations = {"GET": Operation(summary="x")}

    async def get(self) -> None: ...


@pytest.mark.parametrize("handler", [Forgetful, Undescribed, Misspelt, Hollow, Doorless])
async def test_a_handler_that_leaves_open_who_may_call_it_is_no_handler(web: Web, handler: type) -> None:
    with pytest.raises(ValueError, match=handler.__name__):
        make_app(web, [Route("/x", handler)])


async def test_a_problem_is_what_the_wire_says(client: Client) -> None:
    answer = await client.get("/things")

    problem = msgspec.json.decode(answer.body, type=wire.Problem)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem.type == "https://hubkin.dev/problems/not-signed-in"
    assert problem.request_id == answer.headers["X-Request-ID"]
    assert json.loads(answer.body)["instance"] == "/services/hubkin/api/v1/things"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/things?unknown=1", 400),
        ("GET", "/nothing", 404),
        ("PUT", "/things", 405),
        ("GET", "/me", 404),
    ],
)
async def test_a_refusal_does_not_spoil_the_connection_for_the_next_request(
    client: Client, hub: SmallHub, method: str, path: str, status: int
) -> None:
    token = hub.add("ada")

    def one_after_the_other() -> list[int]:
        connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)
        found = []
        for verb, target in ((method, path), ("GET", "/things"), (method, path), ("GET", "/things")):
            connection.request(verb, API + target, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            found.append(answer.status)
            time.sleep(0.01)  # a proxy's next request comes after the end of the connection has
        connection.close()
        return found

    assert await asyncio.to_thread(one_after_the_other) == [status, 200, status, 200]
