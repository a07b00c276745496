"""The platform behind a real hub: signing in at its pages, tokens of the hub, XSRF."""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hubkin_hub.passwords import PasswordFile, hash_password
from hubkin_platform.pages import STATIC
from hubkin_platform.up.paths import Places
from hubkin_resources import DEMO

from tests.hub.conftest import PEOPLE, signed_in
from tests.hub.machine import Answer, Machine, Visitor, eventually

HOME = "/services/hubkin/"
API = "/services/hubkin/api/v1"
ACCESS = "access:services!service=hubkin"


class WholeMachine(Machine):
    """The platform itself in the place of the small one."""

    def start_platform(self) -> None:
        self.places.site.write_text(DEMO)
        self.run(
            "platform",
            sys.executable,
            "-m",
            "hubkin_platform",
            "service",
            f"--site={self.places.site}",
            f"--HubkinPlatform.hub_api_url=http://127.0.0.1:{self.ports.hub}/hub/api",
        )
        alive = f"http://127.0.0.1:{self.ports.platform}/services/hubkin/livez"
        eventually(lambda: Visitor(self.url).get(alive).status == 200, what="the platform's answer")

    def token(self, name: str, *scopes: str) -> str:
        """Have the hub make a token for a person."""
        visitor = signed_in(self, name)
        page = visitor.get("/hub/token")
        xsrf = {cookie.name: cookie.value for cookie in visitor.cookies if cookie.path == "/hub/"}["_xsrf"]
        made = visitor.send(
            "POST",
            f"/hub/api/users/{name}/tokens",
            json.dumps({"scopes": list(scopes)}).encode(),
            {"X-XSRFToken": str(xsrf), "Referer": page.url, "Content-Type": "application/json"},
        )
        assert made.status == 201, made.text
        return str(made.json()["token"])

    def ask(self, path: str, token: str) -> Answer:
        return Visitor(self.url).get(API + path, Authorization=f"token {token}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, hub_and_proxy: None) -> Iterator[WholeMachine]:
    if not (STATIC / "manifest.json").exists():
        pytest.skip("needs the built pages (make front)")
    made = WholeMachine(Places(tmp_path_factory.mktemp("whole")), login="password")
    PasswordFile(made.places.passwords).write({name: hash_password(f"{name}-pw") for name in PEOPLE})
    made.start()
    # The proxy knows the way a moment after the hub answers.
    eventually(lambda: Visitor(made.url).get(f"{HOME}healthz").status == 200, what="readiness")
    yield made
    made.close()


def config_of(page: Answer) -> dict[str, Any]:
    found = re.search(r'<script id="hubkin-config" type="application/json">(.*?)</script>', page.text)
    assert found, page.text
    config: dict[str, Any] = json.loads(found[1])
    return config


def test_it_is_ready_behind_the_real_hub(whole: WholeMachine) -> None:
    answer = Visitor(whole.url).get(f"{HOME}healthz")

    assert answer.json() == {"status": "ok"}


def test_a_person_who_is_signed_in_at_the_hub_gets_the_page(whole: WholeMachine) -> None:
    page = signed_in(whole, "ada").get(HOME)

    assert page.status == 200
    assert config_of(page)["user"] == "ada"
    assert config_of(page)["admin"] is False
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"].partition("script-src")[2][:20]


def test_a_stranger_signs_in_and_comes_back_to_the_page_they_wanted(whole: WholeMachine) -> None:
    visitor = Visitor(whole.url)
    wanted = f"{HOME}jobs/job-01jd0000000000000000000000"

    login = visitor.get(wanted)
    page = visitor.submit(login, {"username": "bob", "password": "bob-pw"})

    assert page.url == whole.url + wanted
    assert config_of(page)["id"] == "job-01jd0000000000000000000000"


def test_the_pages_own_calls_carry_their_xsrf_token(whole: WholeMachine) -> None:
    visitor = signed_in(whole, "ada")
    xsrf = config_of(visitor.get(HOME))["xsrf"]

    with_it = visitor.get(f"{API}/me", X_XSRFToken=xsrf)

    assert (with_it.status, with_it.json()["name"]) == (200, "ada")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_XSRFToken": "wrong"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Mode": "no-cors", "X_XSRFToken": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Authorization": "token "},
    ],
)
def test_a_cookie_alone_opens_nothing(whole: WholeMachine, headers: dict[str, str]) -> None:
    visitor = signed_in(whole, "ada")
    xsrf = config_of(visitor.get(HOME))["xsrf"]
    good = {"X_XSRFToken": xsrf} if headers and "X_XSRFToken" not in headers else {}

    answer = visitor.get(f"{API}/me", **{**good, **headers})

    assert answer.status == 401


def test_one_persons_xsrf_token_is_not_anothers(whole: WholeMachine) -> None:
    adas = config_of(signed_in(whole, "ada").get(HOME))["xsrf"]
    bob = signed_in(whole, "bob")
    bob.get(HOME)

    assert bob.get(f"{API}/me", X_XSRFToken=adas).status == 401


@pytest.mark.parametrize(
    "headers", [{"Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"}, {"Sec_Fetch_Dest": "iframe"}]
)
def test_a_page_is_opened_and_not_fetched_or_framed(whole: WholeMachine, headers: dict[str, str]) -> None:
    visitor = signed_in(whole, "ada")
    visitor.get(HOME)

    page = visitor.get(HOME, **headers)

    assert page.status == 403
    assert "xsrf" not in page.text


def test_the_admin_page_is_for_admins(whole: WholeMachine) -> None:
    admins = signed_in(whole, "root-admin").get(f"{HOME}admin")
    adas = signed_in(whole, "ada").get(f"{HOME}admin")

    assert config_of(admins)["admin"] is True
    assert adas.status == 403


@pytest.mark.parametrize("state", ["", "forged", "gAAAAABm" + "x" * 80])
def test_a_way_back_that_did_not_begin_here_signs_nobody_in(whole: WholeMachine, state: str) -> None:
    visitor = Visitor(whole.url)

    page = visitor.get(f"{HOME}oauth_callback?code=abc&state={state}")

    assert page.status == 401
    assert "hubkin-session" not in {cookie.name for cookie in visitor.cookies}


def test_a_sign_in_begun_by_somebody_else_does_not_sign_me_in(whole: WholeMachine) -> None:
    mallory = Visitor(whole.url)
    begun = parse_qs(urlsplit(mallory.get(HOME).url).query)["next"][0]
    state = parse_qs(urlsplit(begun).query)["state"][0]
    victim = signed_in(whole, "ada")

    page = victim.get(f"{HOME}oauth_callback?{urlencode({'code': 'abc', 'state': state})}")

    assert state.startswith("gAAAA")
    assert page.status == 401
    assert "begun elsewhere" in page.text


def test_who_signs_out_is_out(whole: WholeMachine) -> None:
    visitor = signed_in(whole, "cleo")
    visitor.get(HOME)
    assert "hubkin-session" in {cookie.name for cookie in visitor.cookies}

    visitor.get(f"{HOME}logout")

    assert "hubkin-session" not in {cookie.name for cookie in visitor.cookies}
    assert "/hub/login" in visitor.get(HOME).url


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(whole: WholeMachine) -> None:
    visitor = signed_in(whole, "ada")
    visitor.get(HOME)

    [cookie] = [cookie for cookie in visitor.cookies if cookie.name == "hubkin-session"]

    assert cookie.path == HOME
    assert {"HttpOnly", "SameSite"} <= cookie._rest.keys()  # type: ignore[attr-defined]


def test_a_token_of_the_hub_does_what_its_scopes_say(whole: WholeMachine) -> None:
    reader = whole.token("ada", ACCESS, "custom:hubkin:jobs:read")
    outsider = whole.token("ada", "custom:hubkin:jobs:read")

    assert whole.ask("/jobs", reader).status == 200
    assert whole.ask("/usage", reader).status == 403
    assert whole.ask("/jobs", outsider).status == 401


def test_people_are_known_with_their_groups(whole: WholeMachine) -> None:
    token = whole.token("ada", ACCESS, "custom:hubkin:jobs:read")

    me = whole.ask("/me", token).json()

    assert {space["owner"] for space in me["spaces"]} >= {"ada"}
    assert me["unit"] == "CNY"


def refused_after(whole: WholeMachine, token: str) -> float:
    """Return how long a token still counted, in seconds; asked about all the time, as a page does."""
    began = time.monotonic()
    eventually(lambda: whole.ask("/me", token).status == 401, what="the refusal")
    return time.monotonic() - began


def token_id(whole: WholeMachine, name: str, token: str) -> str:
    """Return the hub's id of a token, which its owner may ask for."""
    answer = whole.api("GET", "/user", token=token)
    assert answer.status == 200, answer.text
    return str(answer.json()["token_id"])


def test_a_token_that_is_revoked_through_the_hub_is_refused_within_five_seconds(whole: WholeMachine) -> None:
    token = whole.token("dan", ACCESS, "custom:hubkin:jobs:read", "read:users:name!user", "tokens!user")
    assert whole.ask("/me", token).status == 200

    revoked = whole.api("DELETE", f"/users/dan/tokens/{token_id(whole, 'dan', token)}", token=token)

    assert revoked.status == 204
    assert refused_after(whole, token) < 5


def test_the_platform_hears_of_a_revoked_token_before_it_would_ask_again(whole: WholeMachine) -> None:
    token = whole.token("dan", ACCESS, "custom:hubkin:jobs:read", "read:users:name!user", "tokens!user")
    own = token_id(whole, "dan", token)
    # Just answered, so it is trusted for two seconds and a half, on a busy site for nearly a minute.
    assert whole.ask("/me", token).status == 200

    whole.api("DELETE", f"/users/dan/tokens/{own}", token=token)

    assert refused_after(whole, token) < 1.2


def test_the_platform_hears_of_who_leaves_a_group(whole: WholeMachine) -> None:
    admin = whole.token("root-admin", "admin:users", "admin:groups")
    token = whole.token("cleo", ACCESS, "custom:hubkin:jobs:read")
    whole.api("POST", "/groups/choir", token=admin)
    whole.api("POST", "/groups/choir/users", token=admin, body={"users": ["cleo"]})

    def is_in() -> bool:
        return "choir" in {space["owner"] for space in whole.ask("/me", token).json()["spaces"]}

    eventually(is_in, what="the group")

    whole.api("DELETE", "/groups/choir/users", token=admin, body={"users": ["cleo"]})
    began = time.monotonic()
    eventually(lambda: not is_in(), what="the end of the membership")

    assert time.monotonic() - began < 1.2


def test_an_open_stream_of_a_revoked_token_ends_within_five_seconds(whole: WholeMachine) -> None:
    token = whole.token("dan", ACCESS, "custom:hubkin:jobs:read", "read:users:name!user", "tokens!user")
    request = urllib.request.Request(
        f"{whole.url}{API}/events", headers={"Authorization": f"token {token}", "Accept": "text/event-stream"}
    )

    with urllib.request.urlopen(request, timeout=20) as stream:
        stream.readline()
        whole.api("DELETE", f"/users/dan/tokens/{token_id(whole, 'dan', token)}", token=token)
        began = time.monotonic()
        stream.read()

    assert time.monotonic() - began < 5


def test_who_logs_out_at_the_hub_is_out_of_the_platform_at_once(whole: WholeMachine) -> None:
    visitor = signed_in(whole, "cleo")
    xsrf = config_of(visitor.get(HOME))["xsrf"]
    assert visitor.get(f"{API}/me", X_XSRFToken=xsrf).status == 200

    visitor.get("/hub/logout")

    assert visitor.get(f"{API}/me", X_XSRFToken=xsrf).status == 401


def test_the_platform_hears_of_who_is_deleted(whole: WholeMachine) -> None:
    token = whole.token("eve", ACCESS, "custom:hubkin:jobs:read")
    admin = whole.token("root-admin", "admin:users")
    assert whole.ask("/me", token).status == 200

    deleted = whole.api("DELETE", "/users/eve", token=admin)

    assert deleted.status == 204
    assert refused_after(whole, token) < 5
    eventually(lambda: "callers/eve" in whole.log("platform"), what="the word of the hub")


DETOURS = [
    f"{API}/me",
    f"{API}/me/",
    f"{API}//me",
    f"{API}/%6de",
    f"{API}/jobs/..%2fme",
    f"{API}/../v1/me",
    "//services/hubkin/api/v1/me",
    "/services//hubkin/api/v1/me",
    "/services/hubkin%2fapi%2fv1%2fme",
    f"{API}/me?token=x",
    f"{API}/me;a=b",
    f"{API}/events",
    f"{API}/admin/jobs",
]


@pytest.mark.parametrize("path", DETOURS)
def test_no_detour_leads_past_the_door(whole: WholeMachine, path: str) -> None:
    believed = {
        "Remote_User": "ada",
        "X_Forwarded_User": "root-admin",
        "X_Forwarded_For": "127.0.0.1",
        "Kubeflow_Userid": "ada",
        "Cookie": "hubkin-session=ada",
        "X_XSRFToken": "ada",
    }

    for origin in (whole.url, f"http://127.0.0.1:{whole.ports.platform}"):
        answer = Visitor(origin).get(path, **believed)
        assert answer.status in (400, 401, 404, 405) or "/hub/login" in answer.url, answer.text[:300]


@pytest.mark.parametrize(
    "broken", ["a%00b", "%ff", "%c0%ae%c0%ae", "..%5c..%5cx", "%2e%2e%2f%2e%2e", "a%0d%0ab"]
)
def test_a_broken_address_is_answered_with_a_sentence_also_through_the_proxy(
    whole: WholeMachine, broken: str
) -> None:
    token = whole.token("ada", ACCESS, "custom:hubkin:jobs:read")

    answer = whole.ask(f"/jobs/job-01jd0000000000000000000000/files/{broken}", token)

    assert answer.status in (400, 404)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", [f"{HOME}metrics", f"{API}/metrics"])
def test_figures_are_had_from_this_machine_and_not_through_the_proxy(whole: WholeMachine, path: str) -> None:
    direct = Visitor(f"http://127.0.0.1:{whole.ports.platform}").get(path)
    proxied = Visitor(whole.url).get(path, X_Forwarded_For="127.0.0.1")
    admins = whole.ask("/metrics", whole.token("root-admin", ACCESS, "custom:hubkin:metrics:read"))

    assert (direct.status, proxied.status, admins.status) == (200, 401, 200)
    assert "hubkin_" in direct.text


def test_another_name_for_this_machine_is_refused(whole: WholeMachine) -> None:
    token = whole.token("ada", ACCESS, "custom:hubkin:jobs:read")

    answer = Visitor(whole.url).get(f"{API}/me", Authorization=f"token {token}", Host="evil.example")

    assert answer.status == 400
    assert answer.json()["code"] == "unknown_host"
