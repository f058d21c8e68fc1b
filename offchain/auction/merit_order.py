"""Clearing without a binding line: many coalitions of one market at a time, in whole watts.

Sort all orders by their price in the objective. Below every price, generators are at their lower bound and loads at
their upper; going up, each order passed adds its width (upper - lower) to the excess of generation, until it is zero.
The order at which that happens is the marginal one and sets the price. Prices are all different, so the dispatch is
unique.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from offchain.auction.orders import FACTOR_SCALE, Market
from offchain.errors import InputError, LawViolation
from offchain.units import Floats, Integers

LINE_MARGIN = 0.01
"""[W] A flow this close to its limit is decided in integers; the float error is far smaller."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Book:
    """A market as arrays in order of merit: column 0 has the lowest price in the objective."""

    market: Market

    @cached_property
    def positions(self) -> Integers:
        """Position in the list of each order by rank, (orders,)."""
        prices = self.market.prices
        return np.array(sorted(range(len(prices)), key=lambda position: prices[position]), dtype=np.int64)

    def _column(self, name: str) -> Integers:
        return np.array([getattr(self.market.orders[p], name) for p in self.positions], dtype=np.int64)

    @cached_property
    def is_load(self) -> Mask:
        """By rank, (orders,)."""
        return self._column("is_load").astype(np.bool_)

    @cached_property
    def lower(self) -> Integers:
        """[W] by rank, (orders,)."""
        return self._column("lower")

    @cached_property
    def upper(self) -> Integers:
        """[W] by rank, (orders,)."""
        return self._column("upper")

    @cached_property
    def intensity(self) -> Integers:
        """[units of the resolution] by rank, (orders,)."""
        return self._column("intensity")

    @cached_property
    def factors(self) -> Floats:
        """Flow on each limited line per watt of each order, (orders, lines)."""
        nodes = self._column("node")
        rows = np.array(self.market.network.factors, dtype=np.float64).reshape(-1, self.market.network.nodes)
        signs = np.where(self.is_load, -1.0, 1.0)
        return np.ascontiguousarray((rows[:, nodes] * signs).T / FACTOR_SCALE)


@dataclass(frozen=True, kw_only=True)
class Dispatches:
    """Clearings of several coalitions."""

    power: Integers
    """[W], (coalitions, orders by rank)."""
    marginal: Integers
    """Rank of the order that sets the price, (coalitions,)."""
    overloaded: Integers
    """Coalitions in which a line limit is broken: their dispatch is not a clearing."""


def merit_order(book: Book, lower: Integers, upper: Integers) -> Dispatches:
    """Clear coalitions with bounds [W] of shape (coalitions, orders by rank), and check each result.

    Raises:
        InputError: a coalition's minima exceed what the other side can take.
        LawViolation: a dispatch is not balanced or not optimal (it would be a fault of this function).
    """
    width = upper - lower
    target = np.where(book.is_load, upper, -lower).sum(axis=1)
    excess = np.cumsum(width, axis=1)
    if book.positions.size:
        impossible = (target < 0) | (target > excess[:, -1])
        if impossible.any():
            raise InputError(_imbalance(book, lower[impossible][0], upper[impossible][0]))
    fill = target[:, None] - (excess - width)
    np.clip(fill, 0, width, out=fill)
    power = np.where(book.is_load, upper - fill, lower + fill)
    marginal = ((excess < target[:, None]) | ((target == 0)[:, None] & (excess == 0))).sum(axis=1)
    np.minimum(marginal, max(book.positions.size - 1, 0), out=marginal)
    _check(book, power, lower=lower, upper=upper, marginal=marginal)
    return Dispatches(power=power, marginal=marginal, overloaded=_overloaded(book, power))


def _imbalance(book: Book, lower: Integers, upper: Integers) -> str:
    generators = ~book.is_load
    return (
        f"no clearing: generation must be {lower[generators].sum()} to {upper[generators].sum()} W, "
        f"load {lower[book.is_load].sum()} to {upper[book.is_load].sum()} W"
    )


def _check(book: Book, power: Integers, *, lower: Integers, upper: Integers, marginal: Integers) -> None:
    """Check balance, bounds and complementary slackness, which is a duality gap of exactly zero.

    Only the marginal order may be strictly between its bounds; a cheaper generator runs, a cheaper load does not.
    """
    signed = np.where(book.is_load, -power, power)
    rank = np.arange(book.positions.size)
    at_top = rank < marginal[:, None]
    wanted = np.where(at_top ^ book.is_load, upper, lower)
    optimal = (power == wanted) | (rank == marginal[:, None])
    inside = (lower <= power) & (power <= upper)
    if signed.sum(axis=1).any() or not (optimal & inside).all():
        raise LawViolation("a merit-order clearing is not balanced or not optimal")


def _overloaded(book: Book, power: Integers) -> Integers:
    """Rows of a dispatch [W] that break a line limit; what is within the float error is decided in integers."""
    limits = np.array(book.market.network.limits, dtype=np.float64)
    if not limits.size:
        return np.zeros(0, dtype=np.int64)
    excess = (np.abs(power @ book.factors) - limits).max(axis=1)
    broken = excess > LINE_MARGIN
    for row in np.flatnonzero(np.abs(excess) <= LINE_MARGIN):
        broken[row] = _exactly_overloaded(book, power[row])
    return np.flatnonzero(broken)


def _exactly_overloaded(book: Book, power: Integers) -> bool:
    network = book.market.network
    injections = [0] * network.nodes
    for position, watts in zip(book.positions.tolist(), power.tolist(), strict=True):
        order = book.market.orders[position]
        injections[order.node] += -watts if order.is_load else watts
    return any(
        abs(sum(factor * watts for factor, watts in zip(row, injections, strict=True))) > limit * FACTOR_SCALE
        for limit, row in zip(network.limits, network.factors, strict=True)
    )
