"""The Owen value from a sample of orders of arrival, for regions too large to clear every coalition.

The Owen value is the mean gain of an order over all permutations that keep each region together. Permutations are
drawn in antithetic pairs, one and its reverse, so that early and late arrivals balance; the standard error is that of
the mean of the pairs. Every permutation shares out the whole emission, so the estimate does too.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from offchain.auction.clearing import Clearing
from offchain.auction.coalitions import Regions, coalition_emissions
from offchain.errors import InputError
from offchain.units import Integers


@dataclass(frozen=True, kw_only=True)
class SampledValues:
    """An estimate and how far off it may be."""

    values: tuple[Fraction, ...]
    """[W x unit of intensity], per order."""
    standard_errors: tuple[float, ...]
    """Same unit."""
    coalitions: int
    """How many different coalitions were cleared."""


def sample_owen_values(clearing: Clearing, regions: Regions, *, permutations: int, seed: int) -> SampledValues:
    """Estimate the Owen value of a clearing's emission; the same seed gives the same estimate.

    Raises:
        InputError: fewer than 4 permutations, or an odd number.
        LawViolation: a coalition's clearing cannot be proven.
    """
    if permutations < 4 or permutations % 2:
        raise InputError(f"{permutations} permutations: allowed are even numbers from 4")
    arrivals = _arrivals(regions, pairs=permutations // 2, generator=np.random.default_rng(seed))
    orders = arrivals.shape[1]
    rank = np.argsort(arrivals, axis=1)
    members = (rank[:, None, :] < np.arange(orders + 1)[:, None]).reshape(-1, orders)
    _, first, inverse = np.unique(np.packbits(members, axis=1), axis=0, return_index=True, return_inverse=True)
    values = coalition_emissions(clearing, members[first])
    gains = np.diff(values[inverse.reshape(len(arrivals), orders + 1)], axis=1)
    by_order = np.take_along_axis(gains, rank, axis=1)
    means = (by_order[0::2] + by_order[1::2]) / 2
    errors = means.std(axis=0, ddof=1) / np.sqrt(len(means))
    totals = by_order.sum(axis=0).tolist()
    return SampledValues(
        values=tuple(Fraction(total, permutations) for total in totals),
        standard_errors=tuple(errors.tolist()),
        coalitions=len(first),
    )


def _arrivals(regions: Regions, *, pairs: int, generator: np.random.Generator) -> Integers:
    """Orders by arrival, each permutation followed by its reverse, (2 pairs, orders)."""
    drawn = []
    for _ in range(pairs):
        arrival = np.concatenate(
            [generator.permutation(np.array(regions[k], dtype=np.int64)) for k in generator.permutation(len(regions))]
        )
        drawn += [arrival, arrival[::-1]]
    return np.array(drawn, dtype=np.int64)
