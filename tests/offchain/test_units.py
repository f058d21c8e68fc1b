"""The border between floats and integers, against exact fractions."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.units import mean_watts, megawatts, milligrams_per_kwh, nano_factors, round_half_up, watts


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.5, 1), (1.5, 2), (2.4999, 2), (-0.5, 0), (-0.51, -1), (-1.5, -1), (0.0, 0)]
)
def test_halves_go_up(value, rounded):
    result = round_half_up(np.array([value]))
    assert result.dtype == np.int64
    assert result[0] == rounded


def test_scales():
    assert watts(np.array([1.2345675, -0.5])).tolist() == [1_234_568, -500_000]
    assert megawatts(np.array([1_500_000])).tolist() == [1.5]
    assert milligrams_per_kwh(np.array([380.95, 0.0004, 0.0005])).tolist() == [380_950, 0, 1]
    assert nano_factors(np.array([0.123456789, -1e-5])).tolist() == [123_456_789, -10_000]


@given(st.integers(0, 10**9).map(lambda w: w / 1e6))
def test_watts_survive_the_way_through_megawatts(power_mw):
    assert megawatts(watts(np.array([power_mw])))[0] == power_mw


@given(
    st.lists(st.integers(-(10**9), 2 * 10**9), min_size=4, max_size=4),
    st.integers(0, 10**9),
)
def test_mean_watts_is_exact(factors, rating):
    ours = mean_watts(np.array(factors).reshape(1, 4, 1), np.array([rating]))
    assert ours[0, 0] == floor(Fraction(sum(factors), 4 * 10**9) * rating + Fraction(1, 2))
