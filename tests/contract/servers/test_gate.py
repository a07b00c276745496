"""The gate before notebook servers, and what those that passed it cost: real SQLite, real processes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_servers as servers
import hubkin_users as users
import pytest
from hubkin import wire
from hubkin_agent import start_time
from hubkin_kit import leases
from hubkin_kit.clock import HOUR, SECOND
from hubkin_kit.database import Database
from hubkin_kit.errors import HubkinError
from hubkin_kit.money import MICROS
from hubkin_kit.tables import journal
from hubkin_servers import store
from hubkin_servers.controllers import look_at, take_in
from hubkin_servers.errors import NoRoom, NotEntitled
from hubkin_servers.service import Person, created_at, offers
from sqlalchemy import select

from tests.support.clock import MovableClock

MACHINE = resources.Machine(cores=2, memory_bytes=8 << 30)


class Desk:
    """A database with the demo's site, and somebody who asks."""

    def __init__(self, database_url: str) -> None:
        self.clock = MovableClock()
        self.database = Database(database_url, clock=self.clock)
        self.database.create_all()
        site = resources.demo_site(MACHINE)

        def apply(tx) -> None:
            resources.apply_site(tx, site)
            billing.set_prices(tx, site.prices)
            users.set_entitlements(tx, site.entitlements)
            self.ada = users.ensure_owner(tx, "ada", users.OwnerKind.USER).id

        self.database.write_sync(apply)
        self.alive_at: dict[str, int] = {}
        self.lease = self.database.write_sync(lambda tx: leases.acquire(tx, "test", "desk"))

    def ask(
        self,
        spawn_id: str,
        *,
        profile: str = "sim-gpu",
        units: int = 1,
        name: str = "",
        created: str | None = None,
    ) -> wire.GateAnswer:
        request = wire.GateRequest(
            user="ada",
            server_name=name,
            spawn_id=spawn_id,
            profile=profile,
            units=units,
            user_created=created,
        )
        return self.database.write_sync(lambda tx: servers.ask(tx, request, unit="CNY", language="en"))

    def report(self, server_id: str, **facts: object) -> None:
        told = wire.ServerFacts(**facts)  # type: ignore[arg-type]
        self.database.write_sync(lambda tx: servers.report(tx, server_id, told))

    def start(self, process: subprocess.Popen[bytes]) -> str:
        """Have a server run in a process; return its id."""
        server = self.ask("spawn-1").server_id
        self.report(server, state="running", pid=process.pid, start_time=start_time(process.pid))
        return server

    def look(self) -> list[tuple[str, str]]:
        seen = look_at(self.database.read_sync(store.live))
        return self.database.write_sync(lambda tx: take_in(self.lease, 30, self.alive_at, seen, tx))

    def top_up(self, micros: int) -> None:
        self.database.write_sync(
            lambda tx: billing.top_up(tx, self.ada, micros, note="a test", actor="test", key="k")
        )

    def balance(self) -> billing.Balance:
        return self.database.read_sync(lambda c: billing.usage(c, self.ada, month_start=0)).balance

    def mine(self) -> list[wire.Server]:
        return self.database.read_sync(
            lambda c: servers.page(c, [self.ada], before=None, limit=10, unit="CNY")
        )

    def used(self, pool: str) -> int:
        return self.database.read_sync(resources.pool_state)[pool].used


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    desk = Desk(database_url)
    yield desk
    assert desk.database.read_sync(billing.audit).complaints == ()
    desk.database.close()


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_a_free_server_passes_and_holds_its_cores(desk: Desk) -> None:
    answer = desk.ask("spawn-1", profile="cpu")

    assert answer.per_hour.amount == "0.00"
    assert answer.cpus is not None
    assert desk.used("cpu") == 1
    assert desk.balance().held_micros == 0


def test_a_priced_server_without_money_is_refused_and_nothing_is_set_aside(desk: Desk) -> None:
    with pytest.raises(HubkinError, match=r"2\.00") as refused:
        desk.ask("spawn-1")

    assert refused.value.status == 402
    assert desk.used("sim") == 0
    assert desk.mine() == []


def test_asking_again_for_the_same_spawn_is_answered_the_same(desk: Desk) -> None:
    desk.top_up(10 * MICROS)

    one, other = desk.ask("spawn-1"), desk.ask("spawn-1")

    assert one == other
    assert desk.balance().held_micros == 2 * MICROS


def test_when_nothing_is_free_the_sentence_says_so(desk: Desk) -> None:
    desk.top_up(100 * MICROS)
    desk.ask("spawn-1", units=2)

    with pytest.raises(NoRoom, match="not free right now"):
        desk.ask("spawn-2", name="second")


def test_hardware_that_is_not_sold_to_somebody_is_refused(desk: Desk) -> None:
    with pytest.raises(NotEntitled, match="H100"):
        desk.ask("spawn-1", profile="H100")


def test_a_server_is_charged_for_the_time_that_its_process_ran(
    desk: Desk, process: subprocess.Popen[bytes]
) -> None:
    desk.top_up(10 * MICROS)
    server = desk.start(process)
    desk.clock.ahead += HOUR // 2
    desk.look()
    desk.clock.ahead += HOUR // 2

    desk.report(server, state="stopped")
    desk.report(server, state="stopped")

    assert 10 * MICROS - desk.balance().balance_micros == pytest.approx(2 * MICROS, rel=0.01)
    assert desk.balance().held_micros == 0
    assert desk.used("sim") == 0


def test_a_process_that_vanished_ends_the_server_without_anybody_saying_so(
    desk: Desk, process: subprocess.Popen[bytes]
) -> None:
    desk.top_up(10 * MICROS)
    desk.start(process)
    process.kill()
    process.wait()

    desk.look()

    assert [one.state for one in desk.mine()] == ["stopped"]
    assert desk.used("sim") == 0


def reasons(desk: Desk) -> list[str]:
    def read(connection):
        rows = connection.execute(select(journal.c.body).where(journal.c.topic == "server").order_by("id"))
        return [body for (text,) in rows if (body := json.loads(text))["state"] == "stopped"]

    return [row["reason"] for row in desk.database.read_sync(read)]


def test_an_end_that_is_told_late_corrects_what_a_look_could_only_guess(
    desk: Desk, process: subprocess.Popen[bytes]
) -> None:
    desk.top_up(10 * MICROS)
    server = desk.start(process)
    process.kill()
    process.wait()
    desk.look()
    charged = desk.balance().balance_micros

    desk.report(server, state="stopped", reason="stopped")
    desk.report(server, state="stopped", reason="stopped")
    desk.report(server, state="stopped", reason="exited")

    assert reasons(desk) == ["gone", "stopped"]
    assert desk.balance().balance_micros == charged


def test_a_server_that_ran_out_of_money_ended_for_that(desk: Desk, process: subprocess.Popen[bytes]) -> None:
    desk.top_up(2 * MICROS)
    server = desk.start(process)
    desk.clock.ahead += HOUR + SECOND
    desk.look()

    desk.report(server, state="stopped", reason="stopped")

    assert reasons(desk) == ["balance_empty"]


def test_another_process_with_the_same_pid_is_not_the_server(
    desk: Desk, process: subprocess.Popen[bytes]
) -> None:
    desk.top_up(10 * MICROS)
    server = desk.ask("spawn-1").server_id
    desk.report(server, state="running", pid=process.pid, start_time=start_time(process.pid) - 1)

    desk.look()

    assert reasons(desk) == ["gone"]


def test_a_server_that_tells_its_process_between_a_look_and_the_books_is_left_to_the_next_look(
    desk: Desk, process: subprocess.Popen[bytes]
) -> None:
    desk.top_up(10 * MICROS)
    server = desk.ask("spawn-1").server_id
    seen = look_at(desk.database.read_sync(store.live))
    desk.report(server, state="running", pid=process.pid, start_time=start_time(process.pid))

    desk.database.write_sync(lambda tx: take_in(desk.lease, 30, desk.alive_at, seen, tx))

    assert reasons(desk) == []


def test_a_start_that_never_came_gives_everything_back(desk: Desk) -> None:
    desk.top_up(10 * MICROS)
    desk.ask("spawn-1")
    desk.clock.ahead += 16 * 60 * SECOND

    desk.look()

    assert desk.balance().held_micros == 0
    assert desk.balance().balance_micros == 10 * MICROS
    assert desk.used("sim") == 0


def test_a_server_whose_money_has_run_out_is_named_to_be_stopped(
    desk: Desk, process: subprocess.Popen[bytes]
) -> None:
    desk.top_up(2 * MICROS)
    desk.start(process)
    desk.clock.ahead += HOUR + SECOND

    assert desk.look() == [("ada", "")]


def test_a_new_spawn_of_the_same_server_ends_the_one_before(desk: Desk) -> None:
    desk.top_up(10 * MICROS)
    desk.ask("spawn-1", units=2)

    desk.ask("spawn-2", units=2)

    assert [one.state for one in desk.mine()] == ["starting", "stopped"]


FIRST, LATER = "2026-11-01T08:00:00.000001Z", "2026-11-20T08:00:00Z"


def test_a_namesake_who_came_after_does_not_start_on_the_old_account(desk: Desk) -> None:
    desk.top_up(50 * MICROS)
    desk.ask("spawn-1", created=FIRST)

    with pytest.raises(HubkinError) as refusal:
        desk.ask("spawn-2", created=LATER)

    assert refusal.value.code == "balance_low"
    assert len(desk.mine()) == 1


def test_whom_we_knew_by_name_only_starts_on_their_own_account(desk: Desk) -> None:
    desk.top_up(50 * MICROS)

    desk.ask("spawn-1", created=FIRST)

    assert len(desk.mine()) == 1


def test_who_was_deleted_starts_nothing_once_a_namesake_came(desk: Desk) -> None:
    desk.ask("spawn-1", profile="cpu", created=FIRST)
    desk.ask("spawn-2", profile="cpu", created=LATER)

    with pytest.raises(users.UserGone):
        desk.ask("spawn-3", profile="cpu", created=FIRST)


def test_the_start_page_shows_a_namesake_none_of_the_old_money(desk: Desk) -> None:
    desk.top_up(50 * MICROS)
    desk.ask("spawn-1", profile="cpu", created=FIRST)

    def available(created: str) -> str | None:
        person = Person("ada", (), created_at(created))
        shown = desk.database.read_sync(
            lambda c: offers(c, person, now=desk.clock.now(), unit="CNY", language="en", said=str)
        )
        return shown.available.amount if shown.available else None

    assert available(FIRST) == "50.00"
    assert available(LATER) == "0.00"


def test_a_creation_time_without_a_zone_is_refused(desk: Desk) -> None:
    with pytest.raises(HubkinError, match="no moment"):
        desk.ask("spawn-1", created="yesterday")


def test_who_cannot_pay_for_a_notebook_reads_where_and_whom_to_ask(desk: Desk) -> None:
    request = wire.GateRequest(user="ada", server_name="", spawn_id="s", profile="sim-gpu")

    with pytest.raises(billing.BalanceLow) as refusal:
        desk.database.write_sync(
            lambda tx: servers.ask(tx, request, unit="CNY", language="en", home="/services/hubkin/")
        )

    assert [(way.code, way.href) for way in refusal.value.ways_out] == [
        ("balance", "/services/hubkin/"), ("ask_admin", None),
    ]  # fmt: skip
