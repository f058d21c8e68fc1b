"""Limit orders for allowances and offsets. A purchase is an order whose maker buys."""

import pytest

from tests.support.allowances import BY_ANYBODY, BY_MEMBER, OFFSETS, YEAR, balance, certify, grant
from tests.support.region import DAY_END, MEMBER_IDS, POINT, START, TICK, Region, actor, fields, plain
from tests.support.reverts import reverts

BUYER, SELLER = MEMBER_IDS["buyer"], MEMBER_IDS["seller"]
PRICE = 92 * POINT  # [point-wei/tCO2e]
GRAMME = PRICE // 10**6  # what a gramme costs at this price [point-wei]
FUNDS = 10 * POINT
DAY = 86_400
NO_ORDER = (0, 0, False, 0, 0, 0)


@pytest.fixture(autouse=True)
def traders(region):
    """The seller has 50 kg of allowances and 10 kg of offsets, movable by the exchange; the buyer 10 points there."""
    grant(region, 50_000, name="seller")
    certify(region, 10_000, name="seller")
    region.quota.setOperator(region.exchange, True, {"from": actor("seller")})
    region.mint(actor("buyer"), FUNDS)
    region.points.approve(region.exchange, FUNDS, {"from": actor("buyer")})
    region.exchange.deposit(BUYER, FUNDS, {"from": actor("buyer")})


def place(region, name, amount, *, asset=YEAR, price=PRICE, expiry=0):
    """The seller places sales, everybody else purchases; returns the order's id."""
    transaction = region.exchange.place(name != "seller", asset, amount, price, expiry, {"from": actor(name)})
    return transaction.events["OrderPlaced"]["id"]


def take(region, name, order, amount, *, limit=PRICE):
    return region.exchange.take(order, amount, limit, {"from": actor(name)})


def cancel(region, order, *, by):
    return region.exchange.cancel(order, {"from": actor(by)})


def account(region, name):
    """Free and reserved points."""
    return plain(region.exchange.accountOf(MEMBER_IDS[name]))


def withdraw(region, name, amount):
    return region.exchange.withdraw(amount, {"from": actor(name)})


def test_a_sale_is_placed_and_taken_in_parts(region):
    transaction = region.exchange.place(False, YEAR, 30_000, PRICE, START + 9 * DAY, {"from": actor("seller")})
    order = transaction.return_value
    assert order == region.exchange.orderCount() == 1
    assert fields(transaction.events["OrderPlaced"]) == {
        "id": order,
        "maker": SELLER,
        "asset": YEAR,
        "purchase": False,
        "amount": 30_000,
        "price": PRICE,
        "expiry": START + 9 * DAY,
    }
    assert plain(region.exchange.orderOf(order)) == (SELLER, YEAR, False, PRICE // TICK, 30_000, START + 9 * DAY)
    assert (balance(region, "seller"), region.quota.custodyOf(region.exchange, YEAR)) == (20_000, 30_000)

    taken = take(region, "buyer", order, 12_000)
    assert taken.return_value == 12_000 * GRAMME
    expected = {"id": order, "maker": SELLER, "taker": BUYER, "amount": 12_000, "paid": 12_000 * GRAMME}
    assert fields(taken.events["OrderTaken"]) == expected
    assert plain(region.exchange.orderOf(order))[4] == 18_000
    take(region, "buyer", order, 18_000)
    assert plain(region.exchange.orderOf(order)) == NO_ORDER
    assert (balance(region, "buyer"), region.quota.custodyOf(region.exchange, YEAR)) == (30_000, 0)
    assert account(region, "buyer") == (FUNDS - 30_000 * GRAMME, 0)
    assert account(region, "seller") == (30_000 * GRAMME, 0)
    assert region.points.balanceOf(region.exchange) == FUNDS


def test_a_purchase_is_placed_and_taken_in_parts(region):
    order = place(region, "buyer", 30_000, asset=OFFSETS)
    assert account(region, "buyer") == (FUNDS - 30_000 * GRAMME, 30_000 * GRAMME)
    taken = take(region, "seller", order, 4_000)
    expected = {"id": order, "maker": BUYER, "taker": SELLER, "amount": 4_000, "paid": 4_000 * GRAMME}
    assert fields(taken.events["OrderTaken"]) == expected
    take(region, "seller", order, 6_000)
    assert (balance(region, "seller", OFFSETS), balance(region, "buyer", OFFSETS)) == (0, 10_000)
    assert account(region, "seller") == (10_000 * GRAMME, 0)
    assert account(region, "buyer") == (FUNDS - 30_000 * GRAMME, 20_000 * GRAMME)
    with reverts("CarbonQuota_AboveBalance", OFFSETS, 0, 1):
        take(region, "seller", order, 1)


def test_points_are_deposited_for_a_member(region):
    region.mint(actor("stranger"), POINT)
    region.points.approve(region.exchange, POINT, {"from": actor("stranger")})
    transaction = region.exchange.deposit(SELLER, POINT, {"from": actor("stranger")})
    expected = {"member": SELLER, "payer": actor("stranger").address, "amount": POINT}
    assert fields(transaction.events["Deposited"]) == expected
    assert (account(region, "seller"), region.points.balanceOf(actor("stranger"))) == ((POINT, 0), 0)
    with reverts("QuotaExchange_ZeroAmount"):
        region.exchange.deposit(SELLER, 0, {"from": actor("stranger")})
    with reverts("MemberRegistry_UnknownMember", 99):
        region.exchange.deposit(99, 1, {"from": actor("stranger")})


def test_what_an_order_earned_is_withdrawn(region):
    take(region, "buyer", place(region, "seller", 5_000), 5_000)
    transaction = withdraw(region, "seller", 5_000 * GRAMME - 1)
    expected = {"member": SELLER, "account": actor("seller").address, "amount": 5_000 * GRAMME - 1}
    assert fields(transaction.events["Withdrawn"]) == expected
    assert (region.points.balanceOf(actor("seller")), account(region, "seller")) == (5_000 * GRAMME - 1, (1, 0))
    with reverts("QuotaExchange_AboveFree", SELLER, 1, 2):
        withdraw(region, "seller", 2)
    with reverts("QuotaExchange_ZeroAmount"):
        withdraw(region, "seller", 0)


def test_reserved_points_are_not_withdrawn(region):
    place(region, "buyer", 1_000)
    with reverts("QuotaExchange_AboveFree", BUYER, FUNDS - 1_000 * GRAMME, FUNDS):
        withdraw(region, "buyer", FUNDS)


def test_its_maker_cancels_an_order(region):
    sale, purchase = place(region, "seller", 40_000), place(region, "buyer", 40_000)
    take(region, "buyer", sale, 1_000)
    transaction = cancel(region, sale, by="seller")
    assert fields(transaction.events["OrderCancelled"]) == {"id": sale, "maker": SELLER, "amount": 39_000}
    assert (balance(region, "seller"), region.quota.custodyOf(region.exchange, YEAR)) == (49_000, 0)
    cancel(region, purchase, by="buyer")
    assert account(region, "buyer") == (FUNDS - 1_000 * GRAMME, 0)
    for order in (sale, purchase):
        for attempt in (lambda o=order: cancel(region, o, by="seller"), lambda o=order: take(region, "buyer", o, 1)):
            with reverts("QuotaExchange_NoOrder", order):
                attempt()


def test_others_cancel_an_order_when_it_is_over(region):
    end = START + 9 * DAY
    orders = place(region, "seller", 40_000, expiry=end), place(region, "buyer", 40_000, expiry=end)
    Region.at(end)
    with reverts("QuotaExchange_NotMaker", orders[0], SELLER, actor("buyer")):
        cancel(region, orders[0], by="buyer")
    Region.at(end)
    take(region, "buyer", orders[0], 1)
    for order, time in zip(orders, (end + 1, end + 3_600), strict=True):
        Region.at(time)
        with reverts("QuotaExchange_Expired", order, end, time):
            take(region, "prosumer", order, 1)
        cancel(region, order, by="stranger")
    assert (balance(region, "seller"), account(region, "buyer")) == (49_999, (FUNDS - GRAMME, 0))


def test_every_order_ends(region):
    now = START + 2 * DAY
    Region.at(now)
    order = place(region, "seller", 1)
    assert plain(region.exchange.orderOf(order))[5] == now + 30 * DAY
    latest = now + 1 + 90 * DAY
    for expiry in (now, now + 1, latest + 1):
        Region.at(now + 1)
        with reverts("QuotaExchange_BadExpiry", expiry, now + 1, latest):
            place(region, "seller", 1, expiry=expiry)
    Region.at(now + 1)
    place(region, "seller", 1, expiry=latest)


def test_allowances_are_traded_until_anybody_may_settle_their_year(region):
    Region.at(BY_ANYBODY - 2)
    order = place(region, "seller", 1)
    assert plain(region.exchange.orderOf(order))[5] == BY_ANYBODY
    Region.at(BY_ANYBODY)
    with reverts("QuotaExchange_BadExpiry", BY_ANYBODY, BY_ANYBODY, BY_ANYBODY):
        place(region, "seller", 1)
    with reverts("CarbonQuota_BeforeFirstYear", 5, YEAR):
        place(region, "seller", 1, asset=5)
    place(region, "seller", 1, asset=OFFSETS)


def test_an_order_of_a_settled_year_comes_back_banked(region):
    Region.go(BY_MEMBER)
    order = place(region, "seller", 8_000)
    region.quota.surrender(YEAR, 0, {"from": actor("seller")})
    assert balance(region, "seller", YEAR + 1) == 31_500  # three quarters of 42,000 that were left
    cancel(region, order, by="seller")
    assert balance(region, "seller", YEAR + 1) == 31_500 + 6_000
    assert region.quota.custodyOf(region.exchange, YEAR) == 0


def test_the_makers_price_is_paid_within_the_takers_limit(region):
    sale, purchase = place(region, "seller", 10_000), place(region, "buyer", 10_000, price=PRICE - TICK)
    with reverts("QuotaExchange_WorseThanLimit", sale, PRICE, PRICE - 1):
        take(region, "buyer", sale, 1, limit=PRICE - 1)
    with reverts("QuotaExchange_WorseThanLimit", purchase, PRICE - TICK, PRICE):
        take(region, "seller", purchase, 1, limit=PRICE)
    assert take(region, "buyer", sale, 10, limit=2 * PRICE).return_value == 10 * GRAMME
    assert take(region, "seller", purchase, 10, limit=0).return_value == 10 * (PRICE - TICK) // 10**6


def test_malformed_orders_and_trades_are_refused(region):
    order = place(region, "seller", 10)
    with reverts("QuotaExchange_ZeroAmount"):
        place(region, "seller", 0)
    with reverts("QuotaExchange_ZeroAmount"):
        take(region, "buyer", order, 0)
    with reverts("QuotaExchange_AboveOrder", order, 10, 11):
        take(region, "buyer", order, 11)
    with reverts("QuotaExchange_NoOrder", order + 1):
        take(region, "buyer", order + 1, 1)
    for price in (0, TICK - 1, TICK + 1, 2**32 * TICK):
        with reverts("QuotaExchange_BadPrice", price, TICK):
            place(region, "seller", 1, price=price)
    place(region, "seller", 1, price=(2**32 - 1) * TICK)


def test_nobody_trades_with_itself(region):
    order = place(region, "seller", 10)
    with reverts("QuotaExchange_SelfTrade", order, SELLER):
        take(region, "seller", order, 1)


def test_orders_are_covered_when_they_are_placed(region):
    with reverts("CarbonQuota_AboveBalance", YEAR, 50_000, 50_001):
        place(region, "seller", 50_001)
    with reverts("QuotaExchange_AboveFree", BUYER, FUNDS, 10**6 * GRAMME):
        place(region, "buyer", 10**6)
    place(region, "buyer", 100_000)
    with reverts("QuotaExchange_AboveFree", BUYER, FUNDS - 100_000 * GRAMME, 10_000 * GRAMME):
        take(region, "buyer", place(region, "seller", 10_000), 10_000)
    cancel(region, 2, by="seller")
    region.quota.setOperator(region.exchange, False, {"from": actor("seller")})
    with reverts("CarbonQuota_NotOperator", SELLER, region.exchange):
        place(region, "seller", 1)


def test_only_members_that_may_trade_place_and_take(region):
    sale, purchase = place(region, "seller", 10), place(region, "buyer", 10)
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        take(region, "stranger", sale, 1)
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        place(region, "stranger", 1)
    region.registry.suspend(SELLER, 1, {"from": actor("operator")})
    suspended = ("MemberRegistry_WrongStatus", SELLER, 2, 1)
    for attempt in (
        lambda: place(region, "seller", 1),
        lambda: take(region, "seller", purchase, 1),
        lambda: take(region, "buyer", sale, 1),
    ):
        with reverts(*suspended):
            attempt()
    cancel(region, sale, by="seller")
    assert balance(region, "seller") == 50_000


def test_a_frozen_maker_neither_sells_nor_withdraws(region):
    order = place(region, "seller", 10)
    take(region, "buyer", order, 1)
    until = DAY_END + DAY
    Region.go(DAY_END)
    region.freeze(actor("seller"), until)
    for attempt in (
        lambda: take(region, "buyer", order, 1),
        lambda: withdraw(region, "seller", 1),
    ):
        with reverts("FreezeList_Frozen", actor("seller"), until):
            attempt()
    cancel(region, order, by="seller")
    assert balance(region, "seller") == 49_999


def test_a_pause_stops_entry_and_never_exit(region):
    sale, purchase = place(region, "seller", 10), place(region, "buyer", 10)
    take(region, "buyer", sale, 1)
    region.exchange.pause({"from": actor("guardian")})
    for attempt in (
        lambda: place(region, "seller", 1),
        lambda: take(region, "buyer", sale, 1),
        lambda: region.exchange.deposit(BUYER, 1, {"from": actor("buyer")}),
    ):
        with reverts("EnforcedPause"):
            attempt()
    cancel(region, sale, by="seller")
    cancel(region, purchase, by="buyer")
    withdraw(region, "seller", GRAMME)
    withdraw(region, "buyer", FUNDS - GRAMME)
    assert region.points.balanceOf(region.exchange) == region.quota.custodyOf(region.exchange, YEAR) == 0
    region.exchange.unpause({"from": actor("guardian")})
    place(region, "seller", 1)


@pytest.mark.parametrize(("amount", "ticks"), [(1, 1), (10**6, 920_000), (2**64 - 1, 2**32 - 1)])
def test_costs_are_exact(region, amount, ticks):
    assert region.exchange.costOf(amount, ticks * TICK) * 10**6 == amount * ticks * TICK


def test_a_member_takes_its_orders_to_another_account(region):
    """A member that moves to another account keeps its orders and what they earned."""
    order = place(region, "seller", 10)
    take(region, "buyer", order, 4)
    region.registry.proposeAccount(actor("new account"), {"from": actor("seller")})
    region.registry.acceptAccount(SELLER, {"from": actor("new account")})
    with reverts("MemberRegistry_UnknownAccount", actor("seller")):
        cancel(region, order, by="seller")
    cancel(region, order, by="new account")
    withdraw(region, "new account", 4 * GRAMME)
    assert (balance(region, "seller"), region.points.balanceOf(actor("new account"))) == (49_996, 4 * GRAMME)


def test_nobody_unloads_allowances_of_a_year_that_the_maker_has_settled(region):
    """They would be worth three quarters to the maker, which pays for all of them; offsets have no year."""
    Region.go(BY_MEMBER)
    order, other = place(region, "buyer", 1_000), place(region, "buyer", 1_000, asset=OFFSETS)
    region.quota.surrender(YEAR, 0, {"from": actor("buyer")})
    with reverts("QuotaExchange_YearSettled", order, BUYER, YEAR):
        take(region, "seller", order, 1_000)
    take(region, "seller", other, 1_000)
    cancel(region, order, by="buyer")
    assert account(region, "buyer") == (FUNDS - 1_000 * GRAMME, 0)
