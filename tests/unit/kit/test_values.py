"""Money, time and ids: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import os

import pytest
from hubkin_kit.clock import SECOND, SleepWatch, parse_duration, parse_rfc3339, rfc3339
from hubkin_kit.errors import Invalid
from hubkin_kit.ids import is_slug, new_id
from hubkin_kit.money import MAX_MICROS, format_amount, parse_amount, price_of
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import HandClock

AMOUNTS = st.integers(min_value=-MAX_MICROS, max_value=MAX_MICROS)


@given(AMOUNTS)
def test_an_amount_survives_being_written(micros: int) -> None:
    assert parse_amount(format_amount(micros)) == micros


@pytest.mark.parametrize(
    "text",
    ["", "x", "NaN", "Infinity", "-Infinity", "1e30", "0.0000001", "1,5", "--1", "0x10", None,
     "\uff11", "\u0663", "1_000", "1e999999", "-1e999999", "1e-999999", "sNaN1"]
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is not an amount of money"):
        parse_amount(text)


@given(st.integers(0, 10**14), st.integers(0, 10**10), st.integers(0, 10**14))
def test_a_price_of_two_parts_is_the_price_of_the_whole_to_a_micro_unit(a: int, price: int, b: int) -> None:
    whole = price_of(a + b, micros_per_hour=price)

    assert abs(price_of(a, micros_per_hour=price) + price_of(b, micros_per_hour=price) - whole) <= 1


@pytest.mark.parametrize(("duration", "price"), [(-1, 1), (1, -1)])
def test_nothing_negative_is_priced(duration: int, price: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        price_of(duration, micros_per_hour=price)


@given(st.integers(0, 4_000_000_000_000))
def test_a_moment_survives_being_written(millis: int) -> None:
    assert parse_rfc3339(rfc3339(millis * 1000)) == millis * 1000


def test_a_moment_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        parse_rfc3339("2026-11-24T08:00:00")


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("90m", 5400), ("8h", 28800), ("1d 12h", 129600), ("1H30MIN", 5400)]
)
def test_a_duration_has_units(text: str, seconds: int) -> None:
    assert parse_duration(text, pointer="/limits/duration") == seconds


@pytest.mark.parametrize("text", ["", "8", "0s", "-8h", "8 hours", "1.5h", "400d", "h", "٣h"])
def test_what_is_no_duration_is_named(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_duration(text, pointer="/limits/duration")

    assert caught.value.fields[0].pointer == "/limits/duration"


def test_ids_sort_by_time_and_are_never_the_same() -> None:
    ids = [new_id("job") for _ in range(5000)]

    assert ids == sorted(set(ids))
    assert all(one.startswith("job-") and is_slug(one) for one in ids)


@pytest.mark.parametrize("text", ["", "-a", "A", "a_b", "a/b", "a.b", "a" * 64, "a\n", "ä"])
def test_other_texts_are_no_names(text: str) -> None:
    assert not is_slug(text)


def test_a_forked_child_draws_other_ids_than_its_parent() -> None:
    new_id("job")
    receiver, sender = os.pipe()
    if not (pid := os.fork()):
        os.write(sender, new_id("job").encode())
        os._exit(0)
    os.waitpid(pid, 0)
    mine = new_id("job")

    theirs = os.read(receiver, 100).decode()

    assert mine[14:] != theirs[14:]


def test_sleep_is_what_passed_on_the_clock_only() -> None:
    clock = HandClock()
    watch = SleepWatch(clock)
    clock.at += 3600 * SECOND
    assert watch.slept() == 0

    clock.slept += 60 * SECOND
    clock.at += SECOND

    assert watch.slept() == 60 * SECOND
    assert watch.slept() == 0


def test_a_clock_that_is_put_back_or_right_by_a_little_is_no_sleep() -> None:
    clock = HandClock()
    watch = SleepWatch(clock)

    clock.slept -= 60 * SECOND
    assert watch.slept() == 0
    clock.slept += SECOND
    assert watch.slept() == 0
