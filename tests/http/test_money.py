"""Accounts, lines, top-ups, profiles and people over HTTP: with users, resources and billing composed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
import pytest
from hubkin_kit.database import Database
from hubkin_kit.i18n import Translator
from hubkin_kit.web import Hub, HubAuthenticator, Web

from tests.http.client import Client
from tests.http.small_hub import ADMIN_VERBS, USER_VERBS, SmallHub

PACKAGES = [Path(package.__file__).parent for package in (billing, resources, users)]
YUAN = 1_000_000


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.create_all()
    site = resources.demo_site(resources.Machine(cores=2, memory_bytes=2**33))

    def compose(tx) -> None:
        resources.apply_site(tx, site)
        users.set_roles(tx, site.groups)
        users.set_entitlements(tx, {**site.entitlements, "sim-gpu": ("vision-lab",)})
        billing.set_prices(tx, site.prices)
        for name, kind in (("ada", "user"), ("bob", "user"), ("vision-lab", "group")):
            owner = users.ensure_owner(tx, name, users.OwnerKind(kind))
            billing.open_with(tx, owner.id, 20 * YUAN)

    database.write_sync(compose)
    yield database
    database.close()


@pytest.fixture
async def client(hub: SmallHub, web: Web, database: Database, serve) -> AsyncIterator[Client]:
    api = Hub(hub.url, hub.own_token)
    authenticator = HubAuthenticator(api, lambda model: users.identify(database, model))
    people = billing.People(
        find=lambda c, name: owner.id if (owner := users.find_owner(c, name)) else None,
        names=users.names,
        page=lambda c, after, limit: [
            (o.id, o.kind.value, o.name) for o in users.all_owners(c, after=after, limit=limit)
        ],
    )
    market = resources.Market(
        database,
        usable=users.usable_profiles,
        prices=lambda c, names: {
            name: tariff.micros_per_unit_hour
            for name, tariff in billing.tariffs_at(c, names, database.clock.now()).items()
        },
        waiting=lambda _: {"sim": 3},
    )
    routes = [
        *billing.routes(database, people, time_zone="Asia/Shanghai"),
        *users.routes(database, forget=authenticator.forget, trust_note="Everybody here is trusted."),
        *resources.routes(market),
    ]
    composed = replace(web, authenticator=authenticator, translator=Translator(PACKAGES))
    yield serve(routes, web=composed)
    await api.close()


@pytest.fixture
def ada(hub: SmallHub) -> str:
    return hub.add("ada", groups=("vision-lab",))


@pytest.fixture
def bob(hub: SmallHub) -> str:
    return hub.add("bob")


@pytest.fixture
def admin(hub: SmallHub) -> str:
    return hub.add("admin", scopes=(*USER_VERBS, *ADMIN_VERBS))


def topup(amount: str = "5.00", owner: str = "bob", note: str = "contract 17") -> dict[str, str]:
    return {"owner": owner, "amount": amount, "note": note}


async def test_my_account_at_a_glance(client: Client, ada: str) -> None:
    usage = (await client.get("/usage", token=ada)).json

    assert (usage["owner"], usage["balance"]) == ("ada", {"amount": "20.00", "unit": "CNY"})
    assert (usage["available"]["amount"], usage["lasts_seconds"]) == ("20.00", None)
    assert [(line["kind"], line["note"], line["by"]) for line in usage["entries"]] == [
        ("topup", "Opening balance", "the platform")
    ]


async def test_the_platforms_own_lines_are_in_the_readers_language(client: Client, ada: str) -> None:
    usage = (await client.get("/usage", token=ada, headers={"Accept-Language": "zh"})).json

    assert usage["entries"][0]["note"] == "期初余额"


async def test_a_members_group_is_theirs_to_see(client: Client, ada: str) -> None:
    usage = await client.get("/usage?owner=vision-lab", token=ada)

    assert (usage.status, usage.json["owner"]) == (200, "vision-lab")


@pytest.mark.parametrize("path", ["/usage?owner={}", "/usage/entries?account={}"])
async def test_a_foreign_account_is_as_absent_as_one_that_is_not_there(
    client: Client, ada: str, bob: str, path: str
) -> None:
    account = (await client.get("/usage", token=ada)).json["account"]
    answers = [
        await client.get(path.format(name), token=bob) for name in (account, "ada", "vision-lab", "nobody")
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(404, "not_found")}


async def test_an_admin_reads_any_account(client: Client, admin: str) -> None:
    assert (await client.get("/usage?owner=ada", token=admin)).json["owner"] == "ada"
    assert (await client.get("/usage?owner=nobody", token=admin)).status == 404


async def test_accounts_and_top_ups_need_the_admins_scope(client: Client, ada: str) -> None:
    answers = [
        await client.get("/accounts", token=ada),
        await client.post("/topups", token=ada, json_body=topup()),
    ]

    assert [(answer.status, answer.code) for answer in answers] == [(403, "forbidden")] * 2


async def test_a_top_up_answers_with_the_balance_before_and_after(
    client: Client, admin: str, bob: str
) -> None:
    answer = await client.post("/topups", token=admin, json_body=topup())

    line = answer.json
    assert answer.status == 201
    assert (line["balance_before"]["amount"], line["balance_after"]["amount"]) == ("20.00", "25.00")
    assert (line["by"], line["note"]) == ("admin", "contract 17")
    assert (await client.get("/usage", token=bob)).json["balance"]["amount"] == "25.00"


async def test_two_clicks_put_money_on_once(client: Client, admin: str, bob: str) -> None:
    headers = {"Idempotency-Key": '"k1"'}
    one = await client.post("/topups", token=admin, json_body=topup(), headers=headers)
    other = await client.post("/topups", token=admin, json_body=topup(), headers=headers)
    changed = await client.post("/topups", token=admin, json_body=topup("6.00"), headers=headers)

    assert one.json == other.json
    assert (changed.status, changed.code) == (422, "key_reused")
    assert (await client.get("/usage", token=bob)).json["balance"]["amount"] == "25.00"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": "-5"}, "/amount"),
        ({"amount": "0"}, "/amount"),
        ({"amount": "NaN"}, "/amount"),
        ({"amount": "Infinity"}, "/amount"),
        ({"amount": "1e30"}, "/amount"),
        ({"amount": "0.0000001"}, "/amount"),
        ({"amount": "five"}, "/amount"),
        ({"note": "  "}, "/note"),
        ({"note": "a\u202eb"}, "/note"),
        ({"note": "x" * 501}, "/note"),
        ({"owner": "nobody"}, "/owner"),
        ({"owner": ""}, "/owner"),
        ({"owner": "../ada"}, "/owner"),
        ({"extra": 1}, "/extra"),
    ],
)
async def test_a_wrong_top_up_names_its_field_and_changes_nothing(
    client: Client, database: Database, admin: str, change: dict, pointer: str
) -> None:
    answer = await client.post("/topups", token=admin, json_body={**topup(), **change})

    assert answer.status in (404, 422)
    assert answer.json["errors"][0]["pointer"] == pointer
    assert len(database.read_sync(lambda c: billing.entries(c, users.find_owner(c, "bob").id))) == 1
    assert database.read_sync(billing.audit).is_clean


async def test_everybody_is_listed_by_name_page_by_page(client: Client, admin: str) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        page = (await client.get(f"/accounts?limit=1{cursor and '&cursor=' + cursor}", token=admin)).json
        seen += [(row["owner"], row["kind"], row["balance"]["amount"]) for row in page["items"]]
        cursor = page["next_cursor"]

    assert seen == [
        ("ada", "user", "20.00"),
        ("admin", "user", "0.00"),
        ("bob", "user", "20.00"),
        ("vision-lab", "group", "20.00"),
    ]


async def test_lines_come_newest_first_page_by_page(client: Client, admin: str, bob: str) -> None:
    for n in range(4):
        await client.post("/topups", token=admin, json_body=topup(f"{n + 1}.00"))
    account = (await client.get("/usage", token=bob)).json["account"]

    first = (await client.get(f"/usage/entries?account={account}&limit=3", token=bob)).json
    rest = (await client.get(f"/usage/entries?limit=3&cursor={first['next_cursor']}", token=bob)).json

    amounts = [line["amount"]["amount"] for line in first["items"] + rest["items"]]
    assert amounts == ["4.00", "3.00", "2.00", "1.00", "20.00"]
    assert rest["next_cursor"] is None


async def test_usage_shows_its_quantity_and_its_job(client: Client, database: Database, bob: str) -> None:
    def use(tx) -> None:
        owner = users.find_owner(tx.connection, "bob").id
        used = billing.UsageRecord.of_time(
            ("attempt-1", "main/0", 0), owner_id=owner, subject="job-1", units=2, from_at=0, to_at=900_000_000
        )
        billing.record(tx, used, billing.tariff_at(tx.connection, "sim-gpu", tx.now))

    database.write_sync(use)
    line = (await client.get("/usage", token=bob)).json["entries"][0]

    assert (line["kind"], line["job_id"], line["amount"]["amount"]) == ("usage", "job-1", "-1.00")
    assert line["quantity"] == "0.50 unit-hours"


async def test_profiles_show_what_i_may_use_with_price_and_room(client: Client, ada: str, bob: str) -> None:
    mine = (await client.get("/profiles", token=ada, headers={"Accept-Language": "zh"})).json["items"]
    his = (await client.get("/profiles", token=bob)).json["items"]

    assert [(p["name"], p["label"], p["per_hour"]["amount"], p["simulated"]) for p in mine] == [
        ("cpu", "CPU", "0.00", False),
        ("sim-gpu", "模拟 GPU", "2.00", True),
    ]
    assert (mine[1]["free_units"], mine[1]["total_units"], mine[1]["waiting"]) == (2, 2, 3)
    assert [p["name"] for p in his] == ["cpu"]


async def test_i_am_told_who_i_am_and_where_i_may_work(client: Client, ada: str) -> None:
    me = (await client.get("/me", token=ada)).json

    assert me["name"] == "ada"
    assert [(space["owner"], space["role"]) for space in me["spaces"]] == [
        ("ada", "owner"),
        ("vision-lab", "member"),
    ]
    assert (me["admin"], me["unit"], me["trust_note"]) == (False, "CNY", "Everybody here is trusted.")


async def test_preferences_are_kept_at_once(client: Client, bob: str) -> None:
    first = await client.request("PUT", "/preferences", token=bob, json_body={"language": "zh"})
    second = await client.request("PUT", "/preferences", token=bob, json_body={"last_profile": "cpu"})

    assert (first.status, second.json) == (200, {"language": "zh", "last_profile": "cpu"})
    assert (await client.get("/me", token=bob)).json["language"] == "zh"


@pytest.mark.parametrize("wrong", [{"language": "tlh"}, {"last_profile": "../etc"}, {"colour": "red"}])
async def test_wrong_preferences_are_refused(client: Client, bob: str, wrong: dict) -> None:
    assert (await client.request("PUT", "/preferences", token=bob, json_body=wrong)).status == 422


async def test_the_stream_shows_the_account_as_it_is_when_sent(database: Database) -> None:
    people = billing.People(find=lambda *_: None, names=users.names, page=lambda *_: [])
    render = billing.renderers(database, people, Translator(PACKAGES), unit="CNY", time_zone="UTC")["usage"]
    owner = database.read_sync(lambda c: users.find_owner(c, "bob").id)

    class Row:
        def __init__(self) -> None:
            self.owner = owner

    shown = database.read_sync(lambda c: render(c, Row(), "en"))
    assert (shown["owner"], shown["balance"]) == ("bob", {"amount": "20.00", "unit": "CNY"})
