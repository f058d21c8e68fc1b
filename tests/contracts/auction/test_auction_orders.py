"""Orders, closing and expiry; and what attackers try against an hour of the auction."""

import re
from dataclasses import replace

import pytest
from brownie import chain

from deployment.plan.chains import MAIN
from offchain.auction.clearing import Clearing
from offchain.auction.orders import Market, Network, Order
from offchain.auction.packing import pack_dispatch, pack_network, pack_orders, pack_prices
from offchain.auction.settlement import locked, settle_awards
from offchain.files import PROJECT
from offchain.merkle import keccak256
from tests.support.auction_house import (
    BUYERS,
    GATE,
    GRID,
    HOUR,
    LIMITS,
    MINUTE,
    MW,
    POINT,
    SELLERS,
    TICK_PER_WH,
    Play,
    actor,
    by,
    record,
    shown,
    small_market,
    two_zones,
)
from tests.support.region import Region, fields, plain
from tests.support.reverts import reverts

CENT = 10**16  # points come in whole cents [point-wei]
OPEN, CLOSED, CLEARED, ADJUSTED, PRICED, AWARDED = range(6)
SMALL, ZONES = Play(small_market()), Play(two_zones())
ONE_BUS = Network(nodes=1, limits=(), factors=())


@pytest.fixture
def small(house):
    house.units.clear()
    house.register(SMALL.market)
    return house


@pytest.fixture
def zones(house):
    house.units.clear()
    house.register(ZONES.market)
    return house


def prepared(house, market):
    house.units.clear()
    house.register(market)
    return Play(market)


# Orders


def test_orders_roll_into_one_hash(small):
    transactions = small.place(SMALL.market)
    rolled = bytes(32)
    for position, (transaction, order) in enumerate(zip(transactions, SMALL.market.orders, strict=True)):
        rolled = keccak256(rolled + record(order))
        event = fields(transaction.events["OrderPlaced"][0])
        assert (event["position"], event["unit"]) == (position, small.units[position])
        assert bytes(event["record"]) == record(order)
    state = small.auction.hourOf(HOUR)
    assert bytes(state[0]) == rolled and bytes(state[1]) == keccak256(SMALL.network)
    assert plain(state)[2:6] == (OPEN, 4, 2, 2 << 8 | 2)

    Region.go(GATE)
    transaction = small.auction.close(HOUR, SMALL.orders, by("stranger"))
    event = fields(transaction.events["OrdersClosed"][0])
    assert bytes(event["ordersHash"]) == bytes(small.auction.hourOf(HOUR)[0]) == keccak256(SMALL.orders)


def test_an_order_is_within_its_unit_and_the_market(small):
    seller, buyer, unit = by(SELLERS), by(BUYERS), small.units[0]
    place = small.auction.placeOrder
    with reverts("OrderBook_NotOfUnit", unit, actor(BUYERS)):
        place(HOUR, unit, 1, 0, 1, buyer)
    with reverts("OrderBook_Bounds", 0, 60 * MW + 1, 0, 60 * MW):
        place(HOUR, unit, 1, 0, 60 * MW + 1, seller)
    with reverts("OrderBook_Bounds", 1, 1, 0, 60 * MW):
        place(HOUR, unit, 1, 1, 1, seller)
    with reverts("OrderBook_PriceOutOfLimits", 40_001, LIMITS.floor, LIMITS.ceiling):
        place(HOUR, unit, 40_001, 0, 1, seller)
    with reverts("OrderBook_PriceOutOfLimits", -5_001, LIMITS.floor, LIMITS.ceiling):
        place(HOUR, unit, -5_001, 0, 1, seller)
    with reverts("AuctionRegistry_UnknownUnit", 9_999):
        place(HOUR, 9_999, 1, 0, 1, seller)
    place(HOUR, unit, 1, 0, 1, seller)
    with reverts("OrderBook_AlreadyOrdered", HOUR, unit):
        place(HOUR, unit, 1, 0, 1, seller)
    small.registry.retireUnit(small.units[2], by("operator"))
    with reverts("OrderBook_Bounds", 0, 0, 0, 0):
        place(HOUR, small.units[2], 1, 0, 0, seller)


def test_orders_have_their_hours(small):
    unit = small.units[0]
    for hour, opens in ((HOUR + 48, GATE + 24 * 3_600), (HOUR - 24, GATE - 48 * 3_600)):
        with pytest.raises(Exception, match=f"OrderBook_GateClosed: {hour}, .*, {opens}, {opens + 24 * 3_600}"):
            small.auction.placeOrder(hour, unit, 1, 0, 1, by(SELLERS))
    Region.at(GATE)
    with reverts("OrderBook_GateClosed", HOUR, GATE, GATE - 24 * 3_600, GATE):
        small.auction.placeOrder(HOUR, unit, 1, 0, 1, by(SELLERS))


def test_an_hour_and_a_node_take_so_many_orders(house):
    """One node of five: nine orders. In all 40."""
    market = Market(
        network=Network(nodes=5, limits=(), factors=()),
        orders=tuple(Order(node=i % 5, is_load=False, price=i, intensity=0, lower=0, upper=1) for i in range(41)),
    )
    prepared(house, market)
    for position in range(40):
        house.auction.placeOrder(HOUR, house.units[position], position, 0, 1, by(SELLERS))
    with reverts("OrderBook_Full", 40, 40):
        house.auction.placeOrder(HOUR, house.units[40], 1, 0, 1, by(SELLERS))

    crowd = replace(market, orders=tuple(replace(order, node=0) for order in market.orders[:10]))
    prepared(house, crowd)
    for position in range(9):
        house.auction.placeOrder(HOUR + 1, house.units[position], position, 0, 1, by(SELLERS))
    with reverts("OrderBook_Full", 9, 9):
        house.auction.placeOrder(HOUR + 1, house.units[9], 1, 0, 1, by(SELLERS))


def test_an_order_needs_what_it_locks(small):
    small.auction.withdraw(small.auction.balanceOf(actor(BUYERS)), by(BUYERS))
    amount = locked(SMALL.market.orders, limits=LIMITS, tick=10**14)[1]
    with reverts("AuctionAccounts_Short", actor(BUYERS), 0, amount):
        small.auction.placeOrder(HOUR, small.units[1], 700, 0, 50 * MW, by(BUYERS))


def test_pause_stops_entry_and_nothing_else(small):
    small.place(SMALL.market)
    small.auction.pause(by("guardian"))
    with reverts("EnforcedPause"):
        small.auction.placeOrder(HOUR + 1, small.units[0], 1, 0, 1, by(SELLERS))
    with reverts("EnforcedPause"):
        small.auction.deposit(actor(BUYERS), 1, by(BUYERS))
    Region.go(GATE)
    small.auction.close(HOUR, SMALL.orders, by("stranger"))
    small.auction.clear(HOUR, shown(SMALL.first), by("stranger"))
    small.auction.withdraw(1, by(BUYERS))


def test_a_guarded_function_opens_to_its_role_only(house):
    entry = (actor(SELLERS), 1, 0, 0, False, 0)
    calls = {
        "registerUnit": lambda who: house.registry.registerUnit(entry, by(who)),
        "retireUnit": lambda who: house.registry.retireUnit(1, by(who)),
        "setNetwork": lambda who: house.registry.setNetwork(b"\x01\x00", by(who)),
        "pause": lambda who: house.auction.pause(by(who)),
        "unpause": lambda who: house.auction.unpause(by(who)),
    }
    declaration = re.compile(r"function (\w+)\([^)]*\)[^{;]*\brestricted\b")
    sources = (PROJECT / "contracts" / "auction").rglob("*.sol")
    assert {function for file in sources for function in declaration.findall(file.read_text())} == set(calls)
    for name, call in calls.items():
        role = "guardian" if "pause" in name else "operator"
        for other in {"stranger", "deployer", "bank", "guardian", "operator"} - {role}:
            with reverts("AccessManagedUnauthorized", actor(other)):
                call(other)
        call(role)
    planned = {(contract, function): opener.name.lower() for (contract, function), opener in MAIN.functions.items()}
    for name in calls:
        contract = "Auction" if "pause" in name else "AuctionRegistry"
        assert planned[contract, name] == ("guardian" if "pause" in name else "operator")


def test_what_the_registry_refuses(house):
    register, network = house.registry.registerUnit, house.registry.setNetwork
    with reverts("AuctionRegistry_NoNetwork"):
        house.registry.network()
    zero = "0x" + "00" * 20
    for entry, error in (
        ((zero, 1, 0, 0, False, 0), ("AuctionRegistry_ZeroAccount",)),
        ((actor(SELLERS), 1, 2, 0, False, 0), ("AuctionRegistry_MinimumAboveCapacity", 2, 1)),
        ((actor(SELLERS), 1, 0, 8, False, 0), ("AuctionRegistry_NodeAbove", 8, 8)),
        ((actor(SELLERS), 1, 0, 0, False, 1_501), ("AuctionRegistry_Intensity", 1_501, 1_500)),
        ((actor(SELLERS), 1, 0, 0, True, 1), ("AuctionRegistry_Intensity", 1, 0)),
    ):
        with reverts(*error):
            register(entry, by("operator"))
    for data, error in (
        (b"\x00\x00", ("AuctionRegistry_NetworkSize", 0, 0)),
        (b"\x09\x00", ("AuctionRegistry_NetworkSize", 9, 0)),
        (b"\x01\x01", ("GridLimits_NetworkLength", 2, 11)),
        (b"\x01", ("GridLimits_NetworkLength", 1, 2)),
    ):
        with reverts(*error):
            network(data, by("operator"))


# Phases and expiry


def test_every_step_has_its_phase(small):
    small.place(SMALL.market)
    case = shown(SMALL.first)
    with reverts("OrderBook_Phase", HOUR, OPEN, CLOSED):
        small.auction.clear(HOUR, case, by("stranger"))
    with pytest.raises(Exception, match=f"OrderBook_GateClosed: {HOUR}, "):
        small.auction.close(HOUR, SMALL.orders, by("stranger"))
    Region.go(GATE)
    small.auction.close(HOUR, SMALL.orders, by("stranger"))
    with reverts("OrderBook_Phase", HOUR, CLOSED, OPEN):
        small.auction.close(HOUR, SMALL.orders, by("stranger"))
    with reverts("OrderBook_Phase", HOUR, CLOSED, CLEARED):
        small.auction.adjust(HOUR, SMALL.orders, SMALL.dispatch, SMALL.allocations, by("stranger"))
    with reverts("OrderBook_Phase", HOUR, CLOSED, ADJUSTED):
        small.auction.clearAdjusted(HOUR, case, by("stranger"))
    with reverts("OrderBook_Phase", HOUR, CLOSED, PRICED):
        small.auction.award(HOUR, SMALL.orders, case, by("stranger"))


def test_an_hour_is_paid_once(small):
    small.bring_to_award(SMALL)
    small.auction.award(HOUR, SMALL.orders, shown(SMALL.second), by("stranger"))
    with reverts("OrderBook_Phase", HOUR, AWARDED, PRICED):
        small.auction.award(HOUR, SMALL.orders, shown(SMALL.second), by("stranger"))
    Region.go(HOUR * 3_600 + 86_400)
    with reverts("OrderBook_NoOrder", HOUR, 0):
        small.auction.release(HOUR, 0, by("stranger"))


def posted(house):
    house.bring_to_table(SMALL)
    house.post(SMALL)


STAGES = {
    "nobody closes": (lambda house: house.place(SMALL.market), GATE + 30 * MINUTE),
    "nobody clears": (lambda house: house.bring_to_clearing(SMALL), GATE + 30 * MINUTE),
    "nobody posts a table": (lambda house: house.bring_to_table(SMALL), GATE + 240 * MINUTE),
    "nobody computes the ladder": (posted, GATE + 240 * MINUTE),
    "nobody clears again": (lambda house: house.bring_to_second(SMALL), GATE + 240 * MINUTE),
    "nobody awards": (lambda house: house.bring_to_award(SMALL), HOUR * 3_600),
}


@pytest.mark.parametrize("stage", STAGES, ids=str)
def test_an_hour_that_nobody_finishes_expires(small, stage):
    before = {name: small.auction.balanceOf(actor(name)) for name in (SELLERS, BUYERS)}
    bring, deadline = STAGES[stage]
    bring(small)
    assert small.auction.deadlineOf(HOUR) == deadline
    assert small.auction.balanceOf(actor(BUYERS)) < before[BUYERS]
    Region.at(deadline)
    with reverts("OrderBook_NotExpired", HOUR, deadline):
        small.auction.release(HOUR, 0, by("stranger"))
    Region.go(deadline + 1)
    for position in range(4):
        small.auction.release(HOUR, position, by("stranger"))
    assert {name: small.auction.balanceOf(actor(name)) for name in before} == before
    with reverts("OrderBook_NoOrder", HOUR, 0):
        small.auction.release(HOUR, 0, by("stranger"))
    if stage == "nobody awards":
        with reverts("OrderBook_Expired", HOUR, deadline):
            small.auction.award(HOUR, SMALL.orders, shown(SMALL.second), by("stranger"))
    if stage == "nobody computes the ladder":
        bond = small.tables.balanceOf(actor("poster"))
        small.tables.releaseBond(HOUR, by("stranger"))
        assert small.tables.balanceOf(actor("poster")) > bond


# Attacks


def test_the_list_cannot_be_shown_otherwise(small):
    """Attack: drop, invent, reorder or reprice an order."""
    small.place(SMALL.market)
    Region.go(GATE)
    orders = [record(order) for order in SMALL.market.orders]
    rolled = bytes(small.auction.hourOf(HOUR)[0])
    cheaper = record(replace(SMALL.market.orders[0], price=299))
    for lie in ([orders[1], orders[0], *orders[2:]], [cheaper, *orders[1:]]):
        wrong = bytes(32)
        for entry in lie:
            wrong = keccak256(wrong + entry)
        with reverts("OrderBook_OtherHash", wrong, rolled):
            small.auction.close(HOUR, b"".join(lie), by("stranger"))
    for lie in (orders[:-1], [*orders, orders[0]]):
        with reverts("OrderList_RowLength", len(lie) * 16, 64):
            small.auction.close(HOUR, b"".join(lie), by("stranger"))

    small.auction.close(HOUR, SMALL.orders, by("stranger"))
    other = b"".join([cheaper, *orders[1:]])
    with reverts("OrderBook_OtherHash", keccak256(other), keccak256(SMALL.orders)):
        small.auction.clear(HOUR, shown(SMALL.first, orders=other), by("stranger"))


def test_the_network_cannot_change_under_the_orders(zones):
    """Attack: the operator relaxes a line after it has seen the orders."""
    zones.place(ZONES.market)
    wider = replace(ZONES.market.network, limits=(80 * MW,))
    zones.registry.setNetwork(pack_network(wider), by("operator"))
    Region.go(GATE)
    zones.auction.close(HOUR, ZONES.orders, by("stranger"))
    with reverts("OrderBook_OtherHash", keccak256(pack_network(wider)), keccak256(ZONES.network)):
        zones.auction.clear(HOUR, shown(ZONES.first, network=pack_network(wider)), by("stranger"))
    zones.auction.clear(HOUR, shown(ZONES.first), by("stranger"))


def test_an_order_needs_a_node_of_the_network(zones):
    """A unit at node 1 of a network that has since lost it."""
    zones.registry.setNetwork(pack_network(ONE_BUS), by("operator"))
    with reverts("OrderBook_UnknownNode", 1, 1):
        zones.auction.placeOrder(HOUR, zones.units[1], 500, 0, 80 * MW, by(SELLERS))


def test_a_worse_dispatch_is_refused(zones):
    """Attack: the gas plant's owner clears the hour without the cheap coal."""
    zones.bring_to_clearing(ZONES)
    selfish = pack_dispatch((0, 70 * MW, 70 * MW))
    for mu in (500 * 10**14, 899 * 10**14):
        with pytest.raises(Exception, match="WelfareCertificate_"):
            zones.auction.clear(
                HOUR, shown(ZONES.first, dispatch=selfish, prices=pack_prices(mu, (0,))), by("stranger")
            )


def test_the_ladder_takes_only_what_was_committed(small):
    small.bring_to_table(SMALL)
    small.post(SMALL)
    small.wait(30 * MINUTE)
    other = bytes(6) + SMALL.allocations[6:]
    with reverts("OrderBook_OtherHash", keccak256(other), keccak256(SMALL.allocations)):
        small.auction.adjust(HOUR, SMALL.orders, SMALL.dispatch, other, by("stranger"))
    idle = pack_dispatch((0, 0, 0, 0))
    with reverts("OrderBook_OtherHash", keccak256(idle), keccak256(SMALL.dispatch)):
        small.auction.adjust(HOUR, SMALL.orders, idle, SMALL.allocations, by("stranger"))
    transaction = small.auction.adjust(HOUR, SMALL.orders, SMALL.dispatch, SMALL.allocations, by("stranger"))
    adjusted = bytes(fields(transaction.events["QuotesAdjusted"][0])["orders"])
    assert adjusted == pack_orders(SMALL.second.market)


def test_a_must_run_order_is_not_paid_its_quote(house):
    """Attack: a unit with a minimum asks the ceiling for it. It runs, and takes the price as it is."""
    orders = (
        Order(node=0, is_load=False, price=LIMITS.ceiling, intensity=0, lower=10 * MW, upper=10 * MW),
        Order(node=0, is_load=False, price=300, intensity=0, lower=0, upper=50 * MW),
        Order(node=0, is_load=True, price=700, intensity=0, lower=0, upper=40 * MW),
    )
    play = prepared(house, Market(network=ONE_BUS, orders=orders))
    house.fund(SELLERS, 10_000 * POINT)
    house.bring_to_award(play)
    transaction = house.auction.award(HOUR, play.orders, shown(play.second), by("stranger"))
    assert [event["price"] for event in transaction.events["Awarded"]] == [300, 300, 300]
    assert fields(transaction.events["HourAwarded"][0])["rent"] == 0


def test_a_must_take_load_does_not_get_energy_for_its_bid(house):
    """Attack: a load with a minimum bids nothing for it."""
    orders = (
        Order(node=0, is_load=True, price=0, intensity=0, lower=10 * MW, upper=10 * MW),
        Order(node=0, is_load=False, price=300, intensity=0, lower=0, upper=50 * MW),
    )
    play = prepared(house, Market(network=ONE_BUS, orders=orders))
    house.bring_to_award(play)
    transaction = house.auction.award(HOUR, play.orders, shown(play.second), by("stranger"))
    legs = [event["leg"] for event in transaction.events["Awarded"]]
    assert legs == [-300 * 10 * MW * TICK_PER_WH, 300 * 10 * MW * TICK_PER_WH]


def test_a_poster_cannot_choose_the_price_of_a_congested_hour(house):
    """Attack: the first to post takes the highest price; whoever asks less of the loads replaces it.

    Beyond the line the gas runs full and the load is served in full: every price between their quotes certifies.
    """
    orders = list(two_zones().orders)
    orders[1] = replace(orders[1], upper=40 * MW)
    play = prepared(house, replace(two_zones(), orders=tuple(orders)))
    house.bring_to_second(play)
    coal, gas, load = play.second.market.prices
    highest, lowest = between(coal, load), between(coal, gas)
    house.auction.clearAdjusted(HOUR, shown(play.second, prices=highest), by("gas owner"))
    final = chain[-1].timestamp + 10 * MINUTE
    with reverts("Auction_PricesNotFinal", HOUR, final):
        house.auction.award(HOUR, play.orders, shown(play.second, prices=highest), by("gas owner"))

    transaction = house.auction.replacePrices(HOUR, shown(play.second, prices=lowest), highest, by("stranger"))
    asked = (-(-gas // 10**14)) * 70 * MW  # the quote of the gas and its tie-break, rounded up to the tick
    assert fields(transaction.events["PricesReplaced"][0])["payment"] == asked
    posted = play.second.market.orders[2].price * 70 * MW
    with reverts("Auction_NotCheaper", posted, asked):
        house.auction.replacePrices(HOUR, shown(play.second, prices=highest), lowest, by("gas owner"))
    below = between(coal, gas - 10**14)
    with pytest.raises(Exception, match="WelfareCertificate_Gap"):
        house.auction.replacePrices(HOUR, shown(play.second, prices=below), lowest, by("stranger"))
    other = pack_dispatch((30 * MW - 1, 40 * MW, 70 * MW - 1))
    shows = shown(play.second, dispatch=other, prices=lowest)
    held = keccak256(pack_dispatch(play.second.dispatch) + lowest)
    with reverts("OrderBook_OtherHash", keccak256(other + lowest), held):
        house.auction.replacePrices(HOUR, shows, lowest, by("stranger"))

    Region.at(final)
    with reverts("Auction_PricesFinal", HOUR, final):
        house.auction.replacePrices(HOUR, shown(play.second, prices=lowest), lowest, by("stranger"))
    transaction = house.auction.award(HOUR, play.orders, shown(play.second, prices=lowest), by("stranger"))
    assert -transaction.events["Awarded"][2]["leg"] >= asked * TICK_PER_WH


def between(first: int, second: int) -> bytes:
    """Prices of two zones with a line of factors 1/2 and -1/2, each zone's price given (to a point-wei)."""
    return pack_prices((first + second) // 2, (second - first,))


@pytest.mark.parametrize("part", ["orders", "network", "dispatch", "prices", "quotes"])
def test_an_award_shows_what_was_certified(zones, part):
    """Attack: other quotes, another network, dispatch, prices or original list when the money moves."""
    zones.bring_to_award(ZONES)
    second, case = ZONES.second, shown(ZONES.second)
    dispatch, prices = case[2], case[3]
    if part == "quotes":
        dearer = replace(ZONES.market.orders[2], price=899)
        wrong = pack_orders(replace(ZONES.market, orders=(*ZONES.market.orders[:2], dearer)))
        with reverts("OrderBook_OtherHash", keccak256(wrong), keccak256(ZONES.orders)):
            zones.auction.award(HOUR, wrong, case, by("stranger"))
        return
    lies = {
        "orders": ZONES.orders,
        "network": pack_network(replace(ZONES.market.network, factors=((10**9, 0),))),
        "dispatch": pack_dispatch((0, 70 * MW, 70 * MW)),
        "prices": pack_prices(second.certificate.mu - 10**16, second.certificate.nu),
    }
    lie = lies[part]
    pair = {
        "orders": (keccak256(lie), keccak256(case[0])),
        "network": (keccak256(lie), keccak256(case[1])),
        "dispatch": (keccak256(lie + prices), keccak256(dispatch + prices)),
        "prices": (keccak256(dispatch + lie), keccak256(dispatch + prices)),
    }[part]
    with reverts("OrderBook_OtherHash", *pair):
        zones.auction.award(HOUR, ZONES.orders, shown(second, **{part: lie}), by("stranger"))


@pytest.mark.parametrize("part", ["orders", "network"])
def test_the_second_clearing_is_of_the_adjusted_orders(zones, part):
    """Attack: certify the quotes without the ladder, or a wider network, at the second clearing or when replacing."""
    zones.bring_to_second(ZONES)
    case = shown(ZONES.second)
    lie = {"orders": ZONES.orders, "network": pack_network(replace(ZONES.market.network, limits=(31 * MW,)))}[part]
    pair = keccak256(lie), keccak256(case[0 if part == "orders" else 1])
    with reverts("OrderBook_OtherHash", *pair):
        zones.auction.clearAdjusted(HOUR, shown(ZONES.second, **{part: lie}), by("stranger"))
    zones.auction.clearAdjusted(HOUR, case, by("stranger"))
    with reverts("OrderBook_OtherHash", *pair):
        zones.auction.replacePrices(HOUR, shown(ZONES.second, **{part: lie}), case[3], by("stranger"))


def test_the_rent_of_an_hour_is_never_taken_from_members(zones):
    zones.bring_to_award(ZONES)
    transaction = zones.auction.award(HOUR, ZONES.orders, shown(ZONES.second), by("stranger"))
    rent = fields(transaction.events["HourAwarded"][0])["rent"]
    expected = settle_awards(ZONES.market, ZONES.second, limits=LIMITS)
    assert rent == expected.rent > 0
    assert zones.auction.balanceOf(actor(GRID)) == rent


def tiny_market(*, intensity: int) -> Market:
    """A few watts, so that epsilon is worth many ticks: 15 W of load against two generators of 10 and 5 W."""
    orders = (
        Order(node=0, is_load=False, price=300, intensity=intensity, lower=0, upper=10),
        Order(node=0, is_load=False, price=310, intensity=0, lower=0, upper=5),
        Order(node=1, is_load=True, price=900, intensity=0, lower=0, upper=15),
    )
    return Market(network=replace(two_zones().network, limits=(50,)), orders=orders)


def underpriced(play: Play) -> tuple[bytes, Clearing]:
    """Attack: prices within epsilon, at which the loads pay less than the generators have to get."""
    mu = max(play.second.market.prices[:2]) - 40 * 10**14
    certificate = replace(play.second.certificate, mu=mu, nu=(1,))
    return pack_prices(mu, (1,)), replace(play.second, certificate=certificate)


@pytest.mark.parametrize("funded", [True, False], ids=["by the grid company", "by the hour's ladder"])
def test_what_the_loads_pay_too_little_is_covered(house, funded):
    play = prepared(house, tiny_market(intensity=900))
    if funded:
        house.fund(GRID, POINT)
    house.bring_to_second(play)
    prices, priced = underpriced(play)
    house.auction.clearAdjusted(HOUR, shown(play.second, prices=prices), by("stranger"))
    house.wait(10 * MINUTE)
    transaction = house.auction.award(HOUR, play.orders, shown(play.second, prices=prices), by("stranger"))
    expected = settle_awards(play.market, priced, limits=LIMITS)
    assert expected.rent < 0 < expected.ladder_account + expected.rent
    event = fields(transaction.events["HourAwarded"][0])
    if funded:
        assert (event["rent"], event["ladder"]) == (expected.rent, expected.ladder_account)
    else:
        assert (event["rent"], event["ladder"]) == (0, expected.ladder_account + expected.rent)
    legs = [entry["leg"] for entry in transaction.events["Awarded"]]
    assert sum(legs) + event["rent"] + event["ladder"] == 0
    assert house.held() == house.region.points.balanceOf(house.auction)


def test_an_hour_that_nobody_covers_is_not_paid(house):
    play = prepared(house, tiny_market(intensity=0))
    house.bring_to_second(play)
    prices, priced = underpriced(play)
    house.auction.clearAdjusted(HOUR, shown(play.second, prices=prices), by("stranger"))
    house.wait(10 * MINUTE)
    lack = -settle_awards(play.market, priced, limits=LIMITS).rent
    with reverts("Auction_RentUncovered", lack, 0):
        house.auction.award(HOUR, play.orders, shown(play.second, prices=prices), by("stranger"))
    funded = -(-lack // CENT) * CENT
    house.fund(GRID, funded)
    house.auction.award(HOUR, play.orders, shown(play.second, prices=prices), by("stranger"))
    assert house.auction.balanceOf(actor(GRID)) == funded - lack


def test_nobody_withdraws_what_is_locked(small):
    small.place(SMALL.market)
    free = small.auction.balanceOf(actor(BUYERS))
    with reverts("AuctionAccounts_Short", actor(BUYERS), free, free + 1):
        small.auction.withdraw(free + 1, by(BUYERS))
    with reverts("AuctionAccounts_ZeroAmount"):
        small.auction.withdraw(0, by(BUYERS))
    with reverts("AuctionAccounts_Short", actor("stranger"), 0, 1):
        small.auction.withdraw(1, by("stranger"))


def test_a_frozen_account_is_paid_but_spends_nothing(small):
    seller, until = actor(SELLERS), chain[-1].timestamp + 25 * 86_400
    small.fund(SELLERS, POINT)
    small.bring_to_award(SMALL)
    small.region.freeze(seller, until)
    small.auction.award(HOUR, SMALL.orders, shown(SMALL.second), by("stranger"))
    held = small.auction.balanceOf(seller)
    assert held > POINT
    with reverts("FreezeList_Frozen", seller, until):
        small.auction.withdraw(1, by(SELLERS))
    with reverts("FreezeList_Frozen", seller, until):
        small.auction.placeOrder(HOUR + 24, small.units[0], 1, 0, 1, by(SELLERS))
    small.region.lift(seller)
    small.auction.withdraw(held, by(SELLERS))
    assert small.region.points.balanceOf(seller) == held


def test_a_frozen_poster_posts_and_demands_nothing(small):
    small.bring_to_table(SMALL)
    until = chain[-1].timestamp + 86_400
    small.post(SMALL)
    small.region.freeze(actor("challenger"), until)
    with reverts("FreezeList_Frozen", actor("challenger"), until):
        small.tables.demand(HOUR, 0, 0, by("challenger"))


def test_the_ladder_is_returned_once_and_not_before_its_month(small):
    small.bring_to_award(SMALL)
    small.auction.award(HOUR, SMALL.orders, shown(SMALL.second), by("stranger"))
    month = 2100 * 12
    with reverts("Auction_MonthNotOver", month, month):
        small.auction.claimLadder(month, actor(BUYERS), by(BUYERS))
    Region.go(HOUR * 3_600 + 31 * 86_400)
    small.auction.claimLadder(month, actor(BUYERS), by("stranger"))
    with reverts("Auction_NothingToClaim", month, actor(BUYERS)):
        small.auction.claimLadder(month, actor(BUYERS), by(BUYERS))
