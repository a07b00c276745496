"""The rights matrix: every route and method, every kind of caller, own, foreign and absent things.

It is generated from the route table.  A new route fails here until it says which body is a right one.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hubkin_kit.web import HubkinHandler, Route, TicketHandler, scopes
from hubkin_kit.web.agents import AttemptHandler
from hubkin_platform.parts import described

from tests.http.client import Answer
from tests.http.small_hub import SmallHub
from tests.http.whole import Whole

SPEC = {"run": "true"}
GATE = {"user": "ada", "server_name": "", "spawn_id": "s-1", "profile": "cpu"}

#: A right body for every route that takes one: what is refused then is refused for want of a right.
BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/preferences"): {},
    ("POST", "/topups"): {"owner": "ada", "amount": "1.00", "note": "a test"},
    ("POST", "/uploads"): {},
    ("POST", "/uploads/{upload_id}/claims"): {"objects": []},
    ("POST", "/uploads/{upload_id}/commit"): {"files": []},
    ("POST", "/plans"): {"spec": SPEC},
    ("POST", "/jobs"): {"spec": SPEC},
    ("POST", "/jobs/{job}/stop"): {},
    ("POST", "/jobs/{job}/extend"): {"by": "1h"},
    ("POST", "/jobs/{job}/register"): {"name": "m"},
    ("POST", "/admin/jobs/{job}/stop"): {"reason": "a test"},
    ("POST", "/gate"): GATE,
    ("PUT", "/servers/{server_id}/facts"): {"state": "running", "pid": 1, "start_time": 1},
    ("POST", "/hooks"): {"target": "https://ci.example/hook"},
}
QUERIES = {"/events": "?wait=0", "/offers": "?user=ada", "/resolve": "?reference=@"}
#: What stands for the parts of an address that are not an id of somebody's.
PARTS = {"path": "best.pt", "task": "main", "index": "0", "name": "ada"}
ABSENT = {
    "job": "job-01jd0000000000000000000000",
    "plan_id": "plan-01jd0000000000000000000000",
    "upload_id": "upload-01jd0000000000000000000000",
    "version_id": "version-01jd0000000000000000000000",
    "hook_id": "hook-01jd0000000000000000000000",
    "server_id": "server-01jd0000000000000000000000",
}
#: Asking for what a fresh thing does not have yet: the answer says so in words of its own.
EMPTY = {
    "/jobs/{job}/files/{path...}",
    "/jobs/{job}/result",
    "/jobs/{job}/register",
    "/admin/jobs/{job}/files/{path...}",
    "/admin/jobs/{job}/result",
}
#: Callers with every verb of a person.
PEOPLE = ("ada", "bob", "lea", "max", "vic")


@dataclass(frozen=True)
class Cell:
    """One route and method."""

    route: Route
    method: str

    @property
    def scope(self) -> str:
        return self.route.handler.scopes[self.method]

    @property
    def for_services(self) -> bool:
        return bool(getattr(self.route.handler, "for_services", False))

    @property
    def ids(self) -> list[str]:
        return [name for name in re.findall(r"\{(\w+)", self.route.path) if name in ABSENT]

    @property
    def body(self) -> Any:
        return BODIES.get((self.method, self.route.path))

    def path(self, ids: dict[str, str]) -> str:
        values = {**PARTS, **ids}
        path = re.sub(r"\{(\w+)(?:\.\.\.)?\}", lambda part: values[part[1]], self.route.path)
        return path + QUERIES.get(self.route.path, "")

    def __str__(self) -> str:
        return f"{self.method} {self.route.path}"


CELLS = [
    Cell(route, method)
    for route in described()
    if issubclass(route.handler, HubkinHandler)
    for method in route.handler.scopes
]
WITH_IDS = [cell for cell in CELLS if cell.ids]
VERBS = sorted(scopes.ALL)


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


async def things(whole: Whole, owner: str = "ada", *, pays: str | None = None) -> dict[str, str]:
    """Make one of everything for somebody."""
    spec = {**SPEC, "owner": pays} if pays else SPEC
    made = {
        "job": await whole.ask(owner, "POST", "/jobs", {"spec": spec}),
        "plan_id": await whole.ask(owner, "POST", "/plans", {"spec": spec}),
        "upload_id": await whole.ask(owner, "POST", "/uploads", {}),
        "hook_id": await whole.ask(owner, "POST", "/hooks", {"target": "https://ci.example/hook"}),
    }
    dataset = {"kind": "dataset", "name": "things", "owner": pays}
    upload = await whole.ask(owner, "POST", "/uploads", dataset)
    made["version_id"] = await whole.ask(owner, "POST", f"/uploads/{upload.json['id']}/commit", {"files": []})
    gate = await whole.ask("gate", "POST", "/gate", {**GATE, "user": owner, "spawn_id": f"{owner}-{pays}"})
    assert {answer.status for answer in (*made.values(), gate)} <= {200, 201}, made
    return {name: answer.json["id"] for name, answer in made.items()} | {"server_id": gate.json["server_id"]}


async def ask(whole: Whole, who: str, cell: Cell, ids: dict[str, str]) -> Answer:
    return await whole.ask(who, cell.method, cell.path(ids), cell.body)


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code if answer.status >= 400 else ""


def anonymised(answer: Answer, ids: dict[str, str]) -> str:
    text = answer.body.decode()
    for value in ids.values():
        text = text.replace(value, "ID")
    return re.sub(r"req-\w+", "REQ", text)


def test_every_body_that_a_route_takes_is_known() -> None:
    taken = {(c.method, c.route.path) for c in CELLS if c.route.handler.operations[c.method].request}

    assert taken == set(BODIES)


def test_every_id_in_an_address_has_something_absent() -> None:
    unknown = {
        name
        for route in described()
        for name in re.findall(r"\{(\w+)", route.path)
        if name not in {*ABSENT, *PARTS, "attempt_id", "ticket"}
    }

    assert unknown == set()


@pytest.mark.parametrize("cell", CELLS, ids=str)
async def test_who_shows_no_token_that_counts_is_not_signed_in(whole: Whole, cell: Cell) -> None:
    whole.tokens["forged"] = "token-forged"
    whole.tokens["expired"] = whole.hub.add("ada")
    whole.hub.revoke(whole.tokens["expired"])
    whole.tokens["stranger to the service"] = whole.hub.add("ada", access=False)

    answers = [
        await ask(whole, who, cell, ABSENT)
        for who in ("nobody", "forged", "expired", "stranger to the service")
    ]

    assert {told(answer) for answer in answers} == {(401, "not_signed_in")}


@pytest.mark.parametrize("cell", CELLS, ids=str)
async def test_one_verb_opens_what_is_declared_for_it_and_nothing_else(whole: Whole, cell: Cell) -> None:
    kind = "service" if cell.for_services else "user"
    for verb in VERBS:
        whole.tokens[verb] = whole.hub.add(f"one-{VERBS.index(verb)}", kind=kind, scopes=(verb,))

    refused = {verb for verb in VERBS if (await ask(whole, verb, cell, ABSENT)).status == 403}

    assert refused == set(VERBS) - {cell.scope}


@pytest.mark.parametrize("cell", CELLS, ids=str)
async def test_services_and_people_do_not_stand_in_for_each_other(whole: Whole, cell: Cell) -> None:
    kind = "user" if cell.for_services else "service"
    whole.tokens["wrong kind"] = whole.hub.add("pretender", kind=kind, scopes=tuple(scopes.ALL))

    answer = await ask(whole, "wrong kind", cell, ABSENT)

    assert told(answer) == (403, "forbidden")


@pytest.mark.parametrize("cell", [c for c in CELLS if not c.ids], ids=str)
async def test_what_names_nobodys_thing_is_open_to_whoever_has_the_verb(whole: Whole, cell: Cell) -> None:
    statuses = {}
    for who in (*PEOPLE, "root", "gate"):
        statuses[who] = (await ask(whole, who, cell, {})).status

    open_to = {who for who, status in statuses.items() if status not in (401, 403, 404)}
    if cell.for_services:
        wanted = {"gate"}
    elif cell.scope in (scopes.JOBS_ADMIN, scopes.BILLING_ADMIN):
        wanted = {"root"}
    else:
        wanted = {*PEOPLE, "root"}
    assert open_to == wanted, statuses
    assert max(statuses.values()) < 500


@pytest.mark.parametrize("cell", [c for c in WITH_IDS if not c.for_services], ids=str)
async def test_somebody_elses_thing_is_as_absent_as_one_that_never_was(whole: Whole, cell: Cell) -> None:
    adas = await things(whole)
    labs = await things(whole, "lea", pays="lab")
    everyone = ("bob", "root") if cell.scope != scopes.JOBS_ADMIN else ("bob",)

    for who in everyone:
        absent = await ask(whole, who, cell, ABSENT)
        for foreign_ids in (adas, labs):
            foreign = await ask(whole, who, cell, foreign_ids)
            assert anonymised(foreign, foreign_ids) == anonymised(absent, ABSENT)
            assert foreign.status == absent.status == (403 if cell.scope == scopes.JOBS_ADMIN else 404)
            assert foreign.headers.keys() == absent.headers.keys()


@pytest.mark.parametrize("cell", [c for c in WITH_IDS if not c.for_services], ids=str)
async def test_ones_own_thing_is_there(whole: Whole, cell: Cell) -> None:
    adas = await things(whole)
    owner = "root" if cell.scope == scopes.JOBS_ADMIN else "ada"
    absent = await ask(whole, owner, cell, ABSENT)

    own = await ask(whole, owner, cell, adas)

    assert own.status not in (401, 403, 405)
    assert own.status < 500
    if cell.route.path in EMPTY:
        assert anonymised(own, adas) != anonymised(absent, ABSENT)
    else:
        assert own.status != 404


#: What belongs to the person who made it, whoever pays.
PERSONAL = {"upload_id", "hook_id", "plan_id"}


@pytest.mark.parametrize(
    "cell",
    [
        c
        for c in WITH_IDS
        if not c.for_services and c.scope != scopes.JOBS_ADMIN and not PERSONAL & set(c.ids)
    ],
    ids=str,
)
async def test_a_viewer_of_a_group_looks_and_does_not_touch(whole: Whole, cell: Cell) -> None:
    labs = {}
    for who in ("vic", "max", "lea"):
        labs[who] = await things(whole, "lea", pays="lab")

    answers = {who: await ask(whole, who, cell, labs[who]) for who in ("vic", "max", "lea")}

    allowed = {who for who, answer in answers.items() if answer.status != 403}
    assert allowed == ({"vic", "max", "lea"} if cell.method == "GET" else {"max", "lea"})
    if cell.route.path not in EMPTY:
        assert 404 not in {answer.status for answer in answers.values()}
    assert max(answer.status for answer in answers.values()) < 500


@pytest.mark.parametrize("cell", [c for c in WITH_IDS if PERSONAL & set(c.ids)], ids=str)
async def test_what_one_person_made_is_not_their_groups(whole: Whole, cell: Cell) -> None:
    labs = await things(whole, "lea", pays="lab")

    answers = [await ask(whole, who, cell, labs) for who in ("max", "vic")]

    assert {answer.status for answer in answers} == {404}


async def test_a_viewer_cannot_spend_for_the_group(whole: Whole) -> None:
    body = {"spec": {**SPEC, "owner": "lab"}}

    statuses = {who: (await whole.ask(who, "POST", "/jobs", body)).status for who in PEOPLE}

    assert statuses == {"lea": 201, "max": 201, "vic": 403, "ada": statuses["bob"], "bob": statuses["ada"]}
    assert statuses["bob"] >= 400


@pytest.mark.parametrize("path", ["/usage?owner={}", "/usage/entries?account={}", "/jobs?owner={}"])
async def test_a_foreign_name_in_a_question_is_as_absent_as_none(whole: Whole, path: str) -> None:
    await whole.ask("ada", "GET", "/me")

    foreign = await whole.ask("bob", "GET", path.format("ada"))
    absent = await whole.ask("bob", "GET", path.format("eve"))

    assert foreign.status == absent.status
    assert anonymised(foreign, {"o": "ada"}) == anonymised(absent, {"o": "eve"})


AGENTS = [
    (route, method)
    for route in described()
    if issubclass(route.handler, AttemptHandler)
    for method in route.handler.scopes
]


@pytest.mark.parametrize(("route", "method"), AGENTS, ids=lambda x: getattr(x, "path", x))
async def test_agents_reach_their_own_attempt_only(whole: Whole, route: Route, method: str) -> None:
    web = whole.platform.application.settings["hubkin"]
    mine, other = "attempt-01jd0000000000000000000000", "attempt-01jd0000000000000000000001"
    path = route.path.replace("{attempt_id}", mine).replace("{task}", "main").replace("{index}", "0")
    whole.tokens |= {
        "other": web.attempts.sign(other, seconds=60),
        "expired": web.attempts.sign(mine, seconds=-1),
        "ticket": web.tickets.sign(mine, seconds=60),
        "mine": web.attempts.sign(mine, seconds=60),
    }

    outcomes = {
        who: (await whole.ask(who, method, path, {})).status
        for who in ("nobody", "ada", "root", "gate", "other", "expired", "ticket", "mine")
    }

    assert {who for who, status in outcomes.items() if status != 401} == {"mine"}
    assert outcomes["mine"] < 500


TICKETS = [
    (route, method)
    for route in described()
    if issubclass(route.handler, TicketHandler)
    for method in route.handler.scopes
]


@pytest.mark.parametrize(("route", "method"), TICKETS, ids=lambda x: getattr(x, "path", x))
async def test_a_ticket_counts_for_its_method_and_its_time(whole: Whole, route: Route, method: str) -> None:
    web = whole.platform.application.settings["hubkin"]
    kind = route.handler.ticket_type  # type: ignore[attr-defined]
    fields = {"owner": "user-ada", "digest": "sha256:" + "0" * 64, "size_bytes": 3}

    def ticket(for_method: str, seconds: int) -> str:
        return web.tickets.seal(msgspec.convert({**fields, "method": for_method}, kind), seconds=seconds)

    wrong = "GET" if method == "PUT" else "PUT"
    tickets = [ticket(wrong, 60), ticket(method, -1), "a.b.c", ticket(method, 60)[:-2] + "AA"]

    answers = [
        await whole.ask("ada", method, f"/objects/{one}", headers={"Content-Length": "0"}) for one in tickets
    ]

    assert all(answer.status in (401, 403) for answer in answers), [a.status for a in answers]


def test_no_route_is_left_out() -> None:
    counted = (
        {(c.route.path, c.method) for c in CELLS}
        | {(r.path, m) for r, m in AGENTS}
        | {(r.path, m) for r, m in TICKETS}
    )

    assert counted == {(route.path, method) for route in described() for method in route.handler.scopes}
