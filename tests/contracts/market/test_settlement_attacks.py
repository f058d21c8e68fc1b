"""Attacks on what a day is settled, reconciled and paid by, named after what was tried."""

from dataclasses import replace

import pytest

from tests.contracts.market.test_grid_account import withdraw_all
from tests.contracts.market.test_market_close import one_hour, other_pair
from tests.contracts.market.test_market_reconciliation import FULL, reconcile, reconcile_residual, settled, words
from tests.contracts.market.test_settlement import deliver
from tests.support.deploying import deploy_market
from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    FINAL,
    FIRST_HOUR,
    MEMBER_IDS,
    POINT,
    RESERVE,
    Region,
    actor,
    only,
)
from tests.support.reverts import reverts

SELLER = MEMBER_IDS["seller"]
BY = {"from": actor("stranger")}
MILLI = 10**15  # [point-wei]


# Double counting


@pytest.mark.parametrize(
    ("name", "sheet", "leg"), [("seller", ({}, {8: 10_000}), 4_000), ("buyer", ({8: 10_000}, {}), -7_500)]
)
def test_a_member_day_that_was_reconciled_first_is_not_settled_again(region, name, sheet, leg):
    """Nobody settled it for seven days. Exporters would be paid twice, and anybody could bill a consumer twice."""
    member = MEMBER_IDS[name]
    deliver(region, **{name: sheet})
    Region.go(FINAL)
    before = region.balances()[name]
    reconcile_residual(region, member)
    assert region.balances()[name] == before + leg * MILLI
    assert tuple(region.residuals.stateOf(member, DAY)) == (True, True)
    assert not region.settle_residual(member).events
    assert region.balances()[name] == before + leg * MILLI
    region.assert_book_balances()


def test_a_later_market_does_not_bill_the_days_before_it(region, project):
    """Sheets outlive a market: what the first one has billed is not to be billed by its successor."""
    deliver(region, seller=({}, {8: 10_000}))
    region.settle_residual(SELLER)
    other = replace(region)
    Region.go(FINAL)
    deploy_market(other)
    first = other.market.firstDay()
    assert first > DAY
    with reverts("ResidualSettlement_BeforeMarket", DAY, first):
        other.settle_residual(SELLER)
    with reverts("ResidualSettlement_BeforeMarket", DAY, first):
        reconcile_residual(other, SELLER)


# A small default in front of a large one


@pytest.mark.parametrize("short", ["seller", "buyer"])
def test_one_watt_hour_does_not_shield_a_default_found_late(region, short):
    """The first sheets show 1 Wh of default by either party; in truth the seller delivered nothing at all."""
    almost = {8: 10_000, 9: 9_999}
    settled(
        region,
        {"seller": ({}, almost if short == "seller" else FULL), "buyer": (almost if short == "buyer" else FULL, {})},
    )
    assert 0 < region.reader.agreementOf(DAY, 0)["penalty"] < MILLI
    former = words(exports=almost if short == "seller" else FULL)
    region.submit(region.sheet("seller", exports=only({}), revision=1))
    Region.go(FINAL)
    transaction = reconcile(region, seller=former)
    # 20 kWh x 0.08 at weight 50, less what the seller's first default cost it at that weight: 0.08 x 1e-6 / 10.
    first = 8 * 10**9 if short == "seller" else 0
    assert transaction.events["AgreementReconciled"]["toReserve"] == 1_600 * MILLI - first
    region.assert_book_balances()


def test_a_penalty_never_falls_by_a_correction(region):
    """Whoever was thought to have broken its word keeps the penalty: the pool has been shared out."""
    settled(region, {"seller": ({}, {8: 5_000}), "buyer": (FULL, {})})
    region.submit(region.sheet("seller", exports=only(FULL), revision=1))
    Region.go(FINAL)
    transaction = reconcile(region, seller=words(exports={8: 5_000}))
    event = transaction.events["AgreementReconciled"]
    # 15 kWh at 0.63, and their compensation of 0.08 back.
    assert (event["sellerDifference"], event["toReserve"]) == ((9_450 + 1_200) * MILLI, 0)


# Unbacked balances


def found_late_on_an_empty_account(region):
    """The seller has withdrawn all and owes 15.80 of a default found late, 1.60 of it to the reserve."""
    settled(region, {"seller": ({}, FULL), "buyer": (FULL, {})})
    region.register(other_pair(firstHour=FIRST_HOUR + 9 * 24 + 8))
    withdraw_all(region, "seller")
    region.submit(region.sheet("seller", exports=only({}), revision=1))
    withdraw_all(region, "grid_company")
    Region.go(FINAL)
    return reconcile(region, seller=words(exports=FULL))


def test_a_penalty_that_nobody_could_pay_is_not_paid_by_the_next_seller(region):
    """The reserve waits for the debtor; an honest pair's sale, paid out of the buyer's margin, is paid at once."""
    transaction = found_late_on_an_empty_account(region)
    waits = transaction.events["CreditDeferred"]
    day = DAY + 1
    assert (waits["member"], waits["day"], waits["amount"]) == (RESERVE, day, 1_600 * MILLI)
    assert (region.market.freeOf(RESERVE), region.market.funds()) == (0, 0)
    later = DAY + 9
    kept = {8: 10_000}
    Region.go(DAY_END + 9 * 86_400)
    region.submit(
        region.sheet("second_seller", exports=only(kept), day=later),
        region.sheet("second_buyer", imports=only(kept), day=later),
    )
    before = region.balances()["second_seller"]
    transaction = region.settle(0, day=later)
    assert "CreditDeferred" not in transaction.events
    assert region.balances()["second_seller"] == before + 6_300 * MILLI
    region.assert_book_balances()


def test_the_reserve_collects_when_the_debtor_pays(region):
    found_late_on_an_empty_account(region)
    day = DAY + 1
    with reverts("MarginDesk_ReserveNeeded", 1, 0):
        region.desk.payReserve(actor("stranger"), 1, {"from": region.deployer})
    region.fund("seller", 16 * POINT)
    assert tuple(region.deferred.owedTo(RESERVE, day)) == (1_600 * MILLI, 1_600 * MILLI)
    region.settle(0, day=DAY + 8)
    region.market.collect(RESERVE, day, BY)
    region.desk.payReserve(actor("stranger"), 1_600 * MILLI, {"from": region.deployer})
    assert region.unbooked() == 0


# A lock that never opens


def test_what_is_owed_is_collected_also_when_nobody_agrees_any_more(region):
    """The account was empty on a day without agreements, and the market is paused for good afterwards."""
    withdraw_all(region, "grid_company")
    deliver(region, seller=({}, {8: 10_000}))
    region.settle_residual(SELLER)
    day = region.market.openDay()
    region.fund("grid_company", 4 * POINT)
    region.market.pause({"from": actor("guardian")})
    Region.go(DEADLINE + 86_400)
    with reverts("DeferredCredits_DayNotClosed", day, day):
        region.market.collect(SELLER, day, BY)
    region.market.settle(DAY + 1, [0], BY)
    assert region.market.openDay() == DAY + 1
    before = region.market.freeOf(SELLER)
    region.market.collect(SELLER, day, BY)
    assert region.market.freeOf(SELLER) == before + 4 * POINT
    region.assert_book_balances()


def test_an_empty_day_does_not_pass_over_an_open_one(region):
    region.register(one_hour())
    Region.go(DEADLINE + 86_400)
    with reverts("BilateralMarket_NotOpenDay", DAY + 1, DAY):
        region.market.settle(DAY + 1, [0], BY)


def test_days_that_are_not_over_stay_open(region):
    day = DAY + 1
    Region.at(DEADLINE + 86_400 - 2)
    with reverts("BilateralMarket_TooEarly", day, DEADLINE + 86_400, DEADLINE + 86_400 - 2):
        region.market.settle(day, [0], BY)


# A full account


def test_a_full_account_stops_no_day(region):
    """Who leaves 154 million points on its account is owed what more it earns, and everybody else's day goes on."""
    region.register(one_hour(), other_pair())
    largest, by = 2**87 - 1, {"from": region.deployer}
    region.market.admit(region.deployer, 1, by)  # a desk of its own, which no deposit ever fills so far
    region.market.deposit(SELLER, largest - region.market.freeOf(SELLER), by)
    kept = {8: 10_000}
    deliver(
        region,
        seller=({}, kept | {9: 10_000}), buyer=(kept, {}), second_seller=({}, kept), second_buyer=(kept, {}),
    )  # fmt: skip
    margin = region.market.reservedOf(SELLER)
    transaction = region.settle(0, 1)
    waits = transaction.events["CreditDeferred"]
    assert (waits["member"], waits["day"], waits["amount"]) == (SELLER, DAY, 6_300 * MILLI + margin)
    region.close()
    day = region.market.openDay()
    region.settle_residual(SELLER)
    assert tuple(region.deferred.owedTo(SELLER, day)) == (4 * POINT, 4 * POINT)
    assert region.market.freeOf(SELLER) == largest
    assert tuple(region.deferred.owedTo(SELLER, DAY)) == (6_300 * MILLI + margin,) * 2
    with reverts("Accounts_TooLarge", largest + 6_300 * MILLI + margin, 0):
        region.market.collect(SELLER, DAY, BY)
    region.desk.withdraw(20 * POINT, {"from": actor("seller")})
    region.market.collect(SELLER, DAY, BY)
    assert region.market.freeOf(SELLER) == largest - 20 * POINT + 6_300 * MILLI + margin
