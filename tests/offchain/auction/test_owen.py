"""The Owen value against the golden hours, the paper's nested form, all permutations, and its axioms."""

import random
from fractions import Fraction
from itertools import permutations, product
from math import factorial

import numpy as np
import pytest

from offchain.auction.clearing import clear
from offchain.auction.coalitions import clear_coalitions, coalition_count, coalitions_of, emissions, regions_of
from offchain.auction.hour import exact_allocation, sampled_allocation
from offchain.auction.network import limited_network
from offchain.auction.orders import CHAIN, FINE, Market, Network
from offchain.auction.owen import owen_values, region_values, share_out
from offchain.errors import InputError
from tests.offchain.auction.auction_cases import (
    GOLDEN,
    MW,
    generator,
    golden_case,
    golden_hours,
    load,
    random_lines,
    random_orders,
)


def shapley(players, value):
    """Shapley value of a game by its definition; `value` takes a frozenset."""
    n, shares = len(players), {}
    for player in players:
        others = [p for p in players if p != player]
        total = Fraction(0)
        for bits in product((0, 1), repeat=n - 1):
            part = frozenset(p for p, bit in zip(others, bits, strict=True) if bit)
            weight = Fraction(factorial(len(part)) * factorial(n - len(part) - 1), factorial(n))
            total += weight * (value(part | {player}) - value(part))
        shares[player] = total
    return shares


def nested_owen(regions, value):
    """Eqs. (3)-(6) to the letter: s(R) is what the region gets when only R of it is there, then Shapley of s."""
    shares = {}
    for k, region in enumerate(regions):
        others = [r for r in range(len(regions)) if r != k]

        def of_region(part, k=k, others=others):
            def united(names):
                return frozenset(part if k in names else ()).union(*(regions[r] for r in names if r != k))

            return shapley([*others, k], lambda names: value(united(names)))[k]

        shares.update(shapley(list(region), lambda part, s=of_region: s(part)))
    return shares


def permutation_owen(regions, value):
    """Mean gain over all orders of arrival that keep each region together."""
    totals, count = dict.fromkeys([p for region in regions for p in region], Fraction(0)), 0
    for order in permutations(regions):
        for arrivals in product(*(permutations(region) for region in order)):
            count += 1
            present = frozenset()
            for player in (p for arrival in arrivals for p in arrival):
                totals[player] += value(present | {player}) - value(present)
                present |= {player}
    return {player: total / count for player, total in totals.items()}


def table_of(regions, value):
    """Values of the coalitions that the Owen value needs, from a function of frozensets."""
    coalitions = coalitions_of(regions)
    return coalitions, np.array([value(frozenset(np.flatnonzero(row).tolist())) for row in coalitions.members])


def random_game(seed):
    draw = random.Random(seed)  # noqa: S311  test data
    sizes = [draw.randrange(1, 4) for _ in range(draw.randrange(1, 4))]
    regions, first = [], 0
    for size in sizes:
        regions.append(tuple(range(first, first + size)))
        first += size
    values = {}

    def value(part):
        return values.setdefault(part, draw.randrange(-(10**12), 10**12) if part else 0)

    return tuple(regions), value


def random_auction(seed):
    """A market of two to four regions with up to four orders, with lines, minima and a twin in the first region."""
    draw = random.Random(seed)  # noqa: S311  test data
    buses = draw.randrange(2, 5)
    orders = [order for bus in range(buses) for order in random_orders(draw, 1, count=draw.randrange(1, 4))]
    nodes = sorted(draw.choices(range(buses), k=len(orders)))
    placed = [_at(order, node) for order, node in zip(orders, nodes, strict=True)]
    placed.append(placed[0])
    return Market(network=limited_network(buses, random_lines(draw, buses)), orders=tuple(placed))


def _at(order, node):
    build = load if order.is_load else generator
    more = {} if order.is_load else {"intensity": order.intensity}
    return build(order.price, order.upper, node=node, **more)


@pytest.mark.parametrize("resolution", [CHAIN, FINE])
@pytest.mark.parametrize(("case", "expected"), golden_hours())
def test_golden_hours(case, expected, resolution):
    cleared = clear(case.market(expected["hour"], resolution=resolution))
    allocation = exact_allocation(cleared)
    assert allocation.coalitions == GOLDEN["counts"]["distinct_coalitions"]
    for order, share in zip(case.orders, allocation.shares, strict=True):
        assert float(share) / MW == pytest.approx(expected["owen_t"][order.name], abs=1e-3)


def test_small_game_exactly():
    game = GOLDEN["small_game"]
    regions = tuple(map(tuple, game["regions"]))
    coalitions, values = table_of(regions, lambda part: game["c"][sum(1 << p for p in part)])
    assert owen_values(values, coalitions) == tuple(map(Fraction, game["owen"]))


@pytest.mark.parametrize("seed", range(40))
def test_nested_textbook_and_permutations_agree(seed):
    regions, value = random_game(seed)
    coalitions, values = table_of(regions, value)
    shares = dict(enumerate(owen_values(values, coalitions)))
    assert shares == nested_owen(regions, value)
    assert shares == permutation_owen(regions, value)


def test_axioms_on_random_markets():
    """Efficiency, symmetry inside a region, null player and quotient game on 500 markets, in exact arithmetic.

    Twins whose coalitions clear on a binding line may differ by the watts of rounding: 10 W x 1,500 g/kWh.
    """
    for seed in range(500):
        market = random_auction(seed)
        nobody = generator(10_000, 50 * MW, intensity=900)
        market = Market(network=market.network, orders=(*market.orders, nobody))
        cleared = clear(market)
        coalitions = coalitions_of(regions_of(market))
        values = emissions(market, clear_coalitions(cleared, coalitions.members))
        shares = owen_values(values, coalitions)
        assert sum(shares) == cleared.emission, seed
        assert abs(shares[0] - shares[-2]) <= 15_000, seed
        assert shares[-1] == 0, seed
        whole = values[: 2 ** len(coalitions.regions)]
        of_regions = shapley(
            list(range(len(coalitions.regions))), lambda part, whole=whole: int(whole[sum(1 << k for k in part)])
        )
        for k, region in enumerate(coalitions.regions):
            assert sum(shares[p] for p in region) == of_regions[k], seed


def test_load_below_every_unit_gets_exactly_nothing():
    case = golden_case()
    market = case.market(12)
    shares = exact_allocation(clear(Market(network=market.network, orders=(*market.orders, load(40, 90 * MW))))).shares
    assert shares[-1] == 0


def test_coalitions_are_distinct_and_found_by_their_bits():
    regions = ((0, 3), (1,), (2, 4, 5))
    coalitions = coalitions_of(regions)
    assert len(coalitions.members) == coalition_count(regions) == 8 + 4 * (2 + 0 + 6)
    assert len(np.unique(coalitions.members, axis=0)) == len(coalitions.members)
    for k, (region, rows) in enumerate(zip(regions, coalitions.tables, strict=True)):
        others = [r for r in range(3) if r != k]
        for sets, parts in product(range(4), range(2 ** len(region))):
            expected = {p for i, p in enumerate(region) if parts >> i & 1}
            expected.update(p for i, r in enumerate(others) if sets >> i & 1 for p in regions[r])
            assert set(np.flatnonzero(coalitions.members[rows[sets, parts]]).tolist()) == expected


def test_minima_are_relaxed_except_for_everybody():
    """Alone with the load, the must-run unit at 900 is not needed: only in the whole market it runs."""
    orders = (generator(100, 50, intensity=400), generator(900, 20, lower=5, intensity=900), load(500, 30))
    cleared = clear(Market(network=Network(nodes=1, limits=(), factors=()), orders=orders))
    members = np.array([[1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=np.bool_)
    assert clear_coalitions(cleared, members).tolist() == [[25, 5, 30], [0, 0, 0], [30, 0, 30], [0, 0, 0]]


def test_every_coalition_is_the_clearing_of_its_market():
    """All 9,344 at once are what one by one gives, also where a line binds."""
    market = golden_case(congested=True).market(12)
    cleared = clear(market)
    coalitions = coalitions_of(regions_of(market))
    power = clear_coalitions(cleared, coalitions.members)
    for row in range(0, len(power), 37):
        members = frozenset(np.flatnonzero(coalitions.members[row]).tolist())
        assert tuple(power[row].tolist()) == clear(market.restricted(members)).dispatch


def test_values_beyond_64_bits_stay_exact():
    """Shares of an additive game are its players' values, whatever their size."""
    worth = [3**36, -(5**25), 7**20]
    table = np.array([[sum(w for i, w in enumerate(worth) if bits >> i & 1) for bits in range(8)]] * 64)
    assert region_values(table) == tuple(map(Fraction, worth))


def test_more_coalitions_than_the_limit_are_refused():
    with pytest.raises(InputError, match="ask for a sample"):
        coalitions_of((tuple(range(22)),))


def test_sample_is_efficient_reproducible_and_close():
    """1,000 permutations of hour 12: 26 errors of about one standard error each, none beyond five."""
    cleared = clear(golden_case().market(12, resolution=FINE))
    sampled = sampled_allocation(cleared, permutations=1000, seed=7)
    exact = exact_allocation(cleared)
    assert sampled.standard_errors is not None
    assert float(sum(sampled.shares)) * 1e6 == pytest.approx(cleared.emission)
    assert sampled == sampled_allocation(cleared, permutations=1000, seed=7)
    assert sampled.coalitions < exact.coalitions
    scores = [
        float(estimate - share) / error
        for estimate, share, error in zip(sampled.shares, exact.shares, sampled.standard_errors, strict=True)
        if error
    ]
    assert max(map(abs, scores)) < 5
    assert 0.4 < np.mean(np.square(scores)) < 2.5


@pytest.mark.parametrize("count", [0, 2, 5])
def test_sample_needs_pairs(count):
    with pytest.raises(InputError, match=f"{count} permutations: allowed are even numbers from 4"):
        sampled_allocation(clear(golden_case().market(0)), permutations=count, seed=0)


def test_whole_shares_sum_to_the_total():
    thirds = [Fraction(10, 3), Fraction(10, 3), Fraction(10, 3), Fraction(-5, 2), Fraction(5, 2)]
    assert share_out(10, thirds) == (3, 3, 3, -2, 3)
    assert share_out(0, []) == ()


def test_chain_shares_are_whole_grams_less_than_one_off():
    cleared = clear(golden_case(congested=True).market(12))
    coalitions = coalitions_of(regions_of(cleared.market))
    exact = owen_values(emissions(cleared.market, clear_coalitions(cleared, coalitions.members)), coalitions)
    shares = exact_allocation(cleared).shares
    assert all(share.denominator == 1 for share in shares)
    assert sum(shares) == (cleared.emission + 500) // 1000
    assert all(abs(share - value / 1000) < 1 for share, value in zip(shares, exact, strict=True))
