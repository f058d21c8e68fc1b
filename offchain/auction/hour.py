"""An auction hour from orders to awards: first clearing, Owen value of its emissions, ladder, second clearing."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from offchain.auction.cheapest_prices import with_cheapest_prices
from offchain.auction.clearing import Clearing, clear
from offchain.auction.coalitions import coalition_emissions, coalitions_of, regions_of
from offchain.auction.ladder import LadderRule, adjusted_market, ladder_adders
from offchain.auction.orders import CHAIN, Market
from offchain.auction.owen import owen_values, share_out
from offchain.auction.sampling import sample_owen_values

UNITS_PER_GRAM = 1000
"""W x gCO2e/kWh over an hour in 1 gCO2e."""


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """Each order's share of the emissions of a clearing."""

    shares: tuple[Fraction, ...]
    """[gCO2e]; they sum to the emission of the clearing."""
    coalitions: int
    """How many different coalitions were cleared for it."""
    standard_errors: tuple[float, ...] | None = None
    """[gCO2e] of a sampled allocation; None for an exact one."""


@dataclass(frozen=True, kw_only=True)
class AuctionResult:
    """Everything that an hour comes to."""

    first: Clearing
    allocation: Allocation
    adders: tuple[Fraction, ...]
    """[point-wei/kWh], not rounded."""
    second: Clearing


def run_auction(
    market: Market,
    *,
    rule: LadderRule,
    allocate: Callable[[Clearing], Allocation] | None = None,
    ceiling: int | None = None,
) -> AuctionResult:
    """Run an hour; at chain resolution shares are whole grams, as the contract takes them.

    No adjusted quote exceeds the market's `ceiling` [ticks].

    Raises:
        InputError: minima that no clearing can serve, or too many coalitions for an exact Owen value.
        LawViolation: a clearing cannot be proven.
    """
    first = clear(market)
    allocation = (allocate or exact_allocation)(first)
    adders = ladder_adders(market, first.dispatch, shares=allocation.shares, rule=rule)
    second = with_cheapest_prices(clear(adjusted_market(market, adders, ceiling=ceiling)))
    return AuctionResult(first=first, allocation=allocation, adders=adders, second=second)


def exact_allocation(clearing: Clearing) -> Allocation:
    """The Owen value over every coalition; in whole grams at chain resolution.

    Raises:
        InputError: there are too many coalitions.
        LawViolation: a coalition's clearing cannot be proven.
    """
    coalitions = coalitions_of(regions_of(clearing.market))
    values = coalition_emissions(clearing, coalitions.members)
    shares = owen_values(values, coalitions)
    return Allocation(shares=_grams(clearing, shares), coalitions=len(values))


def sampled_allocation(clearing: Clearing, *, permutations: int, seed: int) -> Allocation:
    """The Owen value estimated from random orders of arrival, for regions too large for the exact one.

    Raises:
        InputError: fewer than 4 permutations, or an odd number.
        LawViolation: a coalition's clearing cannot be proven.
    """
    sample = sample_owen_values(clearing, regions_of(clearing.market), permutations=permutations, seed=seed)
    scale = UNITS_PER_GRAM * clearing.market.resolution.units_per_gram
    return Allocation(
        shares=_grams(clearing, sample.values),
        coalitions=sample.coalitions,
        standard_errors=tuple(error / scale for error in sample.standard_errors),
    )


def _grams(clearing: Clearing, shares: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Shares [W x unit of intensity] in gCO2e; whole ones that sum to the rounded emission at chain resolution."""
    scale = UNITS_PER_GRAM * clearing.market.resolution.units_per_gram
    grams = tuple(share / scale for share in shares)
    if clearing.market.resolution != CHAIN:
        return grams
    total = (clearing.emission + UNITS_PER_GRAM // 2) // UNITS_PER_GRAM
    return tuple(map(Fraction, share_out(total, grams)))
