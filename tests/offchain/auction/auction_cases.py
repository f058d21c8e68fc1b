"""Markets for the auction's tests: the golden case, random ones, and an independent linear program."""

import json
import random
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

from offchain.auction.case import AuctionCase
from offchain.auction.case_file import parse_case
from offchain.auction.network import Line, limited_network
from offchain.auction.orders import CHAIN, FINE, Market, Network, Order
from offchain.files import PROJECT

VECTORS = PROJECT / "tests" / "vectors" / "auction" / "golden.json"
GOLDEN = json.loads(VECTORS.read_text())
MW = 10**6
POINT_WEI_PER_MWH = 10**15


def golden_case(*, congested: bool = False) -> AuctionCase:
    content = json.loads(VECTORS.read_text())
    if congested:
        for line in content["network"]["lines"]:
            line["limit_MW"] = GOLDEN["congested_variant"]["limits"].get(line["frm"] + line["to"])
    return parse_case(content)


def golden_hours():
    """Case, hour and expected values of the three hours and of the congested variant."""
    plain = [(golden_case(), expected) for expected in GOLDEN["expected_hours"]]
    return [*plain, (golden_case(congested=True), GOLDEN["congested_variant"])]


def one_bus(*orders: Order) -> Market:
    return Market(network=Network(nodes=1, limits=(), factors=()), orders=orders)


def generator(price: int, upper: int, *, node: int = 0, lower: int = 0, intensity: int = 0) -> Order:
    return Order(node=node, is_load=False, price=price, intensity=intensity, lower=lower, upper=upper)


def load(price: int, upper: int, *, node: int = 0, lower: int = 0) -> Order:
    return Order(node=node, is_load=True, price=price, intensity=0, lower=lower, upper=upper)


def random_lines(draw: random.Random, buses: int, *, connected: bool = True) -> list[Line]:
    """A random tree, then some more lines; about half have limits. An unconnected network lacks some of the tree."""
    ends = [(draw.randrange(bus), bus) for bus in range(1, buses) if connected or draw.random() < 0.6]
    ends += [tuple(draw.sample(range(buses), 2)) for _ in range(draw.randrange(buses))] if buses > 1 else []
    return [
        Line(
            name=f"line {number}",
            first=first,
            second=second,
            x_pu=draw.uniform(0.005, 0.05),
            limit_mw=draw.choice([None, round(draw.uniform(5, 150), draw.randrange(4))]),
        )
        for number, (first, second) in enumerate(ends)
    ]


def random_orders(draw: random.Random, buses: int, *, count: int, minima: bool = False, fine: bool = False):
    unit = FINE.units_per_gram if fine else 1
    orders = []
    for _ in range(count):
        is_load = draw.random() < 0.45
        upper = draw.choice([0, draw.randrange(1, 1000), draw.randrange(1, 200 * MW), 50 * MW])
        price = draw.randrange(-50, 800) if draw.random() < 0.8 else draw.choice([200, 300])
        orders.append(
            Order(
                node=draw.randrange(buses),
                is_load=is_load,
                price=price * (10**5 if fine else 1),
                intensity=0 if is_load else draw.choice([0, 400, 900, draw.randrange(1500)]) * unit,
                lower=draw.choice([0, 0, draw.randrange(upper + 1)]) if minima else 0,
                upper=upper,
            )
        )
    return tuple(orders)


def random_market(seed: int, *, minima: bool = False, connected: bool = True) -> tuple[Market, list[Line]]:
    draw = random.Random(seed)  # noqa: S311  test data
    buses = draw.randrange(1, 7)
    lines = random_lines(draw, buses, connected=connected)
    orders = random_orders(draw, buses, count=draw.randrange(2, 16), minima=minima)
    return Market(network=limited_network(buses, lines), orders=orders), lines


def tight_market(seed: int) -> tuple[Market, list[Line]]:
    """Many orders, every line with a low limit: most have one to five binding lines."""
    draw = random.Random(10**6 + seed)  # noqa: S311  test data
    buses = draw.randrange(3, 9)
    lines = [replace(line, limit_mw=round(draw.uniform(3, 60), 3)) for line in random_lines(draw, buses)]
    fine = draw.random() < 0.5
    orders = random_orders(draw, buses, count=draw.randrange(10, 30), fine=fine)
    network = limited_network(buses, lines)
    return Market(network=network, orders=orders, resolution=FINE if fine else CHAIN), lines


def angle_optimum(market: Market, lines: list[Line]) -> float | None:
    """Best objective [money] by a linear program on voltage angles: no distribution factors; None if infeasible."""
    count, buses = len(market.orders), market.network.nodes
    signs = np.array([-1.0 if order.is_load else 1.0 for order in market.orders])
    balance = np.zeros((buses, count + buses))
    for column, order in enumerate(market.orders):
        balance[order.node, column] = signs[column]
    limits, rows = [], []
    for line in lines:
        flow = np.zeros(count + buses)
        flow[count + line.first], flow[count + line.second] = 1 / line.x_pu, -1 / line.x_pu
        balance[line.first] -= flow
        balance[line.second] += flow
        if line.limit_mw is not None:
            rows += [flow, -flow]
            limits += [line.limit_mw] * 2
    costs = signs * np.array([price / POINT_WEI_PER_MWH for price in market.prices])
    bounds = [(order.lower / MW, order.upper / MW) for order in market.orders] + [(None, None)] * buses
    answer = linprog(
        np.concatenate([costs, np.zeros(buses)]),
        A_ub=np.array(rows) if rows else None,
        b_ub=limits or None,
        A_eq=balance,
        b_eq=np.zeros(buses),
        bounds=bounds,
    )
    return -answer.fun if answer.status == 0 else None
