"""Rewards of a day by hand, and against sums of their own; the contract is compared in the day's audit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.rewards.earnings import WAD, Delivered, Earned, Rates, earned_of, scaled

CENT = 10**16
RATES = Rates(sold=2 * CENT, bought=CENT, used=CENT, member_cap=2_000 * CENT)
SELLER, BUYER = 7, 8


def delivered(wh=10_000, *, bundled=True, related=False, seller=SELLER, buyer=BUYER):
    return Delivered(seller=seller, buyer=buyer, wh=wh, bundled=bundled, related=related)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({}, {SELLER: Earned(sold=10_000), BUYER: Earned(bought=10_000, used=10_000)}),
        ({"related": True}, {BUYER: Earned(used=10_000)}),
        ({"bundled": False}, {SELLER: Earned(sold=10_000)}),
        ({"bundled": False, "related": True}, {}),
    ],
)
def test_who_earns_what(terms, expected):
    assert earned_of([delivered(**terms)]) == expected


def test_ten_kwh_by_hand():
    """10 kWh: 20 cents for the seller, 10 + 10 for the buyer; with 20 cents in the pool everybody gets half."""
    earned = earned_of([delivered()])
    assert scaled(earned, RATES, available=40 * CENT) == (40 * CENT, WAD, {SELLER: 20 * CENT, BUYER: 20 * CENT})
    assert scaled(earned, RATES, available=20 * CENT) == (40 * CENT, WAD // 2, {SELLER: 10 * CENT, BUYER: 10 * CENT})


def test_a_member_earns_its_cap_at_most():
    """2,000 kWh sold would be 40 points; the cap is 20."""
    earned = earned_of([delivered(1_000_000), delivered(1_000_000, buyer=9)])
    total, factor, granted = scaled(earned, RATES, available=10**24)
    assert (granted[SELLER], granted[BUYER], factor) == (2_000 * CENT, 2_000 * CENT, WAD)
    assert total == 3 * 2_000 * CENT


def test_a_value_is_rounded_down_once():
    """1 Wh at a rate of 1,999 is 1.999 point-wei: 1."""
    rates = Rates(sold=1_999, bought=0, used=0, member_cap=10**18)
    assert Earned(sold=1).value(rates) == 1
    assert Earned(sold=1, used=5).value(rates) == 1


@given(
    energies=st.lists(st.tuples(st.integers(1, 10**8), st.integers(0, 5), st.integers(6, 9)), min_size=1, max_size=8),
    available=st.integers(0, 10**22),
)
def test_rewards_never_exceed_what_the_pool_has(energies, available):
    earned = earned_of([delivered(wh, seller=seller, buyer=buyer) for wh, seller, buyer in energies])
    assert sum(entry.sold for entry in earned.values()) == sum(wh for wh, _, _ in energies)
    total, factor, granted = scaled(earned, RATES, available=available)
    assert sum(granted.values()) <= min(total, available)
    assert 0 <= factor <= WAD
    if total <= available:
        assert sum(granted.values()) == total
