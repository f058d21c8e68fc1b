"""The ladder carbon price: what an order's share of the emissions adds to its quote.

Luo et al. 2022, Eqs. (7)-(8), generators and loads apart. Two rules:

`paper`: as printed, 5 and 10 per tonne above the smallest share, divided by the power of the first clearing; an order
without power, for which the paper divides by zero, gets nothing. The hydro plant's negative share is the base, so
wind and sun with a share of about zero are charged for it, the more the less they run. `repaired` (corrected, see
docs/PAPERS.md): negative shares count as 0, 20 and 40 per tonne, and an idle order's cost is divided by what it could
have run.

The contract does the same with shares in whole grams, see docs/AUCTION.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

from offchain.auction.orders import Market, Order
from offchain.auction.scales import point_wei_per_gram

IDLE_WATTS = 1
"""An order with at most this power counts as idle [W]."""
WATTS_PER_KILOWATT = 1000


@dataclass(frozen=True, kw_only=True)
class LadderRule:
    """Parameters of the ladder."""

    name: str
    below: int
    """Price of a share up to the mean [point-wei/gCO2e]: r1."""
    above: int
    """Price of what exceeds the mean [point-wei/gCO2e]: r2."""
    repaired: bool
    """Negative shares count as 0, idle orders are charged by what they could have run."""


PAPER = LadderRule(name="paper", below=point_wei_per_gram(5), above=point_wei_per_gram(10), repaired=False)
REPAIRED = LadderRule(name="repaired", below=point_wei_per_gram(20), above=point_wei_per_gram(40), repaired=True)
NONE = LadderRule(name="none", below=0, above=0, repaired=True)
RULES = {rule.name: rule for rule in (PAPER, REPAIRED, NONE)}


def ladder_costs(shares: Sequence[Fraction | int], rule: LadderRule) -> tuple[Fraction, ...]:
    """Eq. (7) for the orders of one side: cost of each share [gCO2e] in point-wei."""
    base = [max(Fraction(share), Fraction(0)) if rule.repaired else Fraction(share) for share in shares]
    if not base:
        return ()
    lowest, mean = min(base), sum(base, Fraction(0)) / len(base)
    return tuple(rule.below * (min(x, mean) - lowest) + rule.above * max(x - mean, Fraction(0)) for x in base)


def ladder_adders(
    market: Market, dispatch: Sequence[int], *, shares: Sequence[Fraction | int], rule: LadderRule
) -> tuple[Fraction, ...]:
    """Eq. (8): what each order's quote is corrected by, not rounded, never negative [point-wei/kWh].

    `dispatch` is the first clearing's [W], `shares` are Owen values [gCO2e].
    """
    adders = [Fraction(0)] * len(market.orders)
    for is_load in (False, True):
        side = [position for position, order in enumerate(market.orders) if order.is_load == is_load]
        costs = ladder_costs([shares[position] for position in side], rule)
        for position, cost in zip(side, costs, strict=True):
            power = dispatch[position]
            if power <= IDLE_WATTS:
                power = market.orders[position].upper if rule.repaired else 0
            if power:
                adders[position] = cost * WATTS_PER_KILOWATT / power
    return tuple(adders)


def adjusted_market(market: Market, adders: Sequence[Fraction], *, ceiling: int | None = None) -> Market:
    """The market with corrected quotes: generators + adder, loads - adder, to the nearest tick, halves up.

    A load's quote does not fall below 0 for it, nor a generator's exceed the market's ceiling [ticks].
    """
    tick = market.resolution.tick
    limit = market.resolution.price_limit if ceiling is None else ceiling

    def corrected(order: Order, adder: Fraction) -> Order:
        ticks = floor(adder / tick + Fraction(1, 2))
        price = max(order.price - ticks, min(order.price, 0)) if order.is_load else min(order.price + ticks, limit)
        return replace(order, price=price)

    orders = tuple(corrected(order, adder) for order, adder in zip(market.orders, adders, strict=True))
    return replace(market, orders=orders)
