"""The Owen value of a game with regions: how a total is shared in two levels, exactly.

Luo et al. 2022, Eqs. (3)-(6), in the textbook form that the nested one reduces to: with m regions and n orders in the
region of order i,

    x_i = sum over sets L of other regions and parts R of the region without i of
          |L|! (m - |L| - 1)! / m!  x  |R|! (n - |R| - 1)! / n!  x  (c(L and R and i) - c(L and R)).

Values are integers and so are the weights once multiplied by m! n!; nothing is rounded.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import factorial

import numpy as np

from offchain.auction.coalitions import Coalitions
from offchain.units import Integers

LIMB = 32
"""Sums are taken in two halves of so many bits, so that they fit 64."""


def owen_values(values: Integers, coalitions: Coalitions) -> tuple[Fraction, ...]:
    """Owen value of each order, in the unit of the values, (coalitions,)."""
    shares: dict[int, Fraction] = {}
    for region, rows in zip(coalitions.regions, coalitions.tables, strict=True):
        shares.update(zip(region, region_values(values[rows]), strict=True))
    return tuple(shares[position] for position in range(len(shares)))


def region_values(table: Integers) -> tuple[Fraction, ...]:
    """Owen value of each order of a region from the values of its coalitions, (2^(m - 1), 2^n).

    Row bits are the other regions that take part whole, column bits the region's own orders.
    """
    m, n = table.shape[0].bit_length(), table.shape[1].bit_length() - 1
    weights = np.array([_weight(bits.bit_count(), m) for bits in range(table.shape[0])])
    exact = int(np.abs(table).max(initial=0)) * factorial(m) < 2**62
    game = (weights if exact else weights.astype(object)) @ (table if exact else table.astype(object))
    without, starts = _parts(n)
    own = 1 << np.arange(n)[:, None]
    gains = game[without | own] - game[without]
    high, low = gains >> LIMB, gains & ((1 << LIMB) - 1)
    by_size = zip(
        np.add.reduceat(high, starts, axis=1).tolist(), np.add.reduceat(low, starts, axis=1).tolist(), strict=True
    )
    unit = factorial(m) * factorial(n)
    return tuple(
        Fraction(sum(_weight(r, n) * ((h << LIMB) + low_) for r, (h, low_) in enumerate(zip(*sums, strict=True))), unit)
        for sums in by_size
    )


def _weight(size: int, players: int) -> int:
    """Orders of arrival in which exactly these `size` players come before the next one: Eqs. (4) and (6) x players!."""
    return factorial(size) * factorial(players - size - 1)


@lru_cache(maxsize=64)
def _parts(n: int) -> tuple[Integers, Integers]:
    """Parts without each of n players in ascending size, (n, 2^(n - 1)), and where each size starts, (n,)."""
    by_size = sorted(range(2**n), key=int.bit_count)
    without = np.array([[bits for bits in by_size if not bits >> i & 1] for i in range(n)], dtype=np.int64)
    sizes = np.array([int(bits).bit_count() for bits in without[0]])
    return without, np.searchsorted(sizes, np.arange(n))


def share_out(total: int, shares: Sequence[Fraction]) -> tuple[int, ...]:
    """Whole numbers that sum to the total, each less than 1 from its share; shares sum to within 1 of the total.

    Every share is rounded down; what is missing goes to the largest remainders, ties to the earlier one.
    """
    whole = [share.numerator // share.denominator for share in shares]
    largest = sorted(range(len(shares)), key=lambda i: (whole[i] - shares[i], i))
    for i in largest[: total - sum(whole)]:
        whole[i] += 1
    return tuple(whole)
