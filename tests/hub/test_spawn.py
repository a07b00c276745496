"""Notebooks start and end through the gate, outlive the hub, and no person's mistake stops anything."""

import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hubkin_agent import is_alive

from tests.hub.conftest import facts, signed_in, stop_server
from tests.hub.machine import Machine, Visitor, eventually


def open_lab(visitor: Visitor, name: str, profile: str) -> None:
    visitor.submit(visitor.get("/hub/spawn"), {"profile": profile})
    eventually(
        lambda: f"/user/{name}/" in visitor.get(f"/hub/spawn-pending/{name}").url,
        seconds=60,
        what=f"{name}'s notebook",
    )


def server_pid(machine: Machine, name: str) -> int:
    told = [fact for fact in facts(machine) if fact["state"] == "running"]
    pids = [fact["pid"] for fact in told if isinstance(fact["pid"], int)]
    return next(pid for pid in reversed(pids) if f"JUPYTERHUB_USER={name}\0" in environment(pid))


def environment(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text()


def test_a_notebook_starts_by_the_plain_form_with_what_the_platform_gave(
    machine: Machine, ada: Visitor
) -> None:
    open_lab(ada, "ada", "sim-gpu")

    asked = machine.control()["gate_calls"][-1]
    pid = server_pid(machine, "ada")
    given = environment(pid)

    told = machine.api("GET", "/user", token=given.split("JUPYTERHUB_API_TOKEN=")[1].split("\0")[0]).json()
    assert (asked["user"], asked["profile"], asked["units"]) == ("ada", "sim-gpu", 1)
    assert asked["user_created"] == told.get("created", asked["user_created"])
    assert asked["user_created"].endswith("Z")
    assert "GIVEN=yes\0" in given
    assert "HUBKIN_PROFILE=sim-gpu\0" in given
    assert "HUBKIN_LANG=en\0" in given
    assert f"HUBKIN_API_URL=http://127.0.0.1:{machine.ports.platform}/services/hubkin/api/v1\0" in given
    assert os.sched_getaffinity(pid) == {0}
    for secret in machine.secrets.values():
        assert secret not in given
    assert 'value="sim-gpu" required checked' in _next_form(machine, ada)


def _next_form(machine: Machine, visitor: Visitor) -> str:
    stop_server(machine, "ada")
    return visitor.get("/hub/spawn").text


def test_a_file_of_any_name_is_reached_through_the_proxy(machine: Machine) -> None:
    bob = signed_in(machine, "bob")
    open_lab(bob, "bob", "cpu")
    name = "a#b%2F c;d?e\\f 中文.txt"
    (machine.places.data / "homes" / "bob" / name).write_text("here")

    answer = bob.get(f"/user/bob/api/contents/{quote(name, safe='')}")
    stop_server(machine, "bob")

    assert answer.status == 200, answer.text
    assert answer.json()["content"] == "here"


def test_the_platform_is_told_of_the_end(machine: Machine, ada: Visitor) -> None:
    open_lab(ada, "ada", "cpu")
    server_id = facts(machine)[-1]["server_id"]

    stop_server(machine, "ada")

    assert eventually(
        lambda: {"server_id": server_id, "state": "stopped"}.items() <= facts(machine)[-1].items()
    )


def ends_of(machine: Machine, server_id: object) -> list[object]:
    told = [fact for fact in facts(machine) if fact["server_id"] == server_id]
    return [fact["reason"] for fact in told if fact["state"] == "stopped"]


@pytest.mark.parametrize("hub_dies", [False, True])
def test_an_end_while_the_platform_was_away_is_told_when_it_is_back(
    machine: Machine, ada: Visitor, hub_dies: bool
) -> None:
    open_lab(ada, "ada", "cpu")
    server_id = facts(machine)[-1]["server_id"]
    machine.stop("platform", how=signal.SIGKILL)
    stop_server(machine, "ada")
    if hub_dies:
        machine.stop("hub", how=signal.SIGKILL)
        machine.start_hub()

    machine.start_platform()
    if hub_dies:
        open_lab(signed_in(machine, "bob"), "bob", "cpu")
        stop_server(machine, "bob")

    eventually(lambda: ends_of(machine, server_id), seconds=20, what=f"the late word: {facts(machine)}")
    assert set(ends_of(machine, server_id)) == {"stopped"}


def test_the_platform_is_told_of_an_end_that_nobody_asked_for(machine: Machine, ada: Visitor) -> None:
    open_lab(ada, "ada", "cpu")
    server_id = facts(machine)[-1]["server_id"]

    os.kill(server_pid(machine, "ada"), signal.SIGKILL)

    eventually(lambda: facts(machine)[-1]["state"] == "stopped", what="the word about the end")
    told = [fact["state"] for fact in facts(machine) if fact["server_id"] == server_id]
    assert told == ["running", "stopped"]
    assert ends_of(machine, server_id) == ["exited"]
    eventually(lambda: not machine.running_servers(), what="the hub's own notice")


def test_without_a_choice_the_sites_first_free_profile_is_taken(machine: Machine) -> None:
    token = a_token(machine, "bob")

    answer = machine.api("POST", "/users/bob/server", token=token, body={"user_options": {}})

    assert answer.status in (201, 202)
    assert machine.control()["gate_calls"][-1]["profile"] == "cpu"
    eventually(lambda: machine.running_servers() and machine.running_servers()[0]["servers"][""]["ready"])
    stop_server(machine, "bob")


def test_the_token_in_a_server_has_the_users_verbs_and_no_others(machine: Machine) -> None:
    admin = signed_in(machine, "root-admin")
    open_lab(admin, "root-admin", "cpu")
    given = dict(
        row.split("=", 1) for row in environment(server_pid(machine, "root-admin")).split("\0") if "=" in row
    )

    me: dict[str, Any] = machine.api("GET", "/user", token=given["JUPYTERHUB_API_TOKEN"]).json()
    stop_server(machine, "root-admin")

    ours = {scope for scope in me["scopes"] if scope.startswith("custom:")}
    assert ours == {
        "custom:hubkin:jobs:read", "custom:hubkin:jobs:submit", "custom:hubkin:catalog:read",
        "custom:hubkin:catalog:write", "custom:hubkin:billing:read",
    }  # fmt: skip
    assert "access:services!service=hubkin" in me["scopes"]
    assert any(scope.startswith("access:servers") for scope in me["scopes"])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_notebook_outlives_the_hub(machine: Machine, how: signal.Signals) -> None:
    bob = signed_in(machine, "bob")
    open_lab(bob, "bob", "cpu")
    pid = server_pid(machine, "bob")

    machine.stop("hub", how=how)
    during = bob.get("/user/bob/api")
    machine.start_hub()

    assert during.status == 200
    assert is_alive(pid, None)
    assert any(model["name"] == "bob" for model in machine.running_servers())
    stop_server(machine, "bob")
    assert facts(machine)[-1]["state"] == "stopped"
    assert not is_alive(pid, None)


def test_a_refusal_is_shown_with_its_way_out_and_stops_nothing(machine: Machine, refusing: None) -> None:
    cleo = signed_in(machine, "cleo")

    answer = cleo.submit(cleo.get("/hub/spawn"), {"profile": "sim-gpu"})

    assert answer.status == 402
    assert "The first hour needs ¥2.00; you have &lt;¥0.50&gt;. Your files are safe." in answer.text
    assert '<a href="/services/hubkin/">See my balance</a>' in answer.text
    assert "//evil" not in answer.text
    assert 'value="cpu"' in answer.text


def test_a_refusal_reaches_a_rest_client_as_its_status(machine: Machine, refusing: None) -> None:
    token = a_token(machine, "cleo")

    answer = machine.api(
        "POST", "/users/cleo/server", token=token, body={"user_options": {"profile": "sim-gpu"}}
    )

    assert answer.status == 402
    assert "The first hour needs" in answer.json()["message"]


def test_bad_options_are_the_persons_mistake_and_never_stop_the_hub(machine: Machine) -> None:
    token = a_token(machine, "cleo")
    bad: list[Any] = [
        {"profile": "no-such"}, {"profile": "../x"}, {"units": -1}, {"profile": ["a", "b"]}, {"x": {}},
        {"profile": {"a": 1}}, {"profile": "cpu", "units": "many"},
    ]  # fmt: skip

    answers = [
        machine.api("POST", "/users/cleo/server", token=token, body={"user_options": options})
        for options in bad
    ]

    assert {answer.status for answer in answers} <= {400, 422}
    assert machine.children["hub"].poll() is None
    assert "consecutive spawns failed" not in machine.log("hub")
    assert Visitor(machine.url).get("/hub/login").status == 200


def test_while_the_platform_is_away_free_notebooks_start_and_priced_ones_say_why_not(
    machine: Machine,
) -> None:
    cleo = signed_in(machine, "cleo")
    cleo.get("/hub/spawn")
    machine.stop("platform", how=signal.SIGKILL)

    page = cleo.get("/hub/spawn")
    priced = cleo.submit(page, {"profile": "sim-gpu"})
    open_lab(cleo, "cleo", "cpu")
    machine.start_platform()
    caught_up = machine.control()["gate_calls"]

    assert "The platform does not answer at the moment" in page.text
    assert priced.status == 403
    assert "a notebook that costs money cannot start" in priced.text
    assert caught_up == []
    # The hub looks at the server once more, and the platform hears of it.
    machine.api("GET", "/users/cleo", token=machine.secrets["control_token"])
    eventually(lambda: machine.control()["gate_calls"], seconds=45, what="the late word to the platform")
    stop_server(machine, "cleo")


def a_token(machine: Machine, name: str) -> str:
    visitor = signed_in(machine, name)
    page = visitor.get("/hub/token").text
    xsrf = page.split('xsrf_token: "')[1].split('"')[0]
    made = visitor.send(
        "POST",
        f"/hub/api/users/{name}/tokens",
        b"{}",
        {"X-XSRFToken": xsrf, "Content-Type": "application/json", "Referer": visitor.url + "/hub/token"},
    )
    assert made.status == 201, made.text
    return str(made.json()["token"])
