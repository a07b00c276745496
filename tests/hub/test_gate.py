"""What the platform's answer, or its silence, means for a start."""

import pytest
from hubkin_spawners.gate import Grant, Refusal, read_answer, when_away
from hubkin_spawners.offers import Offer, read_offers
from hubkin_spawners.refusals import say

from tests.hub.small_platform import CPU, SIM


def an_offer(profile: dict[str, object]) -> Offer:
    return read_offers({"items": [profile]}).items[0]


def test_a_free_profile_starts_while_the_platform_is_away() -> None:
    decision = when_away(an_offer(CPU), spawn_id="s", units=1)

    assert isinstance(decision, Grant)
    assert decision.server_id == ""


@pytest.mark.parametrize("offer", [an_offer(SIM), None])
def test_a_priced_or_unknown_profile_waits_for_the_platform(offer: Offer | None) -> None:
    assert isinstance(when_away(offer, spawn_id="s", units=1), Refusal)


@pytest.mark.parametrize("body", [None, [], {}, {"server_id": "x"}, {"server_id": "x", "env": 3}])
def test_an_answer_of_another_shape_is_no_answer(body: object) -> None:
    assert read_answer(200, body, spawn_id="s", units=1) is None


def test_a_refusal_never_looks_like_a_failure_of_the_hub() -> None:
    statuses = [
        read_answer(status, {"code": "x"}, spawn_id="s", units=1) for status in (302, 402, 404, 409, 499)
    ]

    assert all(isinstance(said, Refusal) and 400 <= said.status < 500 for said in statuses)


def test_a_refusal_links_only_into_this_site() -> None:
    actions = [
        {"label": "in", "href": "/x"},
        {"label": "out", "href": "//evil"},
        {"label": "js", "href": "javascript:1"},
    ]
    refusal = read_answer(
        402, {"code": "c", "detail": "<b>No</b>", "actions": actions}, spawn_id="s", units=1
    )
    assert isinstance(refusal, Refusal)

    _, page = say(refusal, language="en")

    assert page == '<p>&lt;b&gt;No&lt;/b&gt; Your files are safe.</p><ul><li><a href="/x">in</a></li></ul>'


def test_the_money_lasts_as_long_as_it_buys() -> None:
    offers = read_offers({"items": [SIM, CPU], "available": {"amount": "5.00", "unit": "CNY"}})

    assert [offer.lasts_seconds for offer in offers.items] == [9000, None]


def test_the_choice_of_last_time_is_taken_again_if_it_can_be_had() -> None:
    taken = {"profile": SIM, "usable": False}
    offers = read_offers({"items": [taken, CPU]})

    chosen = offers.default("sim-gpu", None)

    assert chosen is not None
    assert chosen.name == "cpu"


def test_a_small_price_keeps_its_digits() -> None:
    cheap = CPU | {"per_hour": {"amount": "0.005", "unit": "CNY"}}

    assert an_offer(cheap).per_hour == "0.005"
