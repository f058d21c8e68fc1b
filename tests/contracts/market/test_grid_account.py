"""Debts that the grid company fronts, the floor of its account, and what it owes when it is empty."""

from dataclasses import replace

import pytest

from tests.contracts.market.test_settlement import deliver
from tests.support.deploying import deploy_market
from tests.support.region import DAY, DEADLINE, FIRST_HOUR, MEMBER_IDS, POINT, Region, actor, agreement, fields, only
from tests.support.reverts import reverts

SELLER, BUYER, SECOND_SELLER, GRID = (MEMBER_IDS[name] for name in ("seller", "buyer", "second_seller", "grid_company"))
CENT = 10**16  # [point-wei]


def withdraw_all(region, name, *, left=0):
    region.desk.withdraw(region.market.freeOf(MEMBER_IDS[name]) - left, {"from": actor(name)})


def indebt(region):
    """The seller has nothing on its account and imports 100 kWh: it owes 75 points."""
    withdraw_all(region, "seller")
    deliver(region, seller=({8: 100_000}, {}))
    return region.settle_residual(SELLER)


def test_the_grid_company_fronts_a_debt(region):
    free = region.market.freeOf(GRID)
    transaction = indebt(region)
    assert fields(transaction.events["DebtChanged"]) == {"member": SELLER, "debt": 75 * POINT}
    assert region.market.freeOf(SELLER) == -75 * POINT
    assert region.market.totalDebt() == 75 * POINT
    # What the grid company earned is what it lent: nothing that it could withdraw.
    assert region.market.freeOf(GRID) == region.market.funds() == free
    region.assert_book_balances()


def test_a_debtor_neither_withdraws_nor_agrees(region):
    indebt(region)
    with reverts("MarginAccounts_AboveFree", SELLER, -75 * POINT, 1):
        region.desk.withdraw(1, {"from": actor("seller")})
    tomorrow = {"firstHour": FIRST_HOUR + 80, "expiry": 2**64 - 1}
    with reverts("BilateralMarket_Indebted", SELLER, 75 * POINT):
        region.register(agreement(**tomorrow))
    region.fund("seller", 75 * POINT + 48 * POINT // 10)
    region.register(agreement(**tomorrow))


def test_a_deposit_pays_the_debt_first(region):
    indebt(region)
    funds = region.market.funds()
    region.fund("seller", 70 * POINT)
    assert (region.market.freeOf(SELLER), region.market.totalDebt()) == (-5 * POINT, 5 * POINT)
    assert region.market.funds() == funds + 70 * POINT
    region.fund("seller", 6 * POINT)
    assert (region.market.freeOf(SELLER), region.market.totalDebt()) == (POINT, 0)
    assert region.market.funds() == funds + 75 * POINT
    region.desk.withdraw(POINT, {"from": actor("seller")})
    region.assert_book_balances()


def test_a_sale_pays_the_debt_first(region):
    region.register(agreement(price=7_100 * 10**14))  # no margin of the seller's
    withdraw_all(region, "seller")
    full = {8: 10_000, 9: 10_000}
    deliver(region, seller=({8: 100_000}, full), buyer=(full, {}))
    region.settle_residual(SELLER)
    transaction = region.settle(0)
    assert fields(transaction.events["DebtChanged"]) == {"member": SELLER, "debt": 6_080 * CENT}  # 75 - 20 x 0.71
    region.assert_book_balances()


def test_a_margin_that_returns_pays_the_debt_first(region):
    """The buyer spends all but its margin, then imports what it has not agreed: the margin's rest pays that."""
    region.register(agreement())  # reserves 15 points
    withdraw_all(region, "buyer")
    full = {8: 10_000, 9: 10_000}
    deliver(region, seller=({}, full), buyer=(full | {10: 2_000}, {}))
    region.settle_residual(BUYER)  # 2 x 0.75 = 1.50
    assert region.market.freeOf(BUYER) == -150 * CENT
    region.settle(0)  # 15 - 20 x 0.67 = 1.60 return
    assert region.market.freeOf(BUYER) == 10 * CENT
    assert region.market.totalDebt() == 0
    region.assert_book_balances()


# An empty account


def test_an_empty_account_owes_what_it_cannot_pay(region):
    withdraw_all(region, "grid_company", left=3 * POINT)
    deliver(region, seller=({}, {8: 10_000}))
    transaction = region.settle_residual(SELLER)  # 10 x 0.40 = 4 points
    day = region.market.openDay()
    assert fields(transaction.events["CreditDeferred"]) == {"member": SELLER, "day": day, "amount": POINT}
    assert region.market.freeOf(SELLER) == 1_003 * POINT
    assert region.market.funds() == 0
    assert tuple(region.deferred.owedTo(SELLER, day)) == (POINT, 0)
    region.assert_book_balances()


def test_a_batch_that_covers_itself_defers_nothing(region):
    withdraw_all(region, "grid_company")
    deliver(region, seller=({}, {8: 10_000}), buyer=({8: 10_000}, {}))
    assert "CreditDeferred" not in region.settle_residual(SELLER, BUYER).events
    assert region.market.funds() == 350 * CENT
    region.assert_book_balances()


def test_a_sale_beyond_what_was_taken_is_owed(region):
    """The buyer takes nothing: the seller's 20 x 0.40 come from the grid company, 20 x 0.23 from the buyer."""
    region.register(agreement())
    withdraw_all(region, "grid_company")
    deliver(region, seller=({}, {8: 10_000, 9: 10_000}), buyer=({}, {}))
    transaction = region.settle(0)
    assert fields(transaction.events["CreditDeferred"]) == {"member": SELLER, "day": DAY, "amount": 8 * POINT}
    assert region.market.freeOf(SELLER) == 1_000 * POINT + 460 * CENT
    region.assert_book_balances(460 * CENT)


def test_a_credit_is_owed_also_where_a_penalty_eats_it(region):
    """10 kWh that nobody takes earn the seller 4 points; the next hour it delivers nothing, for 3.10 into the pool.

    The pool has its points at once, so the grid company, whose account is empty, owes the 4 points and not the rest.
    """
    region.register(agreement(price=4_000 * 10**14))
    withdraw_all(region, "grid_company")
    deliver(region, seller=({}, {8: 10_000}), buyer=({}, {}))
    transaction = region.settle(0)
    assert fields(transaction.events["CreditDeferred"]) == {"member": SELLER, "day": DAY, "amount": 4 * POINT}
    assert region.market.freeOf(SELLER) == 1_000 * POINT - 310 * CENT
    assert region.market.funds() == 0
    region.assert_book_balances(310 * CENT)


def closed_day_with_debts(region):
    """On an empty account two members wait for 8 and 12 points under DAY, one for 4 under the next day."""
    region.register(agreement(), agreement(firstHour=FIRST_HOUR + 32, salt=2))
    full = {8: 10_000, 9: 10_000}
    deliver(region, seller=({}, full | {12: 20_000}), buyer=(full, {}), second_seller=({}, {8: 30_000}))
    region.settle(0)
    withdraw_all(region, "grid_company")
    region.settle_residual(SELLER, SECOND_SELLER)  # 8 and 12
    region.close()
    day = DAY + 1
    Region.go(DEADLINE - 12 * 3_600 + 86_400)
    region.submit(
        region.sheet("seller", exports=only(full | {13: 10_000}), day=day),
        region.sheet("buyer", imports=only(full), day=day),
    )
    region.settle_residual(SELLER, day=day)  # 4 under the open day
    return day


def test_what_is_owed_is_paid_in_the_order_of_days(region):
    day = closed_day_with_debts(region)
    owed = region.deferred.owedTo
    assert tuple(owed(SELLER, DAY)) == (8 * POINT, 0)
    region.settle(0, day=day)  # grid fees: 20 x 0.04
    assert tuple(owed(SELLER, DAY)) == (8 * POINT, 32 * CENT)  # 8 / 20 of 0.80
    assert tuple(owed(SECOND_SELLER, DAY)) == (12 * POINT, 48 * CENT)
    assert tuple(owed(SELLER, day)) == (4 * POINT, 0)
    region.fund("grid_company", 22 * POINT)
    assert tuple(owed(SELLER, DAY)) == (8 * POINT, 8 * POINT)
    assert tuple(owed(SECOND_SELLER, DAY)) == (12 * POINT, 12 * POINT)
    assert tuple(owed(SELLER, day)) == (4 * POINT, 280 * CENT)
    region.assert_book_balances()


def test_paid_credits_are_collected_once_the_day_is_closed(region):
    day = closed_day_with_debts(region)
    region.fund("grid_company", 20 * POINT)
    before = region.market.freeOf(SELLER)
    by = {"from": actor("stranger")}
    transaction = region.market.collect(SELLER, DAY, by)
    assert fields(transaction.events["DeferredCollected"]) == {"member": SELLER, "day": DAY, "amount": 8 * POINT}
    assert region.market.freeOf(SELLER) == before + 8 * POINT
    with reverts("DeferredCredits_NothingToCollect", SELLER, DAY):
        region.market.collect(SELLER, DAY, by)
    with reverts("DeferredCredits_DayNotClosed", day, day):
        region.market.collect(SELLER, day, by)
    region.assert_book_balances()


def test_income_pays_what_is_owed_before_it_is_free(region):
    day = closed_day_with_debts(region)
    region.settle(0, day=day)  # 0.80 of grid fees
    assert region.deferred.totals()[1] == 80 * CENT
    assert region.market.funds() == 0
    with reverts("MarginAccounts_AboveFree", GRID, 0, 1):
        region.desk.withdraw(1, {"from": actor("grid_company")})


def test_the_record_is_the_markets(region):
    by = {"from": actor("stranger")}
    for call in (
        lambda: region.deferred.defer(SELLER, DAY, 1, by),
        lambda: region.deferred.pay(1, by),
        lambda: region.deferred.collect(SELLER, DAY, DAY + 1, by),
    ):
        with reverts("DeferredCredits_NotMarket", actor("stranger")):
            call()


def test_the_grid_company_withdraws_only_what_it_does_not_front(region):
    indebt(region)
    free = region.market.freeOf(GRID)
    assert free == 1_000 * POINT
    with reverts("MarginAccounts_AboveFree", GRID, free, free + 1):
        region.desk.withdraw(free + 1, {"from": actor("grid_company")})
    region.desk.withdraw(free, {"from": actor("grid_company")})
    region.assert_book_balances()


# The floor


@pytest.fixture
def floored(region, project):
    """A market of its own whose grid account has a floor of 50 points."""
    other = replace(region)
    deploy_market(other, grid_floor=50 * POINT)
    for name in ("seller", "buyer"):
        other.fund(name, 100 * POINT)
    return other


def test_below_its_floor_the_account_closes_the_gate(floored):
    assert floored.market.gridLow()
    with reverts("BilateralMarket_GridAccountLow", 0, 50 * POINT):
        floored.register(agreement())
    floored.fund("grid_company", 50 * POINT - 1)
    with reverts("BilateralMarket_GridAccountLow", 50 * POINT - 1, 50 * POINT):
        floored.register(agreement())
    floored.fund("grid_company", 1)
    floored.register(agreement())
    floored.desk.withdraw(1, {"from": actor("grid_company")})
    with reverts("BilateralMarket_GridAccountLow", 50 * POINT - 1, 50 * POINT):
        floored.register(agreement(salt=2))


def test_below_its_floor_settlement_goes_on(floored):
    floored.fund("grid_company", 50 * POINT)
    floored.register(agreement())
    floored.desk.withdraw(50 * POINT, {"from": actor("grid_company")})
    full = {8: 10_000, 9: 10_000}
    deliver(floored, seller=({}, full), buyer=(full, {}))
    floored.settle(0)
    floored.close()
    assert floored.market.funds() == 80 * CENT
