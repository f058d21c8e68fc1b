"""Of all prices that prove a congested dispatch, those at which the loads pay least.

Where lines bind, several prices can prove the same dispatch, and the contract lets a certificate with a smaller
payment of the loads replace another. Whoever posts these prices first is not replaced by more than the rounding to
ticks.
"""

import numpy as np
from scipy.optimize import linprog

from offchain.auction.clearing import Clearing
from offchain.auction.optimality import certify, nodal_injections, nodal_prices
from offchain.auction.orders import FACTOR_SCALE
from offchain.auction.scales import PRICE_SCALE
from offchain.errors import LawViolation
from offchain.units import WATTS_PER_MEGAWATT, Floats

AT_LIMIT = 1
"""A line with at most this much room left may have a price [W]."""


def load_payment(clearing: Clearing) -> int:
    """What the loads pay at the nodal prices, not rounded to ticks [W x point-wei/kWh x 1e9]."""
    nodal = nodal_prices(clearing.market, mu=clearing.certificate.mu, nu=clearing.certificate.nu)
    pairs = zip(clearing.market.orders, clearing.dispatch, strict=True)
    return sum(nodal[order.node] * power for order, power in pairs if order.is_load)


def with_cheapest_prices(clearing: Clearing) -> Clearing:
    """The same dispatch with the prices that cost the loads least; as it was if none are cheaper and proven."""
    if not clearing.congested:
        return clearing
    prices = _cheapest(clearing)
    if prices is None:
        return clearing
    mu, *nu = (round(price * PRICE_SCALE) for price in prices.tolist())
    try:
        certificate = certify(clearing.market, clearing.dispatch, mu=mu, nu=nu)
    except LawViolation:
        return clearing
    cheaper = Clearing(market=clearing.market, dispatch=clearing.dispatch, certificate=certificate)
    return cheaper if load_payment(cheaper) < load_payment(clearing) else clearing


def _cheapest(clearing: Clearing) -> Floats | None:
    """Energy price and line prices [per MWh] by a linear program over all that satisfy complementary slackness.

    An order between its bounds fixes its node's price, one at a bound limits it from one side; a line below its limit
    has no price.
    """
    market = clearing.market
    factors = np.array(market.network.factors, dtype=np.float64) / FACTOR_SCALE
    price_of = np.column_stack([np.ones(market.network.nodes), -factors.T])
    bounds: list[tuple[float | None, float | None]] = [(None, None), *_line_bounds(clearing)]
    below, equal = [], []
    cost = np.zeros(len(bounds))
    for order, power, price in zip(market.orders, clearing.dispatch, market.prices, strict=True):
        row, limit = price_of[order.node], price / PRICE_SCALE
        if order.is_load:
            cost += row * (power / WATTS_PER_MEGAWATT)
        if order.lower < power < order.upper:
            equal.append((row, limit))
        elif order.lower < order.upper:
            most = order.is_load == (power == order.upper)
            below.append((row, limit) if most else (-row, -limit))
    answer = linprog(
        cost,
        A_ub=np.array([row for row, _ in below]) if below else None,
        b_ub=np.array([limit for _, limit in below]) if below else None,
        A_eq=np.array([row for row, _ in equal]) if equal else None,
        b_eq=np.array([limit for _, limit in equal]) if equal else None,
        bounds=bounds,
    )
    return np.asarray(answer.x) if answer.status == 0 else None


def _line_bounds(clearing: Clearing) -> list[tuple[float | None, float | None]]:
    """Which sign each line's price may have."""
    injections = nodal_injections(clearing.market, clearing.dispatch)
    network = clearing.market.network
    bounds: list[tuple[float | None, float | None]] = []
    for limit, row in zip(network.limits, network.factors, strict=True):
        flow = sum(factor * power for factor, power in zip(row, injections, strict=True))
        room = (limit - AT_LIMIT) * FACTOR_SCALE
        bounds.append((None if flow <= -room else 0.0, None if flow >= room else 0.0))
    return bounds
