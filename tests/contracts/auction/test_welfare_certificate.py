"""The certificate on chain against its Python twin, which checks it by another formula (bound less objective)."""

import random
from dataclasses import replace

import pytest

from offchain.auction.clearing import Clearing, clear
from offchain.auction.optimality import certify, emission
from offchain.auction.orders import Market, Network, Order
from offchain.auction.packing import pack_dispatch, pack_network, pack_order, pack_orders, pack_prices
from offchain.errors import GridleafError, LawViolation
from tests.support.auction_house import golden_market, shown, small_market, two_zones
from tests.support.region import plain
from tests.support.reverts import reverts

MW = 10**6
BATCH = 100
ACCEPTED = bytes(4)
BOUNDS, BALANCE, LINE = 1, 2, 3


@pytest.fixture(scope="module")
def opened(region, harness):
    return harness["AuctionHarness"].deploy({"from": region.deployer})


def random_market(seed: int) -> Market:
    """Up to 20 orders at up to 6 nodes, up to 3 lines with random factors; few prices, so that many are equal."""
    draw = random.Random(seed)  # noqa: S311  test data
    nodes = draw.randrange(1, 7)
    lines = draw.randrange(0, 4) if nodes > 1 else 0
    network = Network(
        nodes=nodes,
        limits=tuple(draw.randrange(1, 80 * MW) for _ in range(lines)),
        factors=tuple(tuple(draw.randrange(-(10**9), 10**9 + 1) for _ in range(nodes)) for _ in range(lines)),
    )
    orders = []
    for _ in range(draw.randrange(2, 21)):
        is_load = draw.random() < 0.45
        upper = draw.choice([0, draw.randrange(1, 1_000), draw.randrange(1, 150 * MW), 50 * MW])
        orders.append(
            Order(
                node=draw.randrange(nodes),
                is_load=is_load,
                price=draw.choice([200, 300, draw.randrange(-50, 800)]),
                intensity=0 if is_load else draw.choice([0, 400, 900]),
                lower=draw.randrange(upper + 1) if draw.random() < 0.05 else 0,
                upper=upper,
            )
        )
    return Market(network=network, orders=tuple(orders))


def clearings(count: int) -> list[Clearing]:
    """So many random markets that have a clearing, cleared."""
    found = []
    for seed in range(10**6):
        try:
            found.append(clear(random_market(seed)))
        except GridleafError:
            continue  # minima that no dispatch can serve
        if len(found) == count:
            break
    return found


@pytest.fixture(scope="module")
def cleared():
    return clearings(1_000)


def verdicts(opened, cases):
    answers = []
    for start in range(0, len(cases), BATCH):
        answers += opened.verdicts.call(cases[start : start + BATCH], {"gas": 10**9})
    return [(bytes(error), int(amount), bool(congested)) for error, amount, congested in answers]


@pytest.mark.parametrize(
    ("market", "grams"),
    [
        (golden_market(0), 651_940_000),
        (golden_market(12), 983_500_000),
        (golden_market(12, limit_de=200), 956_727_313),
    ],
    ids=["hour 0", "hour 12", "hour 12, DE 200 MW"],
)
def test_the_golden_hours_are_accepted(opened, market, grams):
    milligrams, congested = opened.check(shown(clear(market)))
    assert abs(milligrams - 1_000 * grams) <= 1_000 * 1_000  # the golden file has grams to a kilogram
    assert congested == (grams == 956_727_313)


def test_a_hand_calculated_clearing(opened):
    """60 MW of demand; wind at 310 is dearer than coal at 300, so coal runs full: 60 MW x 900 g/kWh."""
    market = small_market()
    c = [300 * 10**14 + 900 * 3 * 10**10 + 10**6, 310 * 10**14 + 3 * 10**6]
    dispatch = (60 * MW, 50 * MW, 0, 10 * MW)
    shows = (pack_orders(market), pack_network(market.network), pack_dispatch(dispatch))
    assert plain(opened.check((*shows, pack_prices(c[0], ())))) == (60 * MW * 900, False)
    # one point-wei more certifies too, up to the price of wind; but it is not the lowest that does
    with reverts("WelfareCertificate_PriceNotLowest", c[0] + 1, c[0]):
        opened.check((*shows, pack_prices(c[0] + 1, ())))
    with reverts("WelfareCertificate_Gap", 60 * MW * 10**9, 0):
        opened.check((*shows, pack_prices(c[0] - 1, ())))


def test_every_clearing_of_the_module_is_accepted(opened, cleared):
    expected = [(ACCEPTED, emission(c.market, c.dispatch), c.congested) for c in cleared]
    assert verdicts(opened, [shown(c) for c in cleared]) == expected
    assert sum(c.congested for c in cleared) > 100  # both kinds are there


def one_watt(draw, clearing):
    """A watt moved: one order's power, or two so that the balance stays."""
    dispatch = list(clearing.dispatch)
    first, second = draw.randrange(len(dispatch)), draw.randrange(len(dispatch))
    orders = clearing.market.orders
    dispatch[first] += 1
    dispatch[second] += -1 if orders[first].is_load == orders[second].is_load else 1
    return clearing.market, tuple(dispatch), clearing.certificate.mu, clearing.certificate.nu


def one_price(draw, clearing):
    """A dual price changed by a point-wei, by a tick, or much."""
    prices = [clearing.certificate.mu, *clearing.certificate.nu]
    prices[draw.randrange(len(prices))] += draw.choice([-1, 1, -(10**14), 10**14, draw.randrange(-(10**17), 10**17)])
    return clearing.market, clearing.dispatch, prices[0], tuple(prices[1:])


def one_quote(draw, clearing):
    """An order's limit price changed; the dispatch is of the true list."""
    orders = list(clearing.market.orders)
    position = draw.randrange(len(orders))
    orders[position] = replace(orders[position], price=orders[position].price + draw.choice([-100, -1, 1, 100]))
    market = replace(clearing.market, orders=tuple(orders))
    return market, clearing.dispatch, clearing.certificate.mu, clearing.certificate.nu


def swapped(draw, clearing):
    """Two orders of the list change places."""
    orders = list(clearing.market.orders)
    first, second = draw.sample(range(len(orders)), 2)
    orders[first], orders[second] = orders[second], orders[first]
    market = replace(clearing.market, orders=tuple(orders))
    return market, clearing.dispatch, clearing.certificate.mu, clearing.certificate.nu


def beyond(draw, clearing):
    """An order beyond its maximum, another one of the same side with as much less."""
    dispatch, orders = list(clearing.dispatch), clearing.market.orders
    position = draw.randrange(len(orders))
    excess = orders[position].upper - dispatch[position] + 1
    dispatch[position] += excess
    for other, order in enumerate(orders):
        if other != position and order.is_load == orders[position].is_load:
            taken = min(excess, dispatch[other])
            dispatch[other] -= taken
            excess -= taken
    return clearing.market, tuple(dispatch), clearing.certificate.mu, clearing.certificate.nu


@pytest.mark.parametrize("mutate", [one_watt, one_price, one_quote, swapped, beyond], ids=lambda rule: rule.__name__)
def test_a_mutation_is_refused_unless_it_is_itself_optimal(opened, cleared, mutate):
    draw = random.Random(mutate.__name__)  # noqa: S311  test data
    cases, expected = [], []
    for clearing in cleared:
        market, dispatch, mu, nu = mutate(draw, clearing)
        if min(dispatch) < 0:
            continue  # cannot be written down
        cases.append((pack_orders(market), pack_network(market.network), pack_dispatch(dispatch), pack_prices(mu, nu)))
        try:
            certify(market, dispatch, mu=mu, nu=nu)
            expected.append(True)
        except LawViolation:
            expected.append(False)
    accepted = [error == ACCEPTED for error, _, _ in verdicts(opened, cases)]
    assert accepted == expected
    assert expected.count(False) > 200 and (mutate is not beyond or not any(expected))


def test_an_infeasible_dispatch_names_its_fault(opened):
    clearing = clear(two_zones())
    dispatch = clearing.dispatch
    assert dispatch == (30 * MW, 40 * MW, 70 * MW)
    for wrong, fault, at in (
        ((80 * MW + 1, 0, 70 * MW), BOUNDS, 0),
        ((30 * MW, 40 * MW - 1, 70 * MW), BALANCE, 0),
        ((30 * MW + 1, 40 * MW - 1, 70 * MW), LINE, 0),
    ):
        with reverts("WelfareCertificate_Infeasible", fault, at):
            opened.check(shown(clearing, dispatch=pack_dispatch(wrong)))


def test_a_dispatch_that_is_worse_by_more_than_epsilon_is_refused_at_any_price(opened):
    """The line binds: a kilowatt less of the cheap coal costs 1,000 W x 0.03 point/kWh, epsilon is 2 W x 0.09."""
    clearing = clear(two_zones())
    worse = pack_dispatch((30 * MW - 1_000, 40 * MW + 1_000, 70 * MW))
    certificate = clearing.certificate
    draw = random.Random(7)  # noqa: S311  test data
    cases = [shown(clearing, dispatch=worse)]
    for _ in range(300):
        mu = certificate.mu + draw.randrange(-(10**17), 10**17)
        nu = certificate.nu[0] + draw.randrange(-(10**17), 10**17)
        cases.append(shown(clearing, dispatch=worse, prices=pack_prices(mu, (nu,))))
    assert all(error != ACCEPTED for error, _, _ in verdicts(opened, cases))


def test_a_free_line_has_no_price(opened):
    """Attack: a point-wei on a free line would give a tolerance, and with it a choice among equal quotes."""
    orders = [
        Order(node=0, is_load=False, price=200, intensity=0, lower=0, upper=20 * MW),
        Order(node=0, is_load=False, price=200, intensity=0, lower=0, upper=20 * MW),
        Order(node=1, is_load=True, price=900, intensity=0, lower=0, upper=20 * MW),
    ]
    clearing = clear(replace(two_zones(), orders=tuple(orders)))
    assert clearing.dispatch == (20 * MW, 0, 20 * MW)  # the earlier of two equal quotes
    later = pack_dispatch((0, 20 * MW, 20 * MW))
    for nu, room in ((1, 10 * MW), (-1, 50 * MW)):  # 20 MW flow, 30 MW is the limit either way
        with reverts("WelfareCertificate_LineNotFull", 0, room * 10**9):
            opened.check(shown(clearing, dispatch=later, prices=pack_prices(clearing.certificate.mu, (nu,))))


def test_rows_of_the_wrong_length_are_refused(opened):
    clearing = clear(two_zones())
    with reverts("OrderList_RowLength", 10, 15):
        opened.check(shown(clearing, dispatch=pack_dispatch(clearing.dispatch[:2])))
    with reverts("GridLimits_PricesLength", 12, 24):
        opened.check(shown(clearing, prices=pack_prices(clearing.certificate.mu, ())))
    with reverts("GridLimits_NetworkLength", 14, 15):
        opened.check(shown(clearing, network=pack_network(clearing.market.network)[:-1]))


@pytest.mark.parametrize(
    ("orders", "mu"),
    [
        pytest.param([(False, 10, 0, 5), (False, 20, 0, 5)], 10 * 10**14 + 10**6, id="no load: the lowest quote"),
        pytest.param([(True, 10, 0, 5), (True, 20, 0, 5)], 20 * 10**14 - 2 * 10**6, id="no supply: the highest bid"),
        pytest.param([(False, 10, 5, 5), (True, 20, 5, 5)], 0, id="nobody can move"),
        pytest.param([(False, -10, 0, 5), (True, -20, 0, 9)], -20 * 10**14 - 2 * 10**6, id="no trade: the bid's price"),
    ],
)
def test_the_price_where_nothing_sets_it(opened, orders, mu):
    market = Market(
        network=Network(nodes=1, limits=(), factors=()),
        orders=tuple(
            Order(node=0, is_load=is_load, price=price, intensity=0, lower=lower, upper=upper)
            for is_load, price, lower, upper in orders
        ),
    )
    dispatch = pack_dispatch([lower for _, _, lower, _ in orders])
    row = b"".join(pack_order(order) for order in market.orders)
    case = (row, pack_network(market.network), dispatch)
    assert plain(opened.check((*case, pack_prices(mu, ())))) == (0, False)
    for other in (mu - 1, mu + 1):
        with pytest.raises(Exception, match="WelfareCertificate"):
            opened.check((*case, pack_prices(other, ())))
