"""How long an auction takes, beside scipy's linprog in the same run.

`python benchmarks/bench_auction.py`: the 24 hours of tests/vectors/auction/golden.json with every coalition and both
clearings, and one hour of five regions with eight orders each, on the same network with a tighter line. The baseline
solves the same different coalitions, each once, with linprog; its time is extrapolated from a sample, drawn evenly
over the hours.
"""

import random
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from offchain.auction.case_file import read_case
from offchain.auction.clearing import clear
from offchain.auction.coalitions import coalitions_of, regions_of
from offchain.auction.hour import exact_allocation, run_auction
from offchain.auction.ladder import REPAIRED
from offchain.auction.merit_order import Book, merit_order
from offchain.auction.orders import FACTOR_SCALE, FINE, Market, Order

CASE = PROJECT / "tests" / "vectors" / "auction" / "golden.json"
HOURS = 24
DAY_TARGET, DAY_RATIO, HOUR_TARGET = 3.0, 50.0, 0.5
SAMPLE = 20
"""Coalitions of each hour that linprog solves."""
MW = 10**6
LARGE_REGIONS, LARGE_REGION_ORDERS, TIGHT_LIMIT = 5, 8, 200 * MW


def linprog_seconds(market: Market, generator: random.Random) -> tuple[float, int]:
    """Seconds that linprog takes for a coalition with supply and demand, and how many such coalitions there are."""
    signs = np.array([-1.0 if order.is_load else 1.0 for order in market.orders])
    upper = np.array([order.upper for order in market.orders]) / MW
    costs = signs * np.array(market.prices) / 1e15
    rows = np.array(market.network.factors)[:, [order.node for order in market.orders]] / FACTOR_SCALE * signs
    limits = np.array(market.network.limits) / MW
    matrix, bounds = np.vstack([rows, -rows]), np.concatenate([limits, limits])
    members = coalitions_of(regions_of(market)).members
    two_sided = np.flatnonzero((members & (signs > 0)).any(axis=1) & (members & (signs < 0)).any(axis=1))
    chosen = generator.sample(two_sided.tolist(), SAMPLE)
    started = time.perf_counter()
    for row in chosen:
        box = np.column_stack([np.zeros(len(upper)), np.where(members[row], upper, 0.0)])
        linprog(costs, A_ub=matrix, b_ub=bounds, A_eq=signs[None, :], b_eq=[0.0], bounds=box)
    return (time.perf_counter() - started) / SAMPLE, len(two_sided)


def large_market(network_of: Market) -> Market:
    """Five regions of eight orders on the network of the case, 200 MW for its last line, drawn with a fixed seed."""
    draw = random.Random(2022)  # noqa: S311  a benchmark's data
    orders = []
    for node in range(LARGE_REGIONS):
        for number in range(LARGE_REGION_ORDERS):
            is_load = number % 2 == 1
            orders.append(
                Order(
                    node=node,
                    is_load=is_load,
                    price=draw.randrange(30_000_000, 80_000_000) if is_load else draw.randrange(5_000_000, 40_000_000),
                    intensity=0 if is_load else draw.choice([0, 420_000, 900_000]),
                    lower=0,
                    upper=draw.randrange(40 * MW, (240 if is_load else 400) * MW),
                )
            )
    network = replace(network_of.network, limits=(*network_of.network.limits[:-1], TIGHT_LIMIT))
    return replace(network_of, network=network, orders=tuple(orders))


def overloaded_coalitions(market: Market) -> int:
    """How many coalitions break a line limit in merit order: each of them takes a linear program."""
    book, members = Book(market), coalitions_of(regions_of(market)).members
    upper = np.where(members[:, book.positions], book.upper, 0)
    return len(merit_order(book, np.zeros_like(upper), upper).overloaded)


def main() -> int:
    """Print times, targets and ratios."""
    case = read_case(CASE)
    markets = [case.market(hour, resolution=FINE) for hour in range(HOURS)]
    started = time.perf_counter()
    results = [run_auction(market, rule=REPAIRED) for market in markets]
    day = time.perf_counter() - started
    clearings = sum(result.allocation.coalitions for result in results)

    generator = random.Random(7)  # noqa: S311  which coalitions are timed
    samples = [linprog_seconds(market, generator) for market in markets]
    baseline = sum(seconds * count for seconds, count in samples)

    large = large_market(markets[0])
    started = time.perf_counter()
    allocation = exact_allocation(clear(large))
    hour = time.perf_counter() - started

    print(f"24 hours of {CASE.name}: {clearings} coalitions, Owen values, ladder, both clearings, one process")
    print(f"  time       {day:8.2f} s    target {DAY_TARGET:g} s     ratio {day / DAY_TARGET:.2f}")
    solvable = sum(count for _, count in samples)
    print(f"  linprog    {baseline:8.1f} s    extrapolated from {SAMPLE * HOURS} of {solvable} with supply and demand")
    print(f"  speed-up   {baseline / day:8.0f} x    target {DAY_RATIO:g} x    ratio {baseline / day / DAY_RATIO:.2f}")
    print(
        f"one hour of {LARGE_REGIONS} regions x {LARGE_REGION_ORDERS} orders: {allocation.coalitions} coalitions, "
        f"{overloaded_coalitions(large)} of them with a binding line"
    )
    print(f"  time       {hour:8.3f} s    target {HOUR_TARGET:g} s   ratio {hour / HOUR_TARGET:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
