"""Clearing against the golden hours, an independent linear program, and the stated rules case by case."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from offchain.auction import merit_order as merit_module
from offchain.auction.clearing import clear
from offchain.auction.linear_program import LineProgram
from offchain.auction.network import Line, limited_network, transfer_factors
from offchain.auction.optimality import objective
from offchain.auction.orders import CHAIN, FINE, Market, Network
from offchain.auction.outcome import bus_prices, welfare
from offchain.auction.scales import tonnes
from offchain.errors import GridleafError, InputError, LawViolation
from tests.offchain.auction.auction_cases import (
    GOLDEN,
    MW,
    POINT_WEI_PER_MWH,
    angle_optimum,
    generator,
    golden_case,
    golden_hours,
    load,
    one_bus,
    random_market,
    tight_market,
)


@pytest.mark.parametrize("resolution", [CHAIN, FINE])
@pytest.mark.parametrize(("case", "expected"), golden_hours())
def test_golden_hours(case, expected, resolution):
    cleared = clear(case.market(expected["hour"], resolution=resolution))
    dispatch = dict(zip((order.name for order in case.orders), cleared.dispatch, strict=True))
    for name, power in expected["clearing_MW"].items():
        assert dispatch[name] / MW == pytest.approx(power, abs=1e-3)
    assert welfare(cleared) == pytest.approx(expected["welfare"], rel=1e-6)
    assert tonnes(cleared.emission, resolution) == pytest.approx(expected["emission_t"], abs=1e-3)


def test_every_hour_of_the_day_emits_as_the_golden_total():
    case = golden_case()
    total = sum(tonnes(clear(case.market(hour)).emission, CHAIN) for hour in range(24))
    assert total == pytest.approx(GOLDEN["day_totals"]["base"]["e"], abs=1e-3)


@pytest.mark.parametrize(("minima", "connected"), [(False, True), (True, True), (True, False)])
def test_independent_linear_program_agrees(minima, connected):
    """Welfare of 1,000 random networks; what one finds infeasible the other does too.

    Tolerance: whole watts cost at most 6 x 1 W x 80 per MWh, rounded factors another watt of limit: 1e-3 of money.
    """
    congested = 0
    for seed in range(334):
        market, lines = random_market(seed, minima=minima, connected=connected)
        best = angle_optimum(market, lines)
        if best is None:
            with pytest.raises(GridleafError, match="no clearing"):
                clear(market)
            continue
        cleared = clear(market)
        congested += cleared.congested
        assert objective(market, cleared.dispatch) / (MW * POINT_WEI_PER_MWH) == pytest.approx(best, abs=1e-3)
    assert congested > 15


def test_transfer_factors_by_hand():
    """Three equal lines in a ring: two thirds of a transfer go the short way, one third the long way."""
    ends = (("01", 0, 1), ("12", 1, 2), ("02", 0, 2))
    ring = [Line(name=n, first=a, second=b, x_pu=0.1, limit_mw=None) for n, a, b in ends]
    factors = transfer_factors(3, ring)
    from_0_to_1 = factors[:, 0] - factors[:, 1]
    assert from_0_to_1 == pytest.approx([2 / 3, -1 / 3, 1 / 3])


def test_binding_line_by_hand():
    """Cheap power behind a 10 MW line: it serves 10 MW at 20, the local unit the other 20 MW at 50."""
    line = Line(name="01", first=0, second=1, x_pu=0.1, limit_mw=10.0)
    orders = (generator(200, 100 * MW), generator(500, 100 * MW, node=1), load(900, 30 * MW, node=1))
    cleared = clear(Market(network=limited_network(2, [line]), orders=orders))
    assert cleared.dispatch == (10 * MW, 20 * MW, 30 * MW)
    assert bus_prices(cleared) == pytest.approx([20, 50], abs=1e-6)
    assert cleared.certificate.nu[0] == pytest.approx(30 * POINT_WEI_PER_MWH, rel=1e-6)


def test_many_binding_lines_clear_in_whole_watts():
    """Up to five lines bind at fractions of a watt; a whole-watt dispatch within epsilon is always found."""
    binding = Counter()
    for seed in range(300):
        market, lines = tight_market(seed)
        cleared = clear(market)
        binding[sum(1 for price in cleared.certificate.nu if price)] += 1
        assert 0 <= cleared.certificate.gap <= cleared.certificate.epsilon
        if seed % 10 == 0:
            value = objective(market, cleared.dispatch) / (MW * POINT_WEI_PER_MWH)
            assert value == pytest.approx(angle_optimum(market, lines), abs=1e-3)
    assert binding[2] > 50
    assert binding[3] > 20


def test_equal_quotes_serve_lower_intensity_then_earlier_order():
    coal, gas, second_gas = (generator(300, 10, intensity=i) for i in (900, 400, 400))
    bids = (load(500, 8), load(500, 8))
    assert clear(one_bus(coal, gas, second_gas, load(500, 15))).dispatch == (0, 10, 5, 15)
    assert clear(one_bus(generator(300, 10), *bids)).dispatch == (10, 8, 2)


def test_equal_quotes_of_both_sides_do_not_trade():
    assert clear(one_bus(generator(300, 10), load(300, 10))).dispatch == (0, 0)


def test_equal_quotes_behind_a_binding_line():
    """The tie-break also decides where the linear program does, also below what floating point shows."""
    line = Line(name="01", first=0, second=1, x_pu=0.1, limit_mw=10.0)
    twins = (generator(200, 8 * MW, intensity=intensity) for intensity in (500, 499, 499))
    orders = (*twins, load(900, 30 * MW, node=1))
    cleared = clear(Market(network=limited_network(2, [line]), orders=orders))
    assert cleared.dispatch == (0, 8 * MW, 2 * MW, 10 * MW)


def test_must_run_displaces_cheaper_generation():
    assert clear(one_bus(generator(100, 50), generator(900, 20, lower=5), load(500, 30))).dispatch == (25, 5, 30)


def test_elastic_load_takes_its_minimum_whatever_it_costs_and_more_only_below_its_bid():
    assert clear(one_bus(generator(600, 100), load(500, 30, lower=10))).dispatch == (10, 10)
    assert clear(one_bus(generator(400, 100), load(500, 30, lower=10))).dispatch == (30, 30)


def test_negative_prices():
    """Wind pays to run; a load that must be paid runs as far as wind pays for it."""
    cleared = clear(one_bus(generator(-200, 50), load(-100, 20), load(-300, 20)))
    assert cleared.dispatch == (20, 20, 0)
    assert cleared.certificate.mu == -200 * CHAIN.tick + 10**6


@pytest.mark.parametrize("orders", [(), (generator(100, 50),), (load(100, 50),), (generator(100, 0), load(200, 0))])
def test_one_side_empty_runs_nothing(orders):
    cleared = clear(one_bus(*orders))
    assert cleared.dispatch == (0,) * len(orders)
    assert cleared.certificate.gap == 0


def test_islands_balance_each_by_itself():
    """Two pairs of buses without a line between them: cheap power of one does not serve the other."""
    lines = [Line(name=n, first=a, second=b, x_pu=0.1, limit_mw=None) for n, a, b in (("01", 0, 1), ("23", 2, 3))]
    network = limited_network(4, lines)
    assert network.limits == (0,)
    assert network.factors == ((0, 0, 10**9, 10**9),)
    orders = (generator(100, 50), load(500, 20, node=1), generator(300, 50, node=2), load(500, 30, node=3))
    cleared = clear(Market(network=network, orders=orders))
    assert cleared.dispatch == (20, 20, 30, 30)
    assert bus_prices(cleared) == pytest.approx([10, 10, 30, 30], abs=1e-6)


def test_isolated_bus_with_must_run_cannot_clear():
    orders = (generator(100, 50, node=1, lower=10), load(500, 50))
    with pytest.raises(LawViolation, match="no clearing with the line limits"):
        clear(Market(network=limited_network(2, []), orders=orders))


def test_minima_beyond_the_other_side_are_refused():
    with pytest.raises(InputError, match="generation must be 30 to 50 W, load 0 to 20 W"):
        clear(one_bus(generator(100, 50, lower=30), load(500, 20)))


def test_wrong_solver_raises(monkeypatch):
    """A solver whose answer is feasible but 1 MW worse is found out, also on the second try."""
    honest = LineProgram.solve

    def worse(self, lower, upper):
        solution = honest(self, lower, upper)
        power = solution.power.copy()
        running = np.flatnonzero(power > 2 * MW)
        seller, buyer = (next(p for p in running if (p >= 15) == side) for side in (False, True))
        power[[seller, buyer]] -= MW
        return replace(solution, power=power)

    monkeypatch.setattr(LineProgram, "solve", worse)
    with pytest.raises(LawViolation, match="not proven optimal"):
        clear(golden_case(congested=True).market(12))


def test_wrong_warm_start_is_solved_again_from_scratch(monkeypatch):
    honest, asked = LineProgram.solve, []

    def wrong_once(self, lower, upper):
        asked.append(len(asked))
        solution = honest(self, lower, upper)
        return solution if len(asked) > 1 else replace(solution, mu=solution.mu * 1.5)

    monkeypatch.setattr(LineProgram, "solve", wrong_once)
    cleared = clear(golden_case(congested=True).market(12))
    assert asked == [0, 1]
    assert cleared.certificate.gap <= cleared.certificate.epsilon


def test_wrong_merit_order_raises(monkeypatch):
    monkeypatch.setattr(merit_module.np, "clip", lambda values, low, high, out: np.copyto(out, high))
    with pytest.raises(LawViolation, match="not balanced or not optimal"):
        clear(golden_case().market(12))


def test_clearing_on_the_edge_of_a_limit_is_decided_in_integers():
    """A flow of exactly the limit is allowed; a nanowatt above it is not."""
    orders = (generator(100, MW), load(500, MW, node=1))
    exact = Market(network=Network(nodes=2, limits=(MW // 2,), factors=((0, -(10**9) // 2),)), orders=orders)
    assert not clear(exact).congested
    above = replace(exact, network=replace(exact.network, factors=((0, -(10**9) // 2 - 1),)))
    cleared = clear(above)
    assert cleared.congested
    assert cleared.dispatch == (MW - 1, MW - 1)
