"""Options of a notebook: whatever a client sends is a choice or a refusal, never another error."""

from contextlib import suppress

import pytest
from hubkin_spawners.options import BadOption, Choice, parse
from hypothesis import given
from hypothesis import strategies as st

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
nearly_right = st.fixed_dictionaries(
    {},
    optional={"profile": anything | st.just("cpu"), "units": anything | st.integers(1, 4), "other": anything},
)


@given(anything | nearly_right)
def test_any_json_value_is_a_choice_or_a_refusal(options: object) -> None:
    with suppress(BadOption):
        choice = parse(options)

        assert 1 <= choice.units <= 1024
        assert parse(choice.as_options()).profile == choice.profile


@given(anything)
def test_units_are_a_whole_number_whatever_is_sent(units: object) -> None:
    with suppress(BadOption):
        found = parse({"profile": "cpu", "units": units}).units

        assert type(found) is int
        assert 1 <= found <= 1024


def test_an_option_that_nobody_knows_is_refused_by_its_name() -> None:
    with pytest.raises(BadOption, match="“image”"):
        parse({"profile": "cpu", "image": "evil/registry:1"})


def test_a_form_and_a_rest_client_mean_the_same() -> None:
    form, rest = {"profile": ["sim-gpu"], "units": ["2"]}, {"profile": "sim-gpu", "units": 2}

    assert parse(form) == parse(rest) == Choice(profile="sim-gpu", units=2)


@pytest.mark.parametrize("name", ["cpu\n", "../etc", "a b", "", "x" * 64, "A100:8", "-cpu"])
def test_a_profile_is_named_by_a_plain_word(name: str) -> None:
    if name == "":
        assert parse({"profile": name}).profile is None
        return
    with pytest.raises(BadOption):
        parse({"profile": name})
