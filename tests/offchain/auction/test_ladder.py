"""The ladder price against the golden vectors and hours, and its rules case by case."""

from dataclasses import replace
from fractions import Fraction

import pytest

from offchain.auction.clearing import clear
from offchain.auction.hour import run_auction
from offchain.auction.ladder import (
    LADDERS,
    NONE,
    PAPER,
    REPAIRED,
    adjusted_market,
    ladder_adders,
    ladder_costs,
)
from offchain.auction.orders import CHAIN, FINE
from offchain.auction.scales import POINT_WEI, price_per_mwh, tonnes
from tests.offchain.auction.auction_cases import GOLDEN, MW, generator, golden_case, load, one_bus

GOLDEN_RULES = {"paper": "lit5/10 p=0:skip", "repaired": "20/40 base x0=max(xmin,0), p=0:/Pmax"}
TONNE = 10**6


@pytest.mark.parametrize(("rates", "costs"), [("r", "c"), ("r2", "c2")])
def test_golden_vectors(rates, costs):
    vectors = GOLDEN["ladder_vectors"]
    below, above = (rate * POINT_WEI // TONNE for rate in vectors[rates])
    rule = replace(PAPER, name="printed", below=below, above=above)
    found = ladder_costs([x * TONNE for x in vectors["x"]], rule)
    assert [float(cost / POINT_WEI) for cost in found] == vectors[costs]


@pytest.mark.parametrize("name", GOLDEN_RULES)
@pytest.mark.parametrize("expected", GOLDEN["expected_hours"], ids=lambda e: f"hour {e['hour']}")
def test_golden_hours(name, expected):
    """Adders and second clearing with unrounded adders."""
    case = golden_case()
    result = run_auction(case.market(expected["hour"], resolution=FINE), rule=LADDERS[name])
    repriced = expected["repriced"][GOLDEN_RULES[name]]
    for order, adder, power in zip(case.orders, result.adders, result.second.dispatch, strict=True):
        assert price_per_mwh(adder) == pytest.approx(repriced["adder"][order.name], abs=1e-5)
        assert power / MW == pytest.approx(repriced["clearing_MW"][order.name], abs=1e-3)
    assert tonnes(result.second.emission, FINE) == pytest.approx(repriced["emission_t"], abs=1e-3)


@pytest.mark.parametrize(("resolution", "tolerance"), [(FINE, 1e-3), (CHAIN, 0.1)])
@pytest.mark.parametrize("name", GOLDEN_RULES)
def test_golden_day(name, resolution, tolerance):
    """Ticks and whole grams change the day's emissions by less than 0.1 t."""
    case = golden_case()
    results = [run_auction(case.market(hour, resolution=resolution), rule=LADDERS[name]) for hour in range(24)]
    totals = GOLDEN["day_totals"][GOLDEN_RULES[name]]
    emitted = sum(tonnes(result.second.emission, resolution) for result in results)
    assert emitted == pytest.approx(totals["e"], abs=tolerance)
    for kind in ("pv", "wind"):
        used = sum(
            power
            for result in results
            for order, power in zip(case.orders, result.second.dispatch, strict=True)
            if order.kind == kind
        )
        assert used / MW == pytest.approx(totals[kind], abs=max(tolerance, 0.01))


def test_printed_rule_makes_wind_dearer_than_coal():
    """Hour 12: wind at a share of -7 t is charged for its distance to hydro, over its few megawatts."""
    case = golden_case()
    adders = run_auction(case.market(12, resolution=FINE), rule=PAPER).adders
    wind, coal = (next(i for i, order in enumerate(case.orders) if order.name == name) for name in ("G4", "G13"))
    assert adders[wind] > adders[coal] > 0
    repaired = run_auction(case.market(12, resolution=FINE), rule=REPAIRED).adders
    assert repaired[wind] == 0 < repaired[coal]


def test_repaired_rule_by_hand():
    """Generators -10, 10, 30 t: base 0, 10, 30, mean 40/3. Costs 0; 200; 20 x 40/3 + 40 x 50/3 = 2800/3 of money.

    The second runs 100 MW: 2 per MWh. The third is idle and could run 200 MW: 14/3 per MWh.
    """
    market = one_bus(generator(1, MW), generator(1, 100 * MW), generator(1, 200 * MW))
    shares = [-10 * TONNE, 10 * TONNE, 30 * TONNE]
    adders = ladder_adders(market, (MW, 100 * MW, 1), shares=shares, rule=REPAIRED)
    assert adders == (0, 2 * 10**15, Fraction(14, 3) * 10**15)
    assert ladder_adders(market, (MW, 100 * MW, 1), shares=shares, rule=PAPER)[2] == 0


def test_unit_that_cannot_run_is_not_charged():
    market = one_bus(generator(1, 0), generator(1, MW))
    assert ladder_adders(market, (0, MW), shares=[TONNE, 0], rule=REPAIRED) == (0, 0)


def test_generators_and_loads_have_ladders_of_their_own():
    market = one_bus(generator(1, MW), load(500, MW))
    assert ladder_adders(market, (MW, MW), shares=[5 * TONNE, 900 * TONNE], rule=REPAIRED) == (0, 0)


def test_quotes_are_corrected_to_the_nearest_tick_halves_up():
    market = one_bus(generator(100, 1), generator(100, 1), load(100, 1), load(100, 1))
    half = Fraction(CHAIN.tick, 2)
    adjusted = adjusted_market(market, [3 * half, 3 * half - 1, 3 * half, 3 * half - 1])
    assert [order.price for order in adjusted.orders] == [102, 101, 98, 99]


def test_bids_stop_at_zero_and_quotes_at_the_ceiling():
    market = one_bus(load(5, 1), load(-5, 1), generator(90, 1), generator(90, 1))
    adjusted = adjusted_market(market, [Fraction(10**16)] * 4, ceiling=100)
    assert [order.price for order in adjusted.orders] == [0, -5, 100, 100]


def test_no_rule_clears_twice_the_same():
    result = run_auction(golden_case().market(18), rule=NONE)
    assert result.second == result.first
    assert not any(result.adders)


def test_dividing_by_zero_to_the_letter_locks_out_idle_renewables():
    """With c / 0 infinite whoever idles above the smallest share stays out: wind falls from 556 to 450 MWh."""
    case = golden_case()
    used = emitted = 0
    for hour in range(24):
        market = case.market(hour, resolution=FINE)
        first = run_auction(market, rule=PAPER)
        adders = list(first.adders)
        for is_load in (False, True):
            side = [position for position, order in enumerate(market.orders) if order.is_load == is_load]
            lowest = min(first.allocation.shares[position] for position in side)
            for position in side:
                if first.first.dispatch[position] <= 1 and first.allocation.shares[position] > lowest:
                    adders[position] = Fraction(10**19)
        second = clear(adjusted_market(market, adders))
        emitted += tonnes(second.emission, FINE)
        used += sum(
            power for order, power in zip(case.orders, second.dispatch, strict=True) if order.kind in ("pv", "wind")
        )
    assert used / MW == pytest.approx(450, abs=0.5)
    assert emitted == pytest.approx(GOLDEN["day_totals"]["base"]["e"] * (1 - 0.006), rel=1e-3)
