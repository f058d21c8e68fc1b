"""Settlement in the market: who pays whom, from which sheets, and what cannot be done to it."""

import pytest
from region import (
    DAY,
    DAY_END,
    DEADLINE,
    FIRST_HOUR,
    MEMBER_IDS,
    POINT,
    Kind,
    Region,
    actor,
    agreement,
    fields,
    only,
    pack,
    plain,
    registration,
)
from reverts import reverts
from signing import DAY_SHEET, key_of, sign

SELLER, BUYER, SECOND_BUYER, PROSUMER, GRID = (
    MEMBER_IDS[name] for name in ("seller", "buyer", "second_buyer", "prosumer", "grid_company")
)
CENT = 10**16  # [point-wei]


def settle(region, *numbers, by="stranger"):
    return region.market.settle(list(numbers), {"from": actor(by)})


def settle_residual(region, *members, day=DAY):
    return region.market.settleResidual(list(members), day, {"from": actor("stranger")})


def deliver(region, **registers):
    """Move to the end of the day and submit sheets: name -> (imports, exports) by hour of the day."""
    Region.go(DAY_END)
    sheets = [
        region.sheet(name, imports=only(imports), exports=only(exports))
        for name, (imports, exports) in registers.items()
    ]
    region.submit(*sheets)


# By hand, 0.63 point/kWh, 10 kWh in each of two hours; hour 8: 10 delivered, 8 taken; hour 9: 6 delivered, 7 taken
# (1 of the 7 is missing): matched 8 + 6, surplus 2, shortfall 1.
#   received = 14 x 0.63 + 2 x 0.40 = 9.62; paid = 14 x 0.67 + 1 x 0.75 = 10.13; grid = 10.13 - 9.62 = 0.51
def test_an_agreement_is_settled_hour_by_hour(region):
    [number] = region.register(agreement())
    before = region.balances()
    deliver(region, seller=({}, {8: 10_000, 9: 6_000}), buyer=({8: 8_000, 9: 7_000}, {}))
    transaction = settle(region, number)
    assert fields(transaction.events["AgreementSettled"]) == {
        "id": number,
        "seller": SELLER,
        "buyer": BUYER,
        "matchedWh": 14_000,
        "surplusWh": 2_000,
        "shortfallWh": 1_000,
        "received": 962 * CENT,
        "paid": 1_013 * CENT,
        "gridRevenue": 51 * CENT,
        "estimated": False,
    }
    assert region.balances() == before | {
        "seller": before["seller"] + 962 * CENT,
        "buyer": before["buyer"] - 1_013 * CENT,
        "grid_company": before["grid_company"] + 51 * CENT,
    }
    assert region.market.reservedOf(BUYER) == 0
    assert plain(region.market.agreementOf(number))[6] is True
    region.assert_book_balances()


def test_energy_above_the_agreement_is_not_the_agreements(region):
    [number] = region.register(agreement(hourCount=1))
    deliver(region, seller=({}, {8: 30_000}), buyer=({8: 40_000}, {}))
    settled = fields(settle(region, number).events["AgreementSettled"])
    assert (settled["matchedWh"], settled["surplusWh"], settled["shortfallWh"]) == (10_000, 0, 0)
    transaction = settle_residual(region, SELLER, BUYER)
    told = [fields(event) for event in transaction.events["ResidualSettled"]]
    assert [event.pop("estimated") for event in told] == [False, False]
    assert told == [
        {"member": SELLER, "day": DAY, "exportWh": 20_000, "importWh": 0, "memberLeg": 800 * CENT},
        {"member": BUYER, "day": DAY, "exportWh": 0, "importWh": 30_000, "memberLeg": -2_250 * CENT},
    ]  # 20 x 0.40 and 30 x 0.75


def test_a_meter_is_shared_in_proportion(region):
    """2/3 of 10,001 Wh is 6,667.3, 1/3 is 3,333.7: both rounded down, one Wh is on nobody's bill."""
    numbers = region.register(
        agreement(hourCount=1, whPerHour=20_000), agreement(hourCount=1, buyer=SECOND_BUYER, salt=2)
    )
    deliver(region, seller=({}, {8: 10_001}), buyer=({8: 20_000}, {}), second_buyer=({8: 10_000}, {}))
    events = [fields(event) for event in settle(region, *numbers).events["AgreementSettled"]]
    assert [event["matchedWh"] for event in events] == [6_667, 3_333]
    assert [event["shortfallWh"] for event in events] == [13_333, 6_667]
    assert fields(settle_residual(region, SELLER).events["ResidualSettled"])["exportWh"] == 0


def test_a_prosumers_registers_are_never_netted(region):
    numbers = region.register(
        agreement(seller=PROSUMER, hourCount=1), agreement(buyer=PROSUMER, hourCount=1, salt=2, whPerHour=3_000)
    )
    deliver(
        region,
        prosumer=({8: 4_000}, {8: 9_000}),
        seller=({}, {8: 3_000}),
        buyer=({8: 10_000}, {}),
    )
    events = [fields(event) for event in settle(region, *numbers).events["AgreementSettled"]]
    assert [(event["matchedWh"], event["shortfallWh"]) for event in events] == [(9_000, 1_000), (3_000, 0)]
    residual = fields(settle_residual(region, PROSUMER).events["ResidualSettled"])
    assert (residual["exportWh"], residual["importWh"]) == (0, 1_000)


def test_nothing_is_settled_without_both_sheets(region):
    [number] = region.register(agreement())
    deliver(region, seller=({}, {8: 10_000}))
    with reverts("DaySheets_NoSheet", BUYER, DAY):
        settle(region, number)
    with reverts("DaySheets_NoSheet", BUYER, DAY):
        settle_residual(region, SELLER, BUYER)
    assert not region.market.residualSettled(SELLER, DAY)
    region.submit(region.sheet("buyer", imports=only({8: 10_000})))
    settle(region, number)
    settle_residual(region, SELLER, BUYER)


def test_an_agreement_is_settled_once(region):
    """A second caller is passed over, and does not block what it brings along."""
    first, second = region.register(agreement(), agreement(salt=2, buyer=SECOND_BUYER))
    deliver(region, seller=({}, {8: 20_000, 9: 20_000}), buyer=({8: 1}, {}), second_buyer=({8: 1}, {}))
    settle(region, first)
    before = region.balances()
    transaction = settle(region, first, second, first, second, by="seller")
    assert [event["id"] for event in transaction.events["AgreementSettled"]] == [second]
    assert region.balances()["buyer"] == before["buyer"]
    after = region.balances()
    assert "AgreementSettled" not in settle(region, first, second).events
    assert region.balances() == after


def test_a_member_day_is_settled_once(region):
    deliver(region, buyer=({8: 1_000}, {}))
    settle_residual(region, BUYER)
    assert region.market.residualSettled(BUYER, DAY)
    before = region.balances()
    transaction = settle_residual(region, BUYER, BUYER)
    assert "ResidualSettled" not in transaction.events
    assert region.balances() == before


def test_unknown_agreements_are_refused(region):
    with reverts("BilateralMarket_UnknownAgreement", 7):
        settle(region, 7)


def test_batches_have_a_cap(region):
    cap = region.market.SETTLE_CAP()
    for size in (0, cap + 1):
        with reverts("BilateralMarket_BatchSize", size, cap):
            settle(region, *([7] * size))
        with reverts("BilateralMarket_BatchSize", size, cap):
            settle_residual(region, *([BUYER] * size))


def test_the_grid_company_does_not_settle_with_itself(region):
    deliver(region, grid_company=({8: 1_000}, {9: 1_000}))
    with reverts("BilateralMarket_SelfTrade", GRID):
        settle_residual(region, GRID)


def test_settlement_goes_on_while_paused(region):
    [number] = region.register(agreement())
    deliver(region, seller=({}, {8: 10_000}), buyer=({8: 10_000}, {}))
    region.market.pause({"from": actor("guardian")})
    settle(region, number)
    settle_residual(region, SELLER, BUYER)
    region.market.withdraw(630 * CENT, {"from": actor("seller")})
    assert region.points.balanceOf(actor("seller")) == 630 * CENT


@pytest.mark.parametrize("silent", ["seller", "buyer"])
def test_an_agreement_on_an_estimate_says_so(region, silent):
    [number] = region.register(agreement())
    meters = {"seller": ({}, {8: 10_000, 9: 10_000}), "buyer": ({8: 10_000, 9: 10_000}, {})}
    imports, exports = meters.pop(silent)
    deliver(region, **meters)
    Region.go(DEADLINE)
    guess = (MEMBER_IDS[silent], DAY, pack(only(imports)), pack(only(exports)))
    region.sheets.estimate([guess], {"from": actor("operator")})
    settled = fields(settle(region, number).events["AgreementSettled"])
    assert (settled["matchedWh"], settled["estimated"]) == (20_000, True)


# Debts: the seller has nothing on its account and imports 100 kWh: it owes 75 points.


def test_the_grid_company_fronts_a_debt(region):
    before = region.balances()
    grid_free = region.market.freeOf(GRID)
    deliver(region, seller=({8: 100_000}, {}))
    transaction = settle_residual(region, SELLER)
    assert fields(transaction.events["DebtChanged"]) == {"member": SELLER, "debt": 75 * POINT}
    assert region.market.freeOf(SELLER) == -75 * POINT
    assert region.market.totalDebt() == 75 * POINT
    # What the grid company earned is what it lent: nothing that it could withdraw.
    assert region.market.freeOf(GRID) == grid_free
    assert region.balances() == before | {"seller": -75 * POINT}
    region.assert_book_balances()


def test_a_debtor_neither_withdraws_nor_agrees(region):
    deliver(region, seller=({8: 100_000}, {}))
    settle_residual(region, SELLER)
    with reverts("MarginAccounts_AboveFree", SELLER, -75 * POINT, 1):
        region.market.withdraw(1, {"from": actor("seller")})
    tomorrow = {"firstHour": FIRST_HOUR + 56, "expiry": 2**64 - 1}
    with reverts("BilateralMarket_Indebted", SELLER, 75 * POINT):
        region.register(agreement(**tomorrow))


def test_a_deposit_pays_the_debt_first(region):
    deliver(region, seller=({8: 100_000}, {}))
    settle_residual(region, SELLER)
    grid_free = region.market.freeOf(GRID)
    region.fund("seller", 70 * POINT)
    assert region.market.freeOf(SELLER) == -5 * POINT
    assert region.market.totalDebt() == 5 * POINT
    assert region.market.freeOf(GRID) == grid_free + 70 * POINT
    region.fund("seller", 6 * POINT)
    assert region.market.freeOf(SELLER) == POINT
    assert region.market.totalDebt() == 0
    assert region.market.freeOf(GRID) == grid_free + 75 * POINT
    region.market.withdraw(POINT, {"from": actor("seller")})
    region.assert_book_balances()


def test_a_sale_pays_the_debt_first(region):
    [number] = region.register(agreement())
    deliver(region, seller=({8: 100_000}, {8: 10_000, 9: 10_000}), buyer=({8: 10_000, 9: 10_000}, {}))
    settle_residual(region, SELLER)
    transaction = settle(region, number)
    assert fields(transaction.events["DebtChanged"]) == {"member": SELLER, "debt": 6_240 * CENT}  # 75 - 20 x 0.63
    region.assert_book_balances()


def test_a_margin_that_returns_pays_the_debt_first(region):
    """The buyer spends all but its margin, then imports what it has not agreed: the margin's rest pays that."""
    [number] = region.register(agreement())  # reserves 15 points
    region.market.withdraw(985 * POINT, {"from": actor("buyer")})
    deliver(region, seller=({}, {8: 10_000, 9: 10_000}), buyer=({8: 10_000, 9: 10_000, 10: 2_000}, {}))
    settle_residual(region, BUYER)  # 2 x 0.75 = 1.50
    assert region.market.freeOf(BUYER) == -150 * CENT
    settle(region, number)  # 15 - 20 x 0.67 = 1.60 return
    assert region.market.freeOf(BUYER) == 10 * CENT
    assert region.market.totalDebt() == 0
    region.assert_book_balances()


# The grid company's account


def drain_grid_account(region, left: int) -> None:
    region.market.withdraw(region.market.freeOf(GRID) - left, {"from": actor("grid_company")})


def test_an_empty_grid_account_settles_nothing_that_it_cannot_pay(region):
    drain_grid_account(region, 4 * POINT)
    deliver(region, seller=({}, {8: 10_001}), buyer=({8: 10_000}, {}))
    with reverts("MarginAccounts_GridAccountShort", -4 * 10**14, 0):  # 10.001 kWh x 0.40 = 4.0004
        settle_residual(region, SELLER)
    assert not region.market.residualSettled(SELLER, DAY)
    settle_residual(region, SELLER, BUYER)  # in one batch the buyer's 7.50 come in first
    assert region.market.freeOf(GRID) == 4 * POINT + 750 * CENT - 40_004 * 10**14
    region.assert_book_balances()


def test_a_debt_needs_a_grid_account_that_fronts_it(region):
    """With nothing on either account a debt is booked against nothing: no point leaves, none appears."""
    drain_grid_account(region, 0)
    deliver(region, seller=({8: 100_000}, {}), prosumer=({}, {8: 10_000}))
    settle_residual(region, SELLER)
    assert region.market.freeOf(GRID) == 0
    with reverts("MarginAccounts_GridAccountShort", 71 * POINT, 75 * POINT):  # 75 owed, 4 to be paid
        settle_residual(region, PROSUMER)
    region.fund("seller", 4 * POINT)
    settle_residual(region, PROSUMER)
    assert region.market.freeOf(PROSUMER) == 1_004 * POINT
    region.assert_book_balances()


def test_the_grid_company_withdraws_only_what_it_does_not_front(region):
    deliver(region, seller=({8: 100_000}, {}))
    settle_residual(region, SELLER)
    free = region.market.freeOf(GRID)
    assert free == 1_000 * POINT
    with reverts("MarginAccounts_AboveFree", GRID, free, free + 1):
        region.market.withdraw(free + 1, {"from": actor("grid_company")})
    region.market.withdraw(free, {"from": actor("grid_company")})
    region.assert_book_balances()


def test_largest_energies_settle(region):
    """2.1 GWh in every hour of a day, the most that a meter can measure, overflow nothing."""
    giant = registration("giant", kind=int(Kind.CONSUMER), importW=2 * 10**9, exportW=0)
    member = int(region.join(giant, signers=["giant"]).return_value)
    Region.go(DAY_END)
    limit = 21 * 10**8
    sheet = (member, DAY, 0, pack([limit] * 24), (0, 0, 0))
    signature = sign(key_of("meter of giant"), region.domain(region.sheets, "Gridleaf DaySheets"), DAY_SHEET, sheet)
    region.sheets.submit([sheet], [signature], {"from": actor("stranger")})
    settle_residual(region, member)
    assert region.market.freeOf(member) == -24 * limit * 75 * CENT // 1_000
