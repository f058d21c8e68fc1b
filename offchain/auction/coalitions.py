"""Coalitions of a market with regions, each cleared once: the characteristic function of the Owen value.

The Owen value needs, for every region, whole other regions joined by any part of this one. Written out that is one
clearing per term of a double sum; most terms share coalitions, and 2^(m - 1) sum(2^n - 2) + 2^m different ones
remain. Each has a fixed row, found by its bits, and all are cleared together.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from offchain.auction.clearing import Clearing, clear_with_lines
from offchain.auction.linear_program import LineProgram
from offchain.auction.merit_order import Book, Mask, merit_order
from offchain.auction.orders import Market
from offchain.errors import InputError
from offchain.units import Integers

MAX_COALITIONS = 2**21
CHUNK = 2**10
"""Coalitions cleared at a time: few enough for the cache of a core."""
KEPT = 2**16
"""Coalitions whose dispatches are in memory at a time when only their emissions are wanted."""

Regions = tuple[tuple[int, ...], ...]
"""Positions of each region's orders."""


@dataclass(frozen=True, kw_only=True)
class Coalitions:
    """All coalitions that the Owen value of a market needs; row 0 is nobody, row 2^m - 1 everybody."""

    regions: Regions
    members: Mask
    """Who takes part, (coalitions, orders)."""
    tables: tuple[Integers, ...]
    """Per region the row of each coalition, (2^(m - 1) sets of whole other regions, 2^n parts of the region)."""


def regions_of(market: Market) -> Regions:
    """Positions of the orders of each node that has any, by node."""
    nodes = sorted({order.node for order in market.orders})
    return tuple(tuple(p for p, order in enumerate(market.orders) if order.node == node) for node in nodes)


def coalition_count(regions: Regions) -> int:
    """How many different coalitions the Owen value needs."""
    others = 1 << max(len(regions) - 1, 0)
    return (1 << len(regions)) + others * sum((1 << len(region)) - 2 for region in regions)


@lru_cache(maxsize=8)
def coalitions_of(regions: Regions) -> Coalitions:
    """All coalitions of regions whose orders are at positions 0, 1, ...

    Raises:
        InputError: there are more than 2^21.
    """
    count, m = coalition_count(regions), len(regions)
    if count > MAX_COALITIONS:
        raise InputError(f"{count} coalitions, at most {MAX_COALITIONS} are cleared: ask for a sample instead")
    orders = sum(map(len, regions))
    whole = np.zeros((2**m, orders), dtype=np.bool_)
    for k, region in enumerate(regions):
        whole[:, region] = (np.arange(2**m)[:, None] >> k) & 1
    blocks, tables, first = [whole], [], 2**m
    for k, region in enumerate(regions):
        n, sets = len(region), np.arange(2 ** (m - 1))
        unions = (sets >> k << (k + 1)) | (sets & ((1 << k) - 1))
        parts = np.arange(1, 2**n - 1)
        rows = np.empty((len(sets), 2**n), dtype=np.int64)
        rows[:, 0], rows[:, -1] = unions, unions | 1 << k
        rows[:, 1:-1] = first + np.arange(len(sets) * len(parts)).reshape(len(sets), len(parts))
        block = np.repeat(whole[unions], len(parts), axis=0)
        block[:, region] = np.tile((parts[:, None] >> np.arange(n)) & 1, (len(sets), 1))
        blocks.append(block)
        tables.append(rows)
        first += len(block)
    return Coalitions(regions=regions, members=np.concatenate(blocks), tables=tuple(tables))


def clear_coalitions(clearing: Clearing, members: Mask) -> Integers:
    """Power [W] of each order in coalitions of a market, both (coalitions, orders); everybody clears as given.

    Minimum outputs are relaxed to 0 in every other coalition. A coalition with one side only has no power.

    Raises:
        LawViolation: a coalition's clearing cannot be proven optimal.
    """
    market = clearing.market
    book = Book(market)
    power = np.zeros(members.shape, dtype=np.int64)
    overloaded: list[int] = []
    for start in range(0, len(members), CHUNK):
        upper = np.where(members[start : start + CHUNK, book.positions], book.upper, 0)
        cleared = merit_order(book, np.zeros_like(upper), upper)
        power[start : start + CHUNK, book.positions] = cleared.power
        overloaded.extend((cleared.overloaded + start).tolist())
    everybody: Mask = np.asarray(members.all(axis=1))
    power[everybody] = clearing.dispatch
    congested = [row for row in overloaded if not everybody[row]]
    if congested:
        program = LineProgram(market)
        for row in congested:
            coalition = market.restricted(frozenset(np.flatnonzero(members[row]).tolist()))
            power[row] = clear_with_lines(coalition, program).dispatch
    return power


def coalition_emissions(clearing: Clearing, members: Mask) -> Integers:
    """Emission of each coalition (coalitions, orders) of a market, without keeping their dispatches, (coalitions,).

    Raises:
        LawViolation: a coalition's clearing cannot be proven optimal.
    """
    found = np.zeros(len(members), dtype=np.int64)
    for start in range(0, len(members), KEPT):
        part = slice(start, start + KEPT)
        found[part] = emissions(clearing.market, clear_coalitions(clearing, members[part]))
    return found


def emissions(market: Market, power: Integers) -> Integers:
    """Emission of each dispatch [W, (dispatches, orders)] in W x unit of intensity: mgCO2e at chain resolution."""
    return power @ np.array([order.intensity for order in market.orders], dtype=np.int64)
