"""Agreements made from a forecast: within it, within the bounds of the market, the same for the same seed."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError
from offchain.market.forecast_agreements import Forecast, Habits, make_agreements, offers_of
from offchain.market.matching import StandingOffer, match_offers
from offchain.market.offers import offer_problems
from offchain.market.records import Tariffs
from offchain.market.validation import agreement_problems
from offchain.market_time import MarketCalendar
from offchain.units import PRICE_TICK
from tests.offchain.market.market_cases import DAY, PAPER_TARIFFS

SUN = tuple(max(0, 60_000 - 9_000 * abs(hour - 12)) for hour in range(24))
SELLERS = [
    Forecast(member=3, wh=SUN, nameplate_w=60_000),
    Forecast(member=5, wh=(200_000,) * 24, nameplate_w=150_000),
]
BUYERS = [
    Forecast(member=m, wh=tuple(20_000 + 1_000 * ((h + m) % 9) for h in range(24)), nameplate_w=90_000)
    for m in range(10, 22)
]


def agree(sellers=SELLERS, buyers=BUYERS, seed=7, **options):
    rng = np.random.Generator(np.random.PCG64(seed))
    return make_agreements(sellers, buyers, first_hour=DAY.start, tariffs=PAPER_TARIFFS, rng=rng, **options)


def contracted(agreements, party):
    sums = defaultdict(int)
    for agreement in agreements:
        for hour in agreement.window:
            sums[getattr(agreement, party), hour - DAY.start] += agreement.wh_per_hour
    return sums


forecasts = st.tuples(*[st.integers(0, 400_000)] * 24)


@given(
    selling=st.lists(forecasts, max_size=4),
    buying=st.lists(forecasts, max_size=6),
    nameplate=st.integers(0, 300_000),
    seed=st.integers(0, 2**32),
)
def test_nobody_agrees_beyond_forecast_or_nameplate_and_every_agreement_can_be_settled(
    selling, buying, nameplate, seed
):
    sellers = [Forecast(member=i, wh=wh, nameplate_w=nameplate) for i, wh in enumerate(selling)]
    buyers = [Forecast(member=i + 2, wh=wh, nameplate_w=nameplate) for i, wh in enumerate(buying)]
    agreements = agree(sellers, buyers, seed)
    for side, members in (("seller", sellers), ("buyer", buyers)):
        allowed = {(f.member, h): min(wh * 90 // 100, nameplate) for f in members for h, wh in enumerate(f.wh)}
        assert all(wh <= allowed[key] for key, wh in contracted(agreements, side).items())
    assert [p for a in agreements for p in agreement_problems(a, hours=DAY, tariffs=PAPER_TARIFFS)] == []
    assert [a.id for a in agreements] == list(range(1, len(agreements) + 1))


def test_sunlight_hours_only():
    """The forecast of member 3 is above the smallest amount from 06:00 to 18:59."""
    hours = {hour - DAY.start for a in agree() if a.seller == 3 for hour in a.window}
    assert hours
    assert hours <= set(range(6, 19))


def test_generators_have_several_windows_and_buyers():
    steady = [a for a in agree() if a.seller == 5]
    assert len({a.first_hour for a in steady}) == Habits().windows_per_seller
    assert len({a.buyer for a in steady}) > 1
    assert all(Habits().shortest_window <= a.hours <= Habits().longest_window for a in steady)


def test_habits_bound_windows_and_partners():
    agreements = agree(habits=Habits(windows_per_seller=1, buyers_per_window=1))
    assert sorted(a.seller for a in agreements) == [3, 5]


def test_who_needs_most_buys_first():
    """One window of 24 h at 90 kWh an hour; needs 50, 30 and 40 kWh: 45 and 36 kWh are taken, then the last 9 kWh."""
    seller = Forecast(member=1, wh=(100_000,) * 24, nameplate_w=100_000)
    needs = {7: 50_000, 8: 30_000, 9: 40_000}
    buyers = [Forecast(member=m, wh=(wh,) * 24, nameplate_w=100_000) for m, wh in needs.items()]
    whole_day = Habits(shortest_window=24, longest_window=24)
    assert {a.buyer: a.wh_per_hour for a in agree([seller], buyers, habits=whole_day)} == {
        7: 45_000,
        9: 36_000,
        8: 9_000,
    }


def test_price_is_halfway_between_ask_and_bid():
    """With no margin asks are 0.40 and bids 0.71 points: 0.555."""
    assert {a.price for a in agree(habits=Habits(margin_percent=0))} == {5_550 * PRICE_TICK}


def test_same_seed_same_agreements_in_any_order_of_members():
    assert agree(SELLERS[::-1], BUYERS[::-1]) == agree()
    assert agree(seed=8) != agree()


def test_golden():
    """What seed 7 gave when this was written: a change here changes every later number of a trading day."""
    agreements = agree()
    assert [(a.seller, a.buyer, a.wh_per_hour, a.first_hour - DAY.start, a.hours) for a in agreements[:5]] == [
        (3, 10, 5_400, 6, 4),
        (3, 12, 21_600, 10, 5),
        (3, 21, 16_200, 10, 5),
        (3, 18, 5_400, 15, 4),
        (5, 10, 18_900, 0, 8),
    ]
    assert agreements[0].price == 5_711 * PRICE_TICK
    assert len(agreements) == 13
    assert sum(a.wh_per_hour * a.hours for a in agreements) == 1_386_000
    assert sum(a.wh_per_hour * a.hours * a.price for a in agreements) == 7_809_471_000 * PRICE_TICK


def test_prosumer_does_not_trade_with_itself():
    prosumer = Forecast(member=5, wh=(50_000,) * 24, nameplate_w=50_000)
    assert agree([prosumer], [prosumer]) == ()


@pytest.mark.parametrize(
    ("sellers", "tariffs", "message"),
    [
        (
            [Forecast(member=1, wh=(1,) * 23, nameplate_w=1)],
            PAPER_TARIFFS,
            "forecast of member 1: 23 hours instead of 24",
        ),
        ([Forecast(member=1, wh=(-1,) * 24, nameplate_w=1)], PAPER_TARIFFS, "forecast of member 1: hour 0: -1 Wh"),
        (SELLERS * 2, PAPER_TARIFFS, "a member has two forecasts"),
        (SELLERS, Tariffs(feed_in=10**18, purchase=10**18, grid_fee=10**14), "feed-in tariff .* is above"),
    ],
)
def test_bad_input_is_refused(sellers, tariffs, message):
    rng = np.random.Generator(np.random.PCG64(7))
    with pytest.raises(InputError, match=message):
        make_agreements(sellers, BUYERS, first_hour=DAY.start, tariffs=tariffs, rng=rng)


def test_two_offers_make_each_agreement():
    """Matched by themselves they give the amounts, windows and prices back; no nonce comes twice."""
    agreements = agree()
    pairs = offers_of(agreements, expiry=7)
    for agreement, pair in zip(agreements, pairs, strict=True):
        standing = [StandingOffer(place=i, offer=o, left_wh=o.wh_per_hour) for i, o in enumerate(pair)]
        assert [p for o in pair for p in offer_problems(o, calendar=MarketCalendar(1), tariffs=PAPER_TARIFFS)] == []
        (match,) = match_offers(standing)
        assert (match.sell.offer.member, match.buy.offer.member) == (agreement.seller, agreement.buyer)
        assert (match.wh_per_hour, match.price) == (agreement.wh_per_hour, agreement.price)
        assert match.sell.offer.window == agreement.window
    nonces = [(offer.member, offer.nonce) for pair in pairs for offer in pair]
    assert len(set(nonces)) == len(nonces)
    assert (agreements[0].seller, 0) in nonces
