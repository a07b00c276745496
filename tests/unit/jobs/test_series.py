"""Thinning of curves."""

from hubkin_jobs.domain.series import thin
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.floats(-1e9, 1e9), max_size=500), st.integers(2, 100))
def test_never_more_points_than_asked_for_and_always_the_ends(values: list[float], most: int) -> None:
    kept = thin(values, most)

    assert len(kept) <= max(most, 0)
    assert kept == sorted(set(kept))
    if values:
        assert kept[0] == 0
        assert kept[-1] == len(values) - 1


def test_a_spike_of_one_point_survives() -> None:
    values = [0.0] * 5000
    values[2345] = 9.0

    assert 2345 in thin(values, 100)
