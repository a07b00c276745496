"""The hub's pages as a person meets them: start page, navigation, languages, refusals."""

import re

import pytest
from hubkin_hub.i18n import duration, negotiate

from tests.hub.conftest import signed_in
from tests.hub.machine import Machine, Visitor


def test_the_start_page_says_price_what_is_free_and_how_long_the_money_lasts(ada: Visitor) -> None:
    page = ada.get("/hub/spawn").text

    for said in (
        "free of charge",
        "¥2.00 per hour",
        "1 of 2 free now",
        "your money lasts about 2 days",
        "You have ¥120.00.",
    ):
        assert said in page


def test_a_name_that_no_file_can_have_is_not_there(ada: Visitor) -> None:
    assert ada.get("/hub/static/a%00b").status == 404
    assert ada.get("/hub/static/css/style.min.css").status == 200


def test_what_is_simulated_says_so(ada: Visitor) -> None:
    row = re.search(r'value="sim-gpu".*?</label>', ada.get("/hub/spawn").text, re.DOTALL)

    assert row
    assert "simulated" in row[0]


def test_what_cannot_be_had_says_why(ada: Visitor) -> None:
    page = ada.get("/hub/spawn").text

    assert "Only for vision-lab." in page
    assert 'value="a100"' not in page


def test_words_of_others_stay_words(ada: Visitor) -> None:
    assert "Simulated &lt;GPU&gt;" in ada.get("/hub/spawn").text


def test_one_unix_account_is_called_one_trust_domain(ada: Visitor) -> None:
    assert "one trust domain" in ada.get("/hub/spawn").text


def test_the_form_needs_no_script(ada: Visitor) -> None:
    page = ada.get("/hub/spawn").text
    form = re.search(r"<form.*?</form>", page, re.DOTALL)

    assert form
    assert 'method="post"' in form[0]
    assert "<script" not in form[0]
    assert "requires JavaScript" not in page


def test_only_admins_see_the_way_to_the_admin_page(machine: Machine, ada: Visitor) -> None:
    admin = signed_in(machine, "root-admin")
    link = 'href="/services/hubkin/admin"'

    assert link in admin.get("/hub/home").text
    assert link not in ada.get("/hub/home").text
    assert 'href="/services/hubkin/"' in ada.get("/hub/home").text


def test_the_language_is_the_browsers_until_the_switch_is_used(machine: Machine) -> None:
    visitor = Visitor(machine.url, language="zh-CN")
    before = visitor.get("/hub/login").text

    after = visitor.get("/hub/language?to=en&next=/hub/login").text

    assert '<html lang="zh-CN">' in before
    assert '<html lang="en">' in after


def test_the_switch_does_not_lead_to_another_site(machine: Machine) -> None:
    answer = Visitor(machine.url).get("/hub/language?to=zh&next=//evil.example/x")

    assert answer.url.startswith(machine.url)


@pytest.mark.parametrize(
    ("chosen", "accepted", "spoken"),
    [
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de,en;q=0.5,zh;q=0.7", "zh"),
        (None, "zh;q=0", "en"),
        (None, "", "en"),
        (None, "xx;q=broken,zh", "zh"),
        ("en", "zh", "en"),
        ("tlh", "zh", "zh"),
    ],
)
def test_a_choice_goes_before_the_browser(chosen: str | None, accepted: str, spoken: str) -> None:
    assert negotiate(chosen=chosen, accepted=accepted) == spoken


def test_lengths_of_time_are_said_in_two_units() -> None:
    said = [duration(seconds, "en") for seconds in (59, 3600, 7980, 129600, 172800)]

    assert said == ["0 min", "1 h", "2 h 13 min", "36 h", "2 days"]


def test_an_address_without_a_page_says_what_to_do(ada: Visitor) -> None:
    page = ada.get("/hub/nowhere")

    assert page.status == 404
    assert "There is nothing at this address" in page.text


def test_the_page_of_tokens_is_in_the_readers_language(machine: Machine) -> None:
    page = signed_in(machine, "ada", language="zh-CN").get("/hub/token").text

    assert "创建令牌" in page
    assert "笔记本" in page
    assert not re.search(r"Authorized Applications|Request new API token|>\s*(revoke|Never|Note)\s*<", page)
