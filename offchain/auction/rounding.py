"""From the solver's dispatch to whole watts that balance exactly and keep every line limit.

At a vertex only the basic orders lie between their bounds. Each may go from 2 W below to 3 W above its floor; of all
balanced and feasible points in that window the one with the highest objective is taken, between equals the one that
gives more to the earlier order. Largest remainders alone would break a line limit in most congested hours.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import floor

from offchain.auction.linear_program import Solution
from offchain.auction.optimality import nodal_injections
from offchain.auction.orders import FACTOR_SCALE, Market
from offchain.errors import LawViolation
from offchain.units import round_half_up

STEPS = range(-2, 4)
MAX_MARGINAL = 8
INTEGRAL = 1e-5
"""[W] A vertex this close to whole watts is at whole watts."""


def round_dispatch(market: Market, solution: Solution) -> tuple[int, ...]:
    """Dispatch [W per order] in whole watts.

    Raises:
        LawViolation: no point of the window is balanced and feasible, or more than 8 orders are marginal.
    """
    nearest = [
        min(max(power, order.lower), order.upper)
        for order, power in zip(market.orders, round_half_up(solution.power).tolist(), strict=True)
    ]
    marginal = [int(p) for p in solution.basic]
    if all(abs(nearest[p] - solution.power[p]) < INTEGRAL for p in marginal) and not sum(
        nodal_injections(market, nearest)
    ):
        return tuple(nearest)
    if len(marginal) > MAX_MARGINAL:
        raise LawViolation(f"{len(marginal)} orders are between their bounds, at most {MAX_MARGINAL} can be rounded")
    for position in marginal:
        nearest[position] = floor(solution.power[position])
    best = max(_window(market, nearest, marginal), default=None)
    if best is None:
        raise LawViolation("no whole-watt dispatch near the optimum is balanced and keeps the line limits")
    for position, step in zip(marginal, best[1], strict=True):
        nearest[position] += step
    return tuple(nearest)


def _window(market: Market, base: Sequence[int], marginal: Sequence[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Change of the objective and steps [W] of each balanced and feasible point around a base."""
    if not marginal:
        return
    orders = [market.orders[position] for position in marginal]
    signs = [-1 if order.is_load else 1 for order in orders]
    prices = [market.prices[position] for position in marginal]
    injections = nodal_injections(market, base)
    missing = -sum(injections)
    network = market.network
    lines = []
    for limit, row in zip(network.limits, network.factors, strict=True):
        flow = sum(factor * power for factor, power in zip(row, injections, strict=True))
        most = limit * FACTOR_SCALE
        lines.append(([s * row[o.node] for s, o in zip(signs, orders, strict=True)], -most - flow, most - flow))
    bounds = [(order.lower - base[p], order.upper - base[p]) for order, p in zip(orders, marginal, strict=True)]
    for free in product(*(_steps(*bound) for bound in bounds[:-1])):
        last = signs[-1] * (missing - sum(s * d for s, d in zip(signs, free, strict=False)))
        if last not in STEPS or not bounds[-1][0] <= last <= bounds[-1][1]:
            continue
        steps = (*free, last)
        if all(low <= sum(f * d for f, d in zip(row, steps, strict=True)) <= high for row, low, high in lines):
            yield -sum(s * c * d for s, c, d in zip(signs, prices, steps, strict=True)), steps


def _steps(lowest: int, highest: int) -> range:
    return range(max(STEPS.start, lowest), min(STEPS.stop, highest + 1))
