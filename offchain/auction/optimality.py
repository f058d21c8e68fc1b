"""The certificate that no better clearing exists, in the integers of the contract.

For any energy price mu and line prices nu, weak duality bounds the best possible welfare from above; a feasible
dispatch that comes within epsilon of the bound is accepted, whoever found it and however. Everything is multiplied by
1e9 and never divided, see docs/AUCTION.md. `contracts/auction/lib/WelfareCertificate.sol` does the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from offchain.auction.orders import FACTOR_SCALE, Market
from offchain.errors import LawViolation

FULL_WATTS = 100
"""A line may have a price if at most so much of its limit is free [W]; rounding to whole watts leaves less."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Prices that prove a dispatch, and what they prove."""

    mu: int
    """Energy price [point-wei/kWh]."""
    nu: tuple[int, ...]
    """Price of each limited line, positive in its own direction [point-wei/kWh]."""
    welfare: int
    """Objective of the dispatch [W x point-wei/kWh x 1e9]."""
    bound: int
    """Upper bound of the best possible objective, same unit."""
    epsilon: int
    """Largest accepted gap, same unit."""

    @property
    def gap(self) -> int:
        """Bound less objective [W x point-wei/kWh x 1e9]."""
        return self.bound - self.welfare


def certify(market: Market, dispatch: Sequence[int], *, mu: int, nu: Sequence[int]) -> Certificate:
    """Check a dispatch [W per order] with prices [point-wei/kWh] as the contract does.

    Raises:
        LawViolation: the dispatch is infeasible, the gap exceeds epsilon, or mu is not the smallest certifying price.
    """
    problem = infeasibility(market, dispatch)
    if problem is not None:
        raise LawViolation(f"dispatch is infeasible: {problem}")
    roomy = line_with_room(market, dispatch, nu)
    if roomy is not None:
        raise LawViolation(f"line {roomy} has a price and more than {FULL_WATTS} W of room")
    certificate = Certificate(
        mu=mu,
        nu=tuple(nu),
        welfare=objective(market, dispatch) * FACTOR_SCALE,
        bound=welfare_bound(market, mu=mu, nu=nu),
        epsilon=tolerance(market, priced_lines=sum(1 for price in nu if price)) if any(nu) else 0,
    )
    if certificate.gap > certificate.epsilon:
        raise LawViolation(f"dispatch is not proven optimal: gap {certificate.gap}, at most {certificate.epsilon}")
    if not any(nu) and not is_smallest_price(market, mu):
        raise LawViolation(f"energy price {mu} point-wei/kWh is not the smallest that certifies")
    return certificate


def infeasibility(market: Market, dispatch: Sequence[int]) -> str | None:
    """What a dispatch [W] breaks first: number of orders, bounds, balance, line limits; None if nothing."""
    if len(dispatch) != len(market.orders):
        return f"{len(dispatch)} powers for {len(market.orders)} orders"
    for position, (order, power) in enumerate(zip(market.orders, dispatch, strict=True)):
        if not order.lower <= power <= order.upper:
            return f"order {position} has {power} W, allowed are {order.lower} to {order.upper}"
    injections = nodal_injections(market, dispatch)
    if sum(injections):
        return f"generation exceeds load by {sum(injections)} W"
    for line, (limit, row) in enumerate(zip(market.network.limits, market.network.factors, strict=True)):
        flow = sum(factor * power for factor, power in zip(row, injections, strict=True))
        if abs(flow) > limit * FACTOR_SCALE:
            return f"line {line} carries {flow} nW, at most {limit * FACTOR_SCALE} either way"
    return None


def line_with_room(market: Market, dispatch: Sequence[int], nu: Sequence[int]) -> int | None:
    """The first line that has a price [point-wei/kWh] without being full in its direction; None if there is none."""
    injections = nodal_injections(market, dispatch)
    lines = zip(nu, market.network.limits, market.network.factors, strict=True)
    for line, (price, limit, row) in enumerate(lines):
        flow = sum(factor * power for factor, power in zip(row, injections, strict=True))
        if price and limit * FACTOR_SCALE - (flow if price > 0 else -flow) > FULL_WATTS * FACTOR_SCALE:
            return line
    return None


def nodal_injections(market: Market, dispatch: Sequence[int]) -> list[int]:
    """Generation less load of each node [W]."""
    injections = [0] * market.network.nodes
    for order, power in zip(market.orders, dispatch, strict=True):
        injections[order.node] += -power if order.is_load else power
    return injections


def objective(market: Market, dispatch: Sequence[int]) -> int:
    """Luo et al. 2022, Eq. (1), with the tie-break: worth to loads less cost of generators [W x point-wei/kWh]."""
    return sum(
        price * power if order.is_load else -price * power
        for order, price, power in zip(market.orders, market.prices, dispatch, strict=True)
    )


def emission(market: Market, dispatch: Sequence[int]) -> int:
    """Emission of an hour at a dispatch: W x unit of intensity, which is mgCO2e at chain resolution."""
    return sum(order.intensity * power for order, power in zip(market.orders, dispatch, strict=True))


def nodal_prices(market: Market, *, mu: int, nu: Sequence[int]) -> list[int]:
    """Price of energy at each node [point-wei/kWh x 1e9]."""
    return [
        mu * FACTOR_SCALE - sum(price * row[node] for price, row in zip(nu, market.network.factors, strict=True))
        for node in range(market.network.nodes)
    ]


def welfare_bound(market: Market, *, mu: int, nu: Sequence[int]) -> int:
    """Upper bound D of the best possible objective that the prices prove [W x point-wei/kWh x 1e9]."""
    nodal = nodal_prices(market, mu=mu, nu=nu)
    bound = sum(abs(price) * limit for price, limit in zip(nu, market.network.limits, strict=True)) * FACTOR_SCALE
    for order, price in zip(market.orders, market.prices, strict=True):
        surplus = price * FACTOR_SCALE - nodal[order.node]
        if not order.is_load:
            surplus = -surplus
        bound += surplus * (order.upper if surplus > 0 else order.lower)
    return bound


def tolerance(market: Market, *, priced_lines: int) -> int:
    """Epsilon: a watt at the largest limit price for each priced line and one more [W x point-wei/kWh x 1e9]."""
    return (priced_lines + 1) * market.largest_price * FACTOR_SCALE


def is_smallest_price(market: Market, mu: int) -> bool:
    """Whether mu, which certifies without line prices, is the smallest movable order's price that does.

    The bound is linear between neighbouring prices, so it rises to the left of mu if and only if the orders that want
    to generate just below mu fall short of those that want to consume.
    """
    movable = [
        (order, price) for order, price in zip(market.orders, market.prices, strict=True) if order.lower < order.upper
    ]
    if not movable:
        return mu == 0
    if mu == min(price for _, price in movable):
        return True
    excess = 0
    for order, price in zip(market.orders, market.prices, strict=True):
        if order.is_load:
            excess -= order.upper if price >= mu else order.lower
        else:
            excess += order.upper if price < mu else order.lower
    return excess < 0
