"""Ladder and award prices on chain against the exact fractions of offchain/auction, on random markets."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from offchain.auction.clearing import Clearing, clear
from offchain.auction.ladder import LADDERS, PAPER, REPAIRED, adjusted_market, ladder_adders
from offchain.auction.optimality import emission, infeasibility, nodal_prices, objective
from offchain.auction.orders import MAX_PRICE, Market, Network, Order
from offchain.auction.packing import pack_dispatch, pack_order, pack_orders, pack_shares
from offchain.auction.settlement import PriceLimits, locked, prices_paid
from tests.support.auction_house import LIMITS, Play, golden_market
from tests.support.region import plain

MW = 10**6
CASES = 200
GOLDEN, DE200 = Play(golden_market(12)), Play(golden_market(12, limit_de=200))
FREE = Network(nodes=5, limits=(), factors=())


@pytest.fixture(scope="module")
def opened(region, harness):
    return harness["AuctionHarness"].deploy({"from": region.deployer})


def random_orders(draw, count):
    orders = []
    for _ in range(count):
        is_load = draw.random() < 0.5
        upper = draw.choice([0, 1, 2, draw.randrange(1, 10**4), draw.randrange(1, 500 * MW), 2**40 - 1])
        orders.append(
            Order(
                node=draw.randrange(5),
                is_load=is_load,
                price=draw.choice([0, -1, 1, draw.randrange(-5_000, 40_001)]),
                intensity=0 if is_load else draw.randrange(1_501),
                lower=draw.choice([0, 0, draw.randrange(upper + 1)]),
                upper=upper,
            )
        )
    return tuple(orders)


@pytest.mark.parametrize("name", LADDERS)
def test_ladder_prices_are_the_exact_fractions_rounded_once(opened, name):
    rule = LADDERS[name]
    draw = random.Random(name)  # noqa: S311  test data
    for case in range(CASES):
        market = Market(network=FREE, orders=random_orders(draw, draw.randrange(1, 41)))
        dispatch = tuple(draw.choice([0, 1, order.upper, draw.randrange(order.upper + 1)]) for order in market.orders)
        scale = draw.choice([10, 10**6, 10**9])
        shares = [draw.randrange(-scale, scale + 1) for _ in market.orders]
        ceiling = draw.choice([LIMITS.ceiling, MAX_PRICE])
        adders = ladder_adders(market, dispatch, shares=shares, rule=rule)
        expected = pack_orders(adjusted_market(market, adders, ceiling=max(ceiling, 0)))
        ladder = (*rule.settings, ceiling)
        shown = (pack_orders(market), pack_dispatch(dispatch), pack_shares(shares))
        assert bytes(opened.adjust(ladder, *shown)) == expected, case


@pytest.mark.parametrize("rule", [PAPER, REPAIRED], ids=lambda rule: rule.name)
def test_a_tie_of_the_ladder_goes_up(opened, rule):
    """Two generators, x = 0 and 100 g, mean 50: the second costs 50 r1 + 50 r2, here one tick and a half per kWh."""
    cost = 50 * (rule.below + rule.above)
    power = 1000 * cost * 2 // (3 * 10**14)
    assert 1000 * cost * 2 == 3 * 10**14 * power
    orders = tuple(Order(node=0, is_load=False, price=5, intensity=0, lower=0, upper=power) for _ in range(2))
    adjusted = bytes(
        opened.adjust(
            (*rule.settings, 40_000),
            b"".join(pack_order(order) for order in orders),
            pack_dispatch((power, power)),
            pack_shares((0, 100)),
        )
    )
    assert [int.from_bytes(adjusted[16 * i + 1 : 16 * i + 4], "big") for i in range(2)] == [5, 7]


def paid(opened, clearing: Clearing, limits: PriceLimits):
    certificate, market = clearing.certificate, clearing.market
    nodal = nodal_prices(market, mu=certificate.mu, nu=certificate.nu)
    return plain(
        opened.paid(
            [pack_order(order) for order in market.orders],
            list(clearing.dispatch),
            [nodal[order.node] for order in market.orders],
            clearing.congested,
            (limits.floor, limits.ceiling),
        )
    )


@pytest.mark.parametrize("market", [golden_market(12), golden_market(12, limit_de=200)], ids=["free", "congested"])
def test_prices_paid_are_those_of_the_arithmetic(opened, market):
    clearing = clear(market)
    draw = random.Random(3)  # noqa: S311  test data
    for _ in range(CASES):
        shift = draw.choice([0, draw.randrange(-(10**18), 10**18)])
        nu = tuple(price + draw.randrange(-(10**16), 10**16) if price else 0 for price in clearing.certificate.nu)
        certificate = replace(clearing.certificate, mu=clearing.certificate.mu + shift, nu=nu)
        moved = replace(clearing, certificate=certificate)
        assert paid(opened, moved, LIMITS) == prices_paid(moved, limits=LIMITS)


def test_nobody_can_be_asked_for_more_than_is_locked(opened):
    """Whatever the nodal price and the ladder, energy and adder together stay within the lock."""
    draw = random.Random(11)  # noqa: S311  test data
    for _ in range(CASES):
        orders = random_orders(draw, 20)
        before = [pack_order(order) for order in orders]
        limits = (LIMITS.floor, LIMITS.ceiling)
        locks = plain(opened.mostPayable(before, limits))
        assert [lock * 10**11 for lock in locks] == list(locked(orders, limits=LIMITS, tick=10**14))

        powers, after, nodal = [], [], []
        for order in orders:
            powers.append(draw.choice([order.lower, order.upper, draw.randrange(order.lower, order.upper + 1)]))
            adder = draw.choice([0, 1, draw.randrange(60_000)])
            price = min(order.price + adder, LIMITS.ceiling)
            if order.is_load:
                price = max(order.price - adder, min(order.price, 0))
            after.append(replace(order, price=price))
            nodal.append(draw.randrange(-(10**19), 10**19) * 10**9)
        congested = draw.random() < 0.5
        prices = plain(opened.paid([pack_order(order) for order in after], powers, nodal, congested, limits))
        for order, changed, power, price, lock in zip(orders, after, powers, prices, locks, strict=True):
            asked = (price if order.is_load else -price) * power + abs(changed.price - order.price) * power
            assert asked <= lock


def test_months_are_those_of_the_calendar(opened):
    epoch = date(1970, 1, 1)
    days = [*range(0, 366 * 5), *range(47_400, 47_900), *range(10_900, 11_100)]  # 2100 has no leap day, 2000 has one
    dates = [epoch + timedelta(days=day) for day in days]
    expected = tuple(on.year * 12 + on.month - 1 for on in dates)
    assert plain(opened.monthsOf(days, {"gas": 10**9})) == expected


def test_the_members_of_a_position_are_the_modules(opened):
    """Every region, 200 positions each and the last: bit by bit those of the coalitions that were cleared."""
    draw = random.Random(5)  # noqa: S311  test data
    counts = sum(sum(order.node == node for order in GOLDEN.market.orders) << (8 * node) for node in range(5))
    for node in GOLDEN.nodes:
        rows = GOLDEN.rows(node)
        for position in [*(draw.randrange(len(rows)) for _ in range(200)), 0, len(rows) - 1]:
            members = GOLDEN.coalitions.members[rows[position]].tolist()
            expected = sum(bool(takes_part) << i for i, takes_part in enumerate(members))
            assert opened.members(GOLDEN.orders, counts, node, position) == expected, (node, position)


def spoiled(draw, dispatch, members):
    """A coalition's dispatch as it is, or with one fault."""
    powers = list(dispatch)
    fault = draw.choice(["none", "beyond", "absent", "watt", "swing"])
    present = [i for i, takes_part in enumerate(members) if takes_part]
    absent = [i for i, takes_part in enumerate(members) if not takes_part]
    orders = DE200.market.orders
    others = [j for j in present if orders[j].is_load != orders[present[0]].is_load and powers[j] < orders[j].upper]
    if fault == "beyond" and others:  # balanced
        first, second = present[0], others[0]
        powers[second] += orders[first].upper + 1 - powers[first]
        powers[first] = orders[first].upper + 1
    elif fault == "absent" and absent:
        powers[draw.choice(absent)] = 1
    elif fault == "watt" and present:
        powers[draw.choice(present)] += 1
    elif fault == "swing" and len(present) > 1:  # balanced, perhaps beyond a line
        first, second = draw.sample(present, 2)
        same = orders[first].is_load == orders[second].is_load
        watts = min(powers[first], 50 * MW)
        powers[first] -= watts
        powers[second] += watts if same else -min(watts, powers[second])
    return powers


def test_a_dispatch_is_worth_what_the_arithmetic_says(opened):
    draw = random.Random(6)  # noqa: S311  test data
    evidence, masks, expected = [], [], []
    for _ in range(CASES * 3):
        row = draw.randrange(len(DE200.power))
        members = DE200.coalitions.members[row].tolist()
        powers = spoiled(draw, DE200.power[row].tolist(), members)
        relaxed = tuple(
            replace(order, lower=0, upper=order.upper if takes_part else 0)
            for order, takes_part in zip(DE200.market.orders, members, strict=True)
        )
        market = replace(DE200.market, orders=relaxed)
        evidence.append((DE200.orders, DE200.network, pack_dispatch(powers)))
        masks.append(sum(bool(takes_part) << i for i, takes_part in enumerate(members)))
        expected.append((infeasibility(market, powers) is None, objective(market, powers), emission(market, powers)))
    found = []
    for start in range(0, len(masks), 50):
        found += plain(opened.evaluate(evidence[start : start + 50], masks[start : start + 50], {"gas": 10**9}))
    assert [bool(worth[0]) for worth in found] == [worth[0] for worth in expected]
    assert [worth[1:] for worth in found if worth[0]] == [worth[1:] for worth in expected if worth[0]]
    assert CASES < sum(worth[0] for worth in expected) < 2.5 * CASES
