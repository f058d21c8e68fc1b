"""The certificate refuses every dispatch that is worse, infeasible or about other orders, and believes any solver."""

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from offchain.auction.clearing import clear
from offchain.auction.optimality import certify, infeasibility, objective, welfare_bound
from offchain.errors import GridleafError, LawViolation
from tests.offchain.auction.auction_cases import (
    MW,
    POINT_WEI_PER_MWH,
    generator,
    golden_case,
    load,
    one_bus,
    random_market,
    tight_market,
)

MUTATIONS = 1000


def cleared_markets(count: int):
    """Random clearings that trade, half of them with tight lines."""
    seed, found = 0, 0
    while found < count:
        market, _ = (tight_market if seed % 2 else random_market)(seed)
        seed += 1
        cleared = clear(market)
        if any(cleared.dispatch):
            found += 1
            yield random.Random(seed), cleared  # noqa: S311  test data


def accepted(market, dispatch, certificate) -> bool:
    try:
        certify(market, dispatch, mu=certificate.mu, nu=certificate.nu)
    except LawViolation:
        return False
    return True


def within_epsilon(market, dispatch, cleared) -> bool:
    """Whether a dispatch is feasible and as good as the clearing's, give or take epsilon: then it may be accepted."""
    loss = cleared.certificate.welfare - objective(market, dispatch) * 10**9
    return infeasibility(market, dispatch) is None and loss <= cleared.certificate.epsilon


def test_one_unit_by_hand():
    """100 W for 200 ticks sold to a load that bids 500 ticks; mu is the marginal generator's price in the objective.

    c of the generator 2e16 + 1e6, of the load 5e16 - 2e6; W = 100 (3e16 - 3e6); D at mu = c of the generator is
    100 (c of the load - mu) + 0 = W.
    """
    market = one_bus(generator(200, 150), load(500, 100))
    certificate = clear(market).certificate
    assert certificate.mu == 2 * 10**16 + 10**6
    assert certificate.welfare == 100 * (3 * 10**16 - 3 * 10**6) * 10**9
    assert certificate.bound == certificate.welfare
    assert certificate.epsilon == 0


def test_moved_watts_are_refused():
    """One watt moved from one order to another: unbalanced, out of bounds, over a limit or worse."""
    refused = 0
    for draw, cleared in cleared_markets(MUTATIONS):
        dispatch = list(cleared.dispatch)
        first, second = draw.sample(range(len(dispatch)), 2)
        same_side = cleared.market.orders[first].is_load == cleared.market.orders[second].is_load
        dispatch[first] += 1
        dispatch[second] += -1 if same_side else 1
        if accepted(cleared.market, dispatch, cleared.certificate):
            assert within_epsilon(cleared.market, dispatch, cleared)
        else:
            refused += 1
    assert refused > MUTATIONS // 2


def test_a_single_watt_unbalances():
    for draw, cleared in cleared_markets(100):
        dispatch = list(cleared.dispatch)
        dispatch[draw.randrange(len(dispatch))] += draw.choice([-1, 1])
        with pytest.raises(LawViolation, match="dispatch is infeasible"):
            certify(cleared.market, dispatch, mu=cleared.certificate.mu, nu=cleared.certificate.nu)


def test_changed_energy_prices_are_refused():
    """Without a binding line no other energy price passes; with one, only what proves the bound within epsilon."""
    refused = 0
    for draw, cleared in cleared_markets(MUTATIONS):
        certificate = cleared.certificate
        mu = certificate.mu + draw.choice([-1, 1]) * draw.choice([1, 10**6, 10**10, 10**14])
        if accepted(cleared.market, cleared.dispatch, replace(certificate, mu=mu)):
            assert cleared.congested
            bound = welfare_bound(cleared.market, mu=mu, nu=certificate.nu)
            assert bound - certificate.welfare <= certificate.epsilon
        else:
            refused += 1
    assert refused > MUTATIONS // 2


def test_swapped_orders_are_refused():
    """The dispatch of one list shown for another in which two different orders changed places."""
    refused = 0
    for draw, cleared in cleared_markets(MUTATIONS):
        orders = list(cleared.market.orders)
        first, second = draw.sample(range(len(orders)), 2)
        orders[first], orders[second] = orders[second], orders[first]
        market = replace(cleared.market, orders=tuple(orders))
        if accepted(market, cleared.dispatch, cleared.certificate):
            best = clear(market).certificate
            assert objective(market, cleared.dispatch) * 10**9 >= best.welfare - best.epsilon
        else:
            refused += 1
    assert refused > MUTATIONS // 2


def test_exceeded_bounds_are_refused():
    for draw, cleared in cleared_markets(MUTATIONS):
        position = draw.randrange(len(cleared.dispatch))
        order = cleared.market.orders[position]
        dispatch = list(cleared.dispatch)
        dispatch[position] = draw.choice([order.upper + 1, order.lower - 1])
        with pytest.raises(LawViolation, match=f"order {position} has {dispatch[position]} W"):
            certify(cleared.market, dispatch, mu=cleared.certificate.mu, nu=cleared.certificate.nu)


def test_exceeded_line_limit_is_named():
    market = golden_case(congested=True).market(12)
    cleared = clear(market)
    tighter = replace(market.network, limits=(market.network.limits[0], market.network.limits[1] - 1))
    with pytest.raises(LawViolation, match="line 1 carries"):
        certify(
            replace(market, network=tighter), cleared.dispatch, mu=cleared.certificate.mu, nu=cleared.certificate.nu
        )


def test_worse_dispatch_is_refused_whatever_prices_come_with_it():
    """The congested optimum shown for the hour without congestion: 468 of welfare are missing."""
    free, congested = (golden_case(congested=c).market(12) for c in (False, True))
    worse = clear(congested)
    for mu in (clear(free).certificate.mu, worse.certificate.mu):
        for nu in ((0, 0), worse.certificate.nu):
            with pytest.raises(LawViolation, match=r"not proven optimal|has a price and more than"):
                certify(free, worse.dispatch, mu=mu, nu=nu)


def test_dropped_or_invented_orders_are_refused():
    market = golden_case().market(12)
    cleared = clear(market)
    certificate = cleared.certificate
    with pytest.raises(LawViolation, match="25 powers for 26 orders"):
        certify(market, cleared.dispatch[:-1], mu=certificate.mu, nu=certificate.nu)
    without = replace(market, orders=market.orders[1:])
    with pytest.raises(LawViolation):
        certify(without, cleared.dispatch[1:], mu=certificate.mu, nu=certificate.nu)


def test_prices_of_another_solver_pass():
    """Interior point of another program, its prices rounded to 1e-6 per MWh: accepted for our dispatch."""
    market = golden_case(congested=True).market(12)
    signs = np.array([-1.0 if order.is_load else 1.0 for order in market.orders])
    rows = np.array(market.network.factors)[:, [order.node for order in market.orders]] / 1e9 * signs
    answer = linprog(
        signs * np.array(market.prices) / POINT_WEI_PER_MWH,
        A_ub=np.vstack([rows, -rows]),
        b_ub=np.tile(np.array(market.network.limits) / MW, 2),
        A_eq=signs[None, :],
        b_eq=[0.0],
        bounds=[(order.lower / MW, order.upper / MW) for order in market.orders],
        method="highs-ipm",
    )
    mu = round(answer.eqlin.marginals[0], 6) * POINT_WEI_PER_MWH
    marginals = -answer.ineqlin.marginals
    nu = [round(p, 6) * POINT_WEI_PER_MWH for p in marginals[:2] - marginals[2:]]
    certificate = certify(market, clear(market).dispatch, mu=int(mu), nu=[int(p) for p in nu])
    assert 0 <= certificate.gap <= certificate.epsilon


def test_bound_holds_for_any_prices():
    """Weak duality: no prices prove less than the best objective."""
    for draw, cleared in cleared_markets(200):
        mu = draw.randrange(-(10**17), 10**17)
        nu = [draw.choice([0, draw.randrange(-(10**17), 10**17)]) for _ in cleared.market.network.limits]
        assert welfare_bound(cleared.market, mu=mu, nu=nu) >= cleared.certificate.welfare


def test_smallest_price_when_nobody_bids():
    """Without loads the bound is flat below the cheapest offer: that offer is the price."""
    market = one_bus(generator(300, 10), generator(200, 10))
    cleared = clear(market)
    assert cleared.certificate.mu == 2 * 10**16 + 2 * 10**6
    for mu in (cleared.certificate.mu - 1, 0):
        with pytest.raises(LawViolation, match="not the smallest"):
            certify(market, cleared.dispatch, mu=mu, nu=())


def test_price_without_anybody_who_could_move_is_zero():
    market = one_bus(generator(300, 10, lower=10), load(200, 10, lower=10))
    cleared = clear(market)
    assert (cleared.dispatch, cleared.certificate.mu) == ((10, 10), 0)
    with pytest.raises(LawViolation, match="not the smallest"):
        certify(market, cleared.dispatch, mu=1, nu=())


def test_smallest_price_agrees_with_the_bound():
    """The slope test is the same as computing the bound one point-wei lower."""
    for minima in (False, True):
        for seed in range(150):
            market, _ = random_market(seed, minima=minima)
            try:
                cleared = clear(market)
            except GridleafError:
                continue
            if cleared.congested:
                continue
            mu, nu = cleared.certificate.mu, cleared.certificate.nu
            movable = [c for c, order in zip(market.prices, market.orders, strict=True) if order.lower < order.upper]
            lower_bound = welfare_bound(market, mu=mu - 1, nu=nu)
            assert lower_bound > cleared.certificate.bound or mu == min(movable, default=0)
