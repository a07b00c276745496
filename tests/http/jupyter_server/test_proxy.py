"""What a browser gets from ``hubkin/api``."""

import json
from collections.abc import Callable

import pytest
from hubkin import wire
from hubkin_server.allowed import is_allowed

from tests.http.jupyter_server.conftest import Jupyter
from tests.unit.client.small_platform import World, a_job


def test_a_request_goes_on_as_the_owner_without_what_the_browser_is_known_by(
    jupyter: Jupyter, world: World
) -> None:
    world.put(a_job("bert-7"))
    headers = {"Cookie": "session=mine", "Accept-Language": "zh", "X-Request-ID": "req-7"}

    answer = jupyter.fetch("/hubkin/api/jobs?state=queued&no_track_activity=1&1795511824499", headers=headers)

    assert answer.status == 200
    assert answer.json()["items"][0]["name"] == "bert-7"
    seen = world.headers[-1]
    assert seen["Authorization"] == "token secret"
    assert "Cookie" not in seen
    assert (seen["Accept-Language"], seen["X-Request-Id"]) == ("zh", "req-7")


def test_a_post_goes_on_with_its_key(jupyter: Jupyter, world: World) -> None:
    answer = jupyter.fetch(
        "/hubkin/api/jobs",
        method="POST",
        body={"spec": {"run": "true"}},
        headers={"Idempotency-Key": '"k"', "Content-Type": "application/json"},
    )

    assert answer.status == 201
    assert world.keys == {'"k"': answer.json()["id"]}


def test_a_problem_of_the_platform_comes_through_whole(jupyter: Jupyter, world: World) -> None:
    world.refusal = wire.Problem(type="x", title="x", status=402, detail="d", code="balance_low")

    answer = jupyter.fetch("/hubkin/api/jobs", method="POST", body={"spec": {"run": "true"}})

    assert (answer.status, answer.json()["code"]) == (402, "balance_low")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_who_is_not_signed_in_here_reaches_nothing(jupyter: Jupyter, world: World) -> None:
    assert jupyter.fetch("/hubkin/api/jobs", signed=False).status == 403
    assert jupyter.fetch("/hubkin/api/jobs", method="POST", body={}, signed=False).status == 403
    assert world.requests == []


@pytest.mark.parametrize(
    "path",
    [
        "/admin/jobs",
        "/accounts",
        "/gate",
        "/events",
        "/uploads",
        "/jobs/../admin/jobs",
        "/jobs/%2e%2e/admin",
        "/jobs/a%2F..%2F..%2Fadmin",
        "/jobs/a/files/%2e%2e/%2e%2e/x",
        "/jobs/x%00",
        "//admin/jobs",
        "/jobs//",
        "/me/",
    ],
)
def test_what_is_not_on_the_list_is_not_there(jupyter: Jupyter, world: World, path: str) -> None:
    answer = jupyter.fetch(f"/hubkin/api{path}")

    assert answer.status == 404
    assert world.requests == []


def test_a_method_that_is_not_on_the_list_is_not_there() -> None:
    assert is_allowed("GET", "/jobs/bert-7")
    assert not is_allowed("DELETE", "/jobs/bert-7")
    assert not is_allowed("PUT", "/jobs")


def test_a_file_arrives_whole_and_is_never_a_page(jupyter: Jupyter, world: World) -> None:
    job = world.put(a_job("bert-7", state="succeeded"))
    world.files[job.id] = {"a b/evil.html": b"<script>" * 300_000}

    answer = jupyter.fetch(f"/hubkin/api/jobs/{job.id}/files/a%20b/evil.html")

    assert answer.body == world.files[job.id]["a b/evil.html"]
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_body_over_the_limit_is_refused_here(jupyter: Jupyter, world: World) -> None:
    answer = jupyter.fetch("/hubkin/api/plans", method="POST", body={"x": "x" * 2_000_001})

    assert (answer.status, answer.json()["code"]) == (413, "too_large")
    assert world.requests == []


def test_no_request_of_ours_is_activity(jupyter: Jupyter, world: World) -> None:
    before = jupyter.last_activity()

    for _ in range(3):
        jupyter.fetch("/hubkin/api/jobs?no_track_activity=1")
        jupyter.fetch("/hubkin/api/me")

    assert jupyter.last_activity() == before


def test_outside_a_hub_it_says_that_it_is_not_connected(start_jupyter: Callable[..., Jupyter]) -> None:
    alone = start_jupyter()

    answer = alone.fetch("/hubkin/api/jobs", headers={"Accept-Language": "zh-CN"})

    assert (answer.status, answer.json()["code"]) == (503, "not_connected")
    assert "Hubkin" in json.dumps(answer.json(), ensure_ascii=False)
    assert answer.json()["title"] == "未连接"


def test_a_platform_that_is_away_is_a_502(start_jupyter: Callable[..., Jupyter]) -> None:
    server = start_jupyter(
        HUBKIN_API_URL="http://127.0.0.1:1/services/hubkin/api/v1", JUPYTERHUB_API_TOKEN="secret"
    )

    answer = server.fetch("/hubkin/api/jobs")

    assert (answer.status, answer.json()["code"]) == (502, "platform_down")
