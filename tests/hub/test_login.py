"""Signing in: the link that works once, and passwords."""

import json
import stat
import time
from pathlib import Path

from hubkin_hub.once import OnceKey
from hubkin_hub.passwords import Brake, PasswordFile, hash_password

from tests.hub.machine import Machine, Visitor


def test_the_link_signs_in_once(laptop: Machine) -> None:
    key = OnceKey(laptop.places.once).renew(now=time.time())

    first = Visitor(laptop.url).get(f"/hub/once?key={key}")
    second = Visitor(laptop.url).get(f"/hub/once?key={key}")

    assert (first.status, first.url) == (200, f"{laptop.url}/hub/spawn")
    assert second.status == 403
    assert "hubkin link" in second.text


def test_the_same_link_again_in_the_same_browser_goes_on(laptop: Machine) -> None:
    key = OnceKey(laptop.places.once).renew(now=time.time())
    browser = Visitor(laptop.url)
    browser.get(f"/hub/once?key={key}")

    again = browser.get(f"/hub/once?key={key}")

    assert (again.status, again.url) == (200, f"{laptop.url}/hub/spawn")


def test_a_pasted_key_signs_in_too(laptop: Machine) -> None:
    key = OnceKey(laptop.places.once).renew(now=time.time())
    browser = Visitor(laptop.url)

    answer = browser.submit(browser.get("/hub/login"), {"key": key})

    assert answer.url == f"{laptop.url}/hub/spawn"


def test_a_page_that_points_its_own_name_at_this_machine_cannot_use_the_link(laptop: Machine) -> None:
    key = OnceKey(laptop.places.once).renew(now=time.time())

    answer = Visitor(laptop.url).get(f"/hub/once?key={key}", Host="evil.example:80")

    assert answer.status == 403
    assert laptop.places.once.exists()


def test_a_link_does_not_lead_to_another_site(laptop: Machine) -> None:
    key = OnceKey(laptop.places.once).renew(now=time.time())

    answer = Visitor(laptop.url).get(f"/hub/once?key={key}&next=//evil.example/")

    assert answer.url.startswith(laptop.url)


def test_an_old_key_is_refused(tmp_path: Path) -> None:
    keys = OnceKey(tmp_path / "once.json")
    key = keys.renew(now=0)

    assert not keys.take(key, now=24 * 3600)


def test_a_wrong_key_leaves_the_right_one(tmp_path: Path) -> None:
    keys = OnceKey(tmp_path / "once.json")
    key = keys.renew(now=0)

    taken = [keys.take(offered, now=1) for offered in ("wrong", "", key, key)]

    assert taken == [False, False, True, False]


def test_without_a_key_file_nothing_is_right(tmp_path: Path) -> None:
    assert not OnceKey(tmp_path / "once.json").take("", now=1)


def test_keys_and_hashes_are_for_their_owner_only(tmp_path: Path) -> None:
    OnceKey(tmp_path / "once.json").renew(now=0)
    PasswordFile(tmp_path / "pw.json").write({"ada": hash_password("x")})

    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert modes == {0o600}


def test_a_password_belongs_to_one_name(tmp_path: Path) -> None:
    people = PasswordFile(tmp_path / "pw.json")
    people.write({"ada": hash_password("right"), "bob": hash_password("other")})

    tries = [
        ("ada", "right"),
        ("ada", "other"),
        ("bob", "right"),
        ("eve", "right"),
        ("ada", "right" + "x" * 1024),
    ]

    assert [people.admits(*attempt) for attempt in tries] == [True, False, False, False, False]


def test_guessing_gets_slower_and_slower() -> None:
    brake = Brake()
    for _ in range(7):
        brake.failed("ada", now=0.0)

    waits = [brake.wait_seconds(name, now=now) for name, now in (("ada", 0.0), ("ada", 4.0), ("bob", 0.0))]

    assert waits == [4.0, 0.0, 0.0]


def test_names_made_up_by_visitors_do_not_fill_the_memory() -> None:
    brake = Brake(most_names=3)
    for name in "abcdef":
        brake.failed(name, now=0.0)

    assert len(brake._failures) == 3


def test_a_wrong_password_is_said_in_the_visitors_language(machine: Machine) -> None:
    visitor = Visitor(machine.url, language="zh-CN,zh;q=0.9")

    answer = visitor.sign_in("ada", "wrong")

    assert answer.status == 403
    assert "用户名或密码不正确" in answer.text


def test_many_wrong_passwords_are_stopped(machine: Machine) -> None:
    answers = [Visitor(machine.url).sign_in("dan", "wrong") for _ in range(7)]

    assert answers[-1].text.count("Too many wrong passwords") == 1
    assert json.loads(machine.places.passwords.read_text())["dan"]
