"""Prices paid, rent, ladder and locks, by hand and as sums over random markets."""

from fractions import Fraction

import pytest

from offchain.auction.clearing import clear
from offchain.auction.hour import run_auction
from offchain.auction.ladder import REPAIRED, adjusted_market
from offchain.auction.network import Line, limited_network
from offchain.auction.orders import CHAIN, Market
from offchain.auction.settlement import PriceLimits, locked, prices_paid, settle_awards
from offchain.errors import GridleafError
from tests.offchain.auction.auction_cases import MW, generator, golden_case, load, one_bus, random_market, tight_market

LIMITS = PriceLimits(floor=-500, ceiling=1000)


def two_buses(*orders):
    line = Line(name="01", first=0, second=1, x_pu=0.1, limit_mw=10.0)
    return Market(network=limited_network(2, [line]), orders=orders)


def test_everybody_pays_the_marginal_quote_to_the_tick():
    """100 Wh at 20 per MWh: 100 x 200 x 1e11 point-wei; the tie-break in mu is gone."""
    market = one_bus(generator(100, 60), generator(200, 60, intensity=900), load(500, 100))
    settlement = settle_awards(market, clear(market))
    assert settlement.prices == (200, 200, 200)
    assert settlement.energy == (60 * 200 * 10**11, 40 * 200 * 10**11, -100 * 200 * 10**11)
    assert settlement.rent == settlement.ladder_account == 0


def test_congestion_rent_by_hand():
    """10 MWh cross the line from 20 to 50: the difference, 30 x 10 = 300 of money, is the grid company's."""
    market = two_buses(generator(200, 100 * MW), generator(500, 100 * MW, node=1), load(900, 30 * MW, node=1))
    settlement = settle_awards(market, clear(market))
    assert settlement.prices[0] == 200
    assert settlement.rent == pytest.approx(300 * 10**18, rel=1e-2)
    assert sum(settlement.energy) + settlement.rent == 0


def test_ladder_adder_is_paid_by_both_sides():
    before = one_bus(generator(100, 60), load(500, 100))
    cleared = clear(adjusted_market(before, [Fraction(7 * CHAIN.tick), Fraction(3 * CHAIN.tick)]))
    settlement = settle_awards(before, cleared)
    assert settlement.ladder == (-60 * 7 * 10**11, -60 * 3 * 10**11)
    assert settlement.ladder_account == 60 * 10 * 10**11


def test_must_run_is_paid_the_nodal_price_and_not_its_quote():
    market = one_bus(generator(100, 60), generator(900, 20, lower=5), load(500, 30))
    assert prices_paid(clear(market)) == (100, 100, 100)


def test_prices_stay_within_the_limits():
    """An elastic load's minimum alone sets the price: at most the ceiling."""
    market = one_bus(generator(1200, 60), load(500, 30, lower=30))
    assert prices_paid(clear(market)) == (1200, 1200)
    clipped = prices_paid(clear(market), limits=LIMITS)
    assert clipped == (1000, 1000)


def test_golden_day_sums_to_zero_and_nobody_is_beyond_its_quote():
    case = golden_case()
    for hour in range(0, 24, 3):
        market = case.market(hour)
        settlement = settle_awards(market, run_auction(market, rule=REPAIRED).second)
        assert sum(settlement.energy) + sum(settlement.ladder) + settlement.rent + settlement.ladder_account == 0
        assert settlement.rent >= 0


def test_random_markets_never_pay_more_than_is_locked():
    """Above its minimum nobody is settled beyond its quote; nobody's legs exceed its lock, the adder included."""
    seen = 0
    for seed in range(200):
        market, _ = random_market(seed, minima=True) if seed % 2 else tight_market(seed)
        if market.resolution != CHAIN:
            continue
        adders = [Fraction((seed * 37 + i * 11) % 300 * CHAIN.tick) for i in range(len(market.orders))]
        try:
            second = clear(adjusted_market(market, adders, ceiling=LIMITS.ceiling))
        except GridleafError:
            continue
        seen += 1
        settlement = settle_awards(market, second, limits=LIMITS)
        most = locked(market.orders, limits=LIMITS, tick=CHAIN.tick)
        for position, order in enumerate(second.market.orders):
            paid = -(settlement.energy[position] + settlement.ladder[position])
            assert paid <= most[position]
            if second.dispatch[position] > order.lower:
                price = settlement.prices[position]
                assert price <= order.price if order.is_load else price >= order.price
    assert seen > 50
