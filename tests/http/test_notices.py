"""Notices, from the journal to a real web server and a real mail server that fail on cue."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import hubkin_jobs
import hubkin_records as records
import pytest
from aiosmtpd.smtp import SMTP
from hubkin_kit import journal, leases
from hubkin_kit.database import Database
from hubkin_kit.i18n import Translator
from hubkin_records import Kind, MailChannel, MailServer, WebhookChannel
from hubkin_records.tables import hooks
from sqlalchemy import update
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from tests.http.client import Answer, Client
from tests.http.conftest import Serve
from tests.http.small_hub import SmallHub
from tests.support.clock import MovableClock


class Sink:
    """A web server that takes notices, or answers what it is told to."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[Any, bytes]] = []
        sink = self

        class Take(RequestHandler):
            def post(self) -> None:
                sink.got.append((self.request.headers, self.request.body))
                self.set_status(sink.answers.pop(0) if sink.answers else 204)

            def get(self) -> None:
                sink.got.append((self.request.headers, b""))

        socket, port = bind_unused_port()
        self.server = HTTPServer(Application([("/hook", Take)]))
        self.server.add_socket(socket)
        self.url = f"http://127.0.0.1:{port}/hook"


class Post:
    """A mail server."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.answers: list[str] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    sink = Sink()
    yield sink
    sink.server.stop()


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    post = Post()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(post, loop=loop), "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    yield post
    server.close()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def database(database_url: str, clock: MovableClock) -> AsyncIterator[Database]:
    database = Database(database_url, clock=clock)
    database.create_all()
    yield database
    database.close()


class Loops:
    """The loops of records, stepped by hand."""

    def __init__(self, database: Database, channels: dict[Kind, Any]) -> None:
        self.database = database
        self._loops = {c.name: c for c in records.controllers(database, channels)}
        lease = database.write_sync(lambda tx: leases.acquire(tx, "test", "me"))
        assert lease is not None
        self.lease = lease

    async def step(self) -> None:
        await self.database.write(journal.sequence)
        for name in ("records-notices", "records-sender", "records-audit"):
            await self._loops[name].step(self.lease)


@pytest.fixture
async def loops(database: Database, clock: MovableClock, post: Post) -> AsyncIterator[Loops]:
    webhook = WebhookChannel(clock, networks=["127.0.0.0/8"])
    server = MailServer(host="127.0.0.1", port=post.port, sender="hubkin@lab.example")
    folder = Path(str(records.__file__)).parent
    mail = MailChannel(
        server, Translator([folder, Path(str(hubkin_jobs.__file__)).parent]), public_url="http://lab.example"
    )
    yield Loops(database, {Kind.WEBHOOK: webhook, Kind.MAIL: mail})
    webhook.close()


@pytest.fixture
def client(serve: Serve, database: Database) -> Client:
    return serve(records.routes(database, sends_mail=True))


@pytest.fixture
def ada(hub: SmallHub) -> str:
    return hub.add("ada")


Add = Callable[..., Any]


@pytest.fixture
def add(client: Client, ada: str) -> Add:
    async def add(target: str, kind: str = "webhook", **more: Any) -> Answer:
        headers = more.pop("headers", {})
        body = {"target": target, "kind": kind, **more}
        return await client.post("/hooks", token=ada, json_body=body, headers=headers)

    return add


async def moved(database: Database, state: str, *, old: str = "queued", **body: Any) -> None:
    told = {"old": old, "state": state, "reason": state, "name": "bert-7", "by": "user-ada", **body}
    await database.write(lambda tx: journal.append(tx, "job", owner="group-lab", subject="job-1", **told))


async def test_a_webhook_is_signed_as_standard_webhooks_says(
    add: Add, sink: Sink, loops: Loops, database: Database
) -> None:
    secret = (await add(sink.url)).json["secret"]

    await moved(database, "running")
    await loops.step()

    [(headers, body)] = sink.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert json.loads(body)["type"] == "job.started"
    assert json.loads(body)["data"]["name"] == "bert-7"


async def test_start_end_and_limit_are_told_and_nothing_else(
    add: Add, sink: Sink, loops: Loops, database: Database
) -> None:
    await add(sink.url)

    await moved(database, "queued")
    await moved(database, "starting")
    await moved(database, "running", old="starting")
    await moved(database, "running", old="running")
    await database.write(
        lambda tx: journal.append(
            tx, "notice", owner="group-lab", subject="job-1", about="time_limit", name="bert-7", by="user-ada"
        )
    )
    await moved(database, "failed", old="running")
    for _ in range(3):
        await loops.step()

    assert [json.loads(body)["type"] for _, body in sink.got] == [
        "job.started",
        "job.limit_near",
        "job.ended",
    ]


async def test_only_the_one_who_submitted_is_told(
    add: Add, sink: Sink, loops: Loops, database: Database
) -> None:
    await add(sink.url)

    await moved(database, "running", by="user-bob")
    await loops.step()

    assert sink.got == []


async def test_a_hook_hears_what_it_wants_and_what_the_job_asks_for(
    add: Add, sink: Sink, loops: Loops, database: Database
) -> None:
    await add(sink.url, when=["end"])

    await moved(database, "running")
    await moved(database, "running", notify=["start"])
    await loops.step()

    assert len(sink.got) == 1


async def test_a_webhook_that_fails_is_tried_again_later_with_the_same_id(
    add: Add, sink: Sink, loops: Loops, database: Database, clock: MovableClock
) -> None:
    await add(sink.url)
    sink.answers = [500, 302]
    await moved(database, "running")

    tried = []
    for _ in range(4):
        await loops.step()
        await loops.step()
        tried.append(len(sink.got))
        clock.ahead += 20_000_000

    assert tried == [1, 2, 2, 3]
    assert len({headers["webhook-id"] for headers, _ in sink.got}) == 1


async def test_a_webhook_is_given_up_when_the_other_side_says_gone(
    add: Add, sink: Sink, loops: Loops, database: Database, clock: MovableClock
) -> None:
    await add(sink.url)
    sink.answers = [410]
    await moved(database, "running")

    await loops.step()
    clock.ahead += 3600_000_000
    await loops.step()

    assert len(sink.got) == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_a_webhook_goes_into_no_private_network(
    add: Add, sink: Sink, database: Database, clock: MovableClock, host: str
) -> None:
    port = sink.url.rpartition(":")[2].partition("/")[0]
    await add(f"http://{host}:{port}/hook")
    strict = WebhookChannel(clock)
    loops = Loops(database, {Kind.WEBHOOK: strict})
    await moved(database, "running")

    await loops.step()
    clock.ahead += 10_000_000
    await loops.step()
    strict.close()

    assert sink.got == []


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "10.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "fe80::1",
        "fc00::1",
        "224.0.0.1",
        "100.64.0.1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_are_not_public_are_known(address: str) -> None:
    import ipaddress

    from hubkin_records.adapters.webhook import may_send_to

    assert not may_send_to(ipaddress.ip_address(address), ())
    assert may_send_to(ipaddress.ip_address("93.184.216.34"), ())


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Job bert-7 has finished"), ("zh", "任务 bert-7 已完成")]
)
async def test_a_mail_arrives_in_the_language_of_its_reader(
    add: Add, post: Post, loops: Loops, database: Database, language: str, subject: str
) -> None:
    await add("ada@lab.example", "mail", headers={"Accept-Language": language})

    await moved(database, "succeeded", old="running")
    await loops.step()

    [envelope] = post.got
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert envelope.rcpt_tos == ["ada@lab.example"]
    assert mail["Subject"] == subject
    assert "http://lab.example/services/hubkin/jobs/job-1" in mail.get_content()


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Job bert-7 has failed: Replica 0 exited with code 3."),
        ("zh", "任务 bert-7 失败：副本 0 以退出码 3 结束。"),
    ],
)
async def test_a_mail_says_why_a_job_has_failed_in_a_sentence(
    add: Add, post: Post, loops: Loops, database: Database, language: str, subject: str
) -> None:
    await add("ada@lab.example", "mail", headers={"Accept-Language": language})
    why = {"text": "Replica {replica} exited with code {code}.", "params": {"replica": 0, "code": 3}}

    await moved(database, "failed", old="running", reason="exit_code", why=why)
    await loops.step()

    [envelope] = post.got
    assert email.message_from_bytes(envelope.content, policy=email.policy.default)["Subject"] == subject


async def test_a_name_cannot_write_headers(add: Add, post: Post, loops: Loops, database: Database) -> None:
    await add("ada@lab.example", "mail")

    await moved(database, "succeeded", old="running", name="x\r\nBcc: all@lab.example")
    await loops.step()

    mail = email.message_from_bytes(post.got[0].content, policy=email.policy.default)
    assert mail["Bcc"] is None
    assert post.got[0].rcpt_tos == ["ada@lab.example"]


async def test_a_notice_that_cannot_be_sent_holds_up_no_other(
    add: Add, post: Post, loops: Loops, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("hubkin_records.controllers"), "AT_ONCE", 1)
    hook_id = (await add("ada@lab.example", "mail")).json["id"]
    await add("bob@lab.example", "mail")
    # As it could be added once.
    await database.write(lambda tx: tx.execute(
        update(hooks).where(hooks.c.id == hook_id).values(target="ada..b@lab.example")
    ))  # fmt: skip
    await moved(database, "running")

    await loops.step()

    assert [envelope.rcpt_tos for envelope in post.got] == [["bob@lab.example"]]


async def test_a_mail_that_is_refused_for_now_is_tried_again(
    add: Add, post: Post, loops: Loops, database: Database, clock: MovableClock
) -> None:
    await add("ada@lab.example", "mail")
    post.answers = ["451 later"]
    await moved(database, "succeeded", old="running")

    await loops.step()
    clock.ahead += 10_000_000
    await loops.step()

    assert len(post.got) == 1


async def test_hooks_are_listed_without_their_secret_and_removed(
    add: Add, client: Client, ada: str, sink: Sink
) -> None:
    made = (await add(sink.url)).json

    listed = (await client.get("/hooks", token=ada)).json["items"]
    removed = await client.request("DELETE", f"/hooks/{made['id']}", token=ada)

    assert made["secret"].startswith("whsec_")
    assert listed == [{**made, "secret": None}]
    assert removed.status == 204
    assert (await client.get("/hooks", token=ada)).json["items"] == []


async def test_somebody_elses_hook_is_not_there(add: Add, client: Client, hub: SmallHub, sink: Sink) -> None:
    made = (await add(sink.url)).json
    bob = hub.add("bob")

    foreign = await client.request("DELETE", f"/hooks/{made['id']}", token=bob)
    absent = await client.request("DELETE", "/hooks/hook-nothing", token=bob)

    assert (foreign.status, foreign.code) == (absent.status, absent.code) == (404, "hook_not_found")


async def test_the_same_key_makes_one_hook(add: Add, client: Client, ada: str, sink: Sink) -> None:
    headers = {"Idempotency-Key": "k1"}

    one = await add(sink.url, headers=headers)
    again = await add(sink.url, headers=headers)
    other = await add(sink.url, when=["end"], headers=headers)

    assert one.json == again.json
    assert (other.status, other.code) == (422, "key_reused")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"target": "ftp://ci.example/x"}, "/target"),
        ({"target": "https://user:pw@ci.example/x"}, "/target"),
        ({"target": "https://"}, "/target"),
        ({"target": "https://ci.example:99999/"}, "/target"),
        ({"target": "https://ci.example/\u202e"}, "/target"),
        ({"target": "ada@lab.example\nBcc: x@y.z", "kind": "mail"}, "/target"),
        ({"target": "ada", "kind": "mail"}, "/target"),
        ({"target": "ada..b@lab.example", "kind": "mail"}, "/target"),
        ({"target": "阿达@lab.example", "kind": "mail"}, "/target"),
        ({"target": "https://ci.example/", "kind": "carrier_pigeon"}, "/kind"),
        ({"target": "https://ci.example/", "when": ["whenever"]}, "/when"),
        ({"target": "https://ci.example/", "when": []}, "/when"),
        ({"target": "https://ci.example/", "secret": "mine"}, "/secret"),
    ],
)
async def test_a_hook_that_cannot_work_is_refused(
    client: Client, ada: str, body: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/hooks", token=ada, json_body=body)

    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == pointer


async def test_a_changed_row_breaks_the_seal(loops: Loops, database: Database) -> None:
    for _ in range(5):
        await moved(database, "running")
        await loops.step()
    assert await database.read(records.broken_seal) is None

    await asyncio.to_thread(
        database.write_sync,
        lambda tx: tx.connection.exec_driver_sql("update kit_journal set actor = 'mallory' where seq = 3"),
    )

    assert await database.read(records.broken_seal) == 3


async def test_a_missing_row_breaks_the_seal(loops: Loops, database: Database) -> None:
    for _ in range(3):
        await moved(database, "running")
        await loops.step()

    await database.write(lambda tx: tx.connection.exec_driver_sql("delete from kit_journal where seq = 2"))

    assert await database.read(records.broken_seal) == 2
