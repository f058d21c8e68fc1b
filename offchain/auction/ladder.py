"""The ladder carbon price: what an order's share of the emissions adds to its quote.

Luo et al. 2022, Eqs. (7)-(8), generators and loads apart. `LADDERS` has the rules; two charge for carbon:

`paper`: as printed, 5 and 10 per tonne above the smallest share, divided by the power of the first clearing; an order
without power, for which the paper divides by zero, gets nothing. The hydro plant's negative share is the base, so
wind and sun with a share of about zero are charged for it, the more the less they run. `repaired` (corrected, see
docs/PAPERS.md): negative shares count as 0, 20 and 40 per tonne, and an idle order's cost is divided by what it could
have run.

The contract does the same with shares in whole grams, see docs/AUCTION.md.
"""

from collections.abc import Callable, Sequence
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
    """A row of `LADDERS`: prices of a share, and what is taken for an order's share and power."""

    name: str
    number: int
    """Of the rule in LadderPrice.Rule; the prices are parameters of the auction."""
    below: int
    """Price of a share up to the mean [point-wei/gCO2e]: r1."""
    above: int
    """Price of what exceeds the mean [point-wei/gCO2e]: r2."""
    base: Callable[[Fraction], Fraction]
    """What a share counts as [gCO2e]."""
    idle_power: Callable[[Order], int]
    """What an idle order's cost is divided by [W]; 0 charges it nothing."""

    @property
    def settings(self) -> tuple[int, int, int]:
        """As the auction is constructed with: number, price up to the mean, price above it [point-wei/gCO2e]."""
        return (self.number, self.below, self.above)


def _as_it_is(share: Fraction) -> Fraction:
    return share


def _from_zero(share: Fraction) -> Fraction:
    return max(share, Fraction(0))


def _nothing(_: Order) -> int:
    return 0


def _possible(order: Order) -> int:
    return order.upper


PAPER = LadderRule(
    name="paper",
    number=0,
    below=point_wei_per_gram(5),
    above=point_wei_per_gram(10),
    base=_as_it_is,
    idle_power=_nothing,
)
REPAIRED = LadderRule(
    name="repaired",
    number=1,
    below=point_wei_per_gram(20),
    above=point_wei_per_gram(40),
    base=_from_zero,
    idle_power=_possible,
)
NONE = replace(REPAIRED, name="none", below=0, above=0)
LADDERS = {rule.name: rule for rule in (PAPER, REPAIRED, NONE)}


def ladder_costs(shares: Sequence[Fraction | int], rule: LadderRule) -> tuple[Fraction, ...]:
    """Eq. (7) for the orders of one side: cost of each share [gCO2e] in point-wei."""
    base = [rule.base(Fraction(share)) for share in shares]
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
                power = rule.idle_power(market.orders[position])
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
