"""Settlement in the market: who pays whom, from which sheets, and what cannot be done to it."""

import pytest

from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    FIRST_HOUR,
    MEMBER_IDS,
    POINT,
    SILENT,
    Region,
    actor,
    agreement,
    fields,
    only,
    pack,
    plain,
)
from tests.support.reverts import reverts

SELLER, BUYER, SECOND_BUYER, PROSUMER, GRID = (
    MEMBER_IDS[name] for name in ("seller", "buyer", "second_buyer", "prosumer", "grid_company")
)
MILLI = 10**15  # [point-wei]
CENT = 10**16  # [point-wei]
MISSING, MEASURED, ESTIMATED = 0, 1, 2
HALF = 5 * 10**17  # the weight of a newcomer [wad]


def deliver(region, **registers):
    """Move to the end of the day and submit sheets: name -> (imports, exports) by hour of the day."""
    Region.go(DAY_END)
    sheets = [
        region.sheet(name, imports=only(imports), exports=only(exports))
        for name, (imports, exports) in registers.items()
    ]
    region.submit(*sheets)
    Region.go(DEADLINE)


def changes(region, before):
    after = region.balances()
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


# By hand, 0.63 point/kWh, 10 kWh in each of two hours; hour 8: 10 delivered, 8 taken; hour 9: 6 delivered, 7 taken.
# Matched 8 + 6, surplus 2, missing 1: received = 14 x 0.63 + 2 x 0.40 = 9.62, paid = 14 x 0.67 + 1 x 0.75 = 10.13.
# Hour 8: the buyer alone is 2 short and compensates 2 x (0.63 - 0.40) = 0.46. Hour 9: both are short.
# Penalties at weight 50, twice the loss x 1/2: 0.08 x 4^2 / 10 = 0.128 and 0.23 x (2^2 + 3^2) / 10 = 0.299.
# Weights: both were short of 4 and of 2 + 3 kWh of 20. The buyer performed in no hour, the seller in one: 10 of 20 kWh.
def test_an_agreement_is_settled_hour_by_hour(region):
    region.register(agreement())
    before = region.balances()
    deliver(region, seller=({}, {8: 10_000, 9: 6_000}), buyer=({8: 8_000, 9: 7_000}, {}))
    transaction = region.settle(0)
    assert fields(transaction.events["AgreementDefaulted"]) == {
        "id": DAY << 32,
        "seller": SELLER,
        "buyer": BUYER,
        "energy": (962 * CENT, 1_013 * CENT, MEASURED | MEASURED << 2),
        "shares": (0, 0),
        "sellerCharge": (0, 128 * MILLI),
        "buyerCharge": (460 * MILLI, 299 * MILLI),
    }
    assert changes(region, before) == {
        "seller": (9_620 + 460 - 128) * MILLI,
        "buyer": -(10_130 + 460 + 299) * MILLI,
        "grid_company": 51 * CENT,
    }
    assert region.market.reservedOf(SELLER) == region.market.reservedOf(BUYER) == 0
    assert tuple(region.market.stateOf(DAY, 0)) == (True, True)
    assert region.reader.agreementOf(DAY, 0)["penalty"] == 427 * MILLI
    assert plain(region.reader.creditOf(SELLER)) == (HALF, DAY, 0, 10_000, 20_000, 4_000)
    assert plain(region.reader.creditOf(BUYER)) == (HALF, DAY, 0, 0, 20_000, 5_000)
    assert region.reader.weightOf(SELLER) == HALF + HALF // 2 - HALF // 5
    assert region.reader.weightOf(BUYER) == HALF - HALF // 4
    region.assert_book_balances(427 * MILLI)


def test_who_keeps_the_agreement_pays_for_the_energy_alone(region):
    region.register(agreement())
    before = region.balances()
    deliver(region, seller=({}, {8: 10_000, 9: 10_000}), buyer=({8: 10_000, 9: 10_000}, {}))
    transaction = region.settle(0)
    assert fields(transaction.events["AgreementSettled"]) == {
        "id": DAY << 32,
        "seller": SELLER,
        "buyer": BUYER,
        "energy": (1_260 * CENT, 1_340 * CENT, MEASURED | MEASURED << 2),
        "shares": (0, 0),
    }
    assert changes(region, before) == {
        "seller": 1_260 * CENT, "buyer": -1_340 * CENT, "grid_company": 80 * CENT,
    }  # fmt: skip
    assert tuple(region.market.stateOf(DAY, 0)) == (True, False)
    assert region.reader.weightOf(SELLER) == region.reader.weightOf(BUYER) == 10**18  # the market's whole energy
    region.assert_book_balances()


def test_a_default_without_loss_is_settled_at_once(region):
    """At B - G the buyer loses nothing when it is not served: no penalty waits for the close."""
    region.register(agreement(price=7_100 * 10**14))
    deliver(region, seller=({}, {}), buyer=({8: 10_000, 9: 10_000}, {}))
    region.settle(0)
    assert tuple(region.market.stateOf(DAY, 0)) == (True, False)
    assert region.reader.weightOf(SELLER) == 0
    region.close()


def test_energy_above_the_agreement_is_not_the_agreements(region):
    region.register(agreement(hourCount=1))
    deliver(region, seller=({}, {8: 30_000}), buyer=({8: 40_000}, {}))
    settled = fields(region.settle(0).events["AgreementSettled"])
    assert settled["energy"][:2] == (630 * CENT, 670 * CENT)
    transaction = region.settle_residual(SELLER, BUYER)
    assert [fields(event) for event in transaction.events["ResidualSettled"]] == [
        {"member": SELLER, "day": DAY, "exportWh": 20_000, "importWh": 0, "memberLeg": 800 * CENT},  # 20 x 0.40
        {"member": BUYER, "day": DAY, "exportWh": 0, "importWh": 30_000, "memberLeg": -2_250 * CENT},  # 30 x 0.75
    ]
    region.assert_book_balances()


def test_a_meter_is_shared_in_proportion(region):
    """2/3 of 10,001 Wh is 6,667.3, 1/3 is 3,333.7: both rounded down, one Wh is on nobody's bill."""
    region.register(agreement(hourCount=1, whPerHour=20_000), agreement(hourCount=1, buyer=SECOND_BUYER, salt=2))
    deliver(region, seller=({}, {8: 10_001}), buyer=({8: 20_000}, {}), second_buyer=({8: 10_000}, {}))
    events = [fields(event) for event in region.settle(0, 1).events["AgreementDefaulted"]]
    assert [event["energy"][0] for event in events] == [6_667 * 630 * 10**12, 3_333 * 630 * 10**12]
    assert region.reader.creditOf(SELLER)["shortfallWh"] == 13_333 + 6_667
    assert fields(region.settle_residual(SELLER).events["ResidualSettled"])["exportWh"] == 0


def test_a_prosumers_registers_are_never_netted(region):
    region.register(
        agreement(seller=PROSUMER, hourCount=1), agreement(buyer=PROSUMER, hourCount=1, salt=2, whPerHour=3_000)
    )
    deliver(region, prosumer=({8: 4_000}, {8: 9_000}), seller=({}, {8: 3_000}), buyer=({8: 10_000}, {}))
    transaction = region.settle(0, 1)
    # 9 kWh at 0.67 and 1 kWh at 0.75; 3 kWh at 0.67.
    assert fields(transaction.events["AgreementDefaulted"])["energy"][1] == (603 + 75) * CENT
    assert fields(transaction.events["AgreementSettled"])["energy"][1] == 201 * CENT
    residual = fields(region.settle_residual(PROSUMER).events["ResidualSettled"])
    assert (residual["exportWh"], residual["importWh"]) == (0, 1_000)


# When, and by whom


def test_settlement_begins_at_the_submission_deadline(region):
    region.register(agreement())
    Region.at(DEADLINE - 1)
    by = {"from": actor("stranger")}
    with reverts("BilateralMarket_TooEarly", DAY, DEADLINE, DEADLINE - 1):
        region.market.settle(DAY, [0], by)
    with reverts("ResidualSettlement_TooEarly", DAY, DEADLINE, DEADLINE - 1):
        Region.at(DEADLINE - 1)
        region.residuals.settle(DAY, [SELLER], by)


def test_an_agreement_is_settled_once(region):
    """A second caller is passed over, and does not block what it brings along."""
    region.register(agreement(), agreement(salt=2, buyer=SECOND_BUYER))
    full = {8: 20_000, 9: 20_000}
    deliver(region, seller=({}, full), buyer=(full, {}), second_buyer=(full, {}))
    region.settle(0)
    before = region.balances()
    transaction = region.settle(0, 1, 0, 1, by="seller")
    assert [event["id"] for event in transaction.events["AgreementSettled"]] == [DAY << 32 | 1]
    assert region.balances()["buyer"] == before["buyer"]
    region.close()
    after = region.balances()
    assert not region.settle(0, 1).events
    assert region.balances() == after


def test_a_member_day_is_settled_once(region):
    deliver(region, buyer=({8: 1_000}, {}))
    region.settle_residual(BUYER)
    assert tuple(region.residuals.stateOf(BUYER, DAY)) == (True, False)
    before = region.balances()
    assert "ResidualSettled" not in region.settle_residual(BUYER, BUYER).events
    assert region.balances() == before


def test_unknown_agreements_are_refused(region):
    region.register(agreement())
    Region.go(SILENT)
    with reverts("BilateralMarket_UnknownAgreement", DAY, 1):
        region.settle(1)


def test_batches_have_a_cap(region):
    Region.go(SILENT)
    for size in (0, 129):
        with reverts("BilateralMarket_BatchSize", size, 128):
            region.settle(*([7] * size))
    with reverts("BilateralMarket_BatchSize", 129, 128):
        region.close(*([7] * 129))
    cap = region.residuals.BATCH_CAP()
    for size in (0, cap + 1):
        with reverts("ResidualSettlement_BatchSize", size, size, cap):
            region.settle_residual(*([BUYER] * size))


def test_the_grid_company_does_not_settle_with_itself(region):
    deliver(region, grid_company=({8: 1_000}, {9: 1_000}))
    with reverts("ResidualSettlement_GridCompany", GRID):
        region.settle_residual(GRID)


def test_settlement_goes_on_while_paused(region):
    region.register(agreement())
    deliver(region, seller=({}, {8: 10_000, 9: 10_000}), buyer=({8: 10_000, 9: 10_000}, {}))
    region.market.pause({"from": actor("guardian")})
    region.settle(0)
    region.settle_residual(SELLER, BUYER)
    region.close()
    region.desk.withdraw(1_012 * POINT, {"from": actor("seller")})
    assert region.points.balanceOf(actor("seller")) == 1_012 * POINT


def test_only_admitted_contracts_book(region):
    by = {"from": actor("operator")}
    for call, needed in (
        (lambda: region.market.book([SELLER], [POINT], 0, by), 2),
        (lambda: region.market.deposit(SELLER, POINT, by), 1),
        (lambda: region.market.withdraw(SELLER, POINT, by), 1),
    ):
        with reverts("MarginAccounts_NotAdmitted", actor("operator"), needed):
            call()


# Silence


def test_a_missing_sheet_waits_for_an_estimate(region):
    region.register(agreement())
    deliver(region, seller=({}, {8: 10_000, 9: 10_000}))
    Region.at(SILENT - 1)
    with reverts("BilateralMarket_SheetMissing", BUYER, DAY, SILENT, SILENT - 1):
        region.market.settle(DAY, [0], {"from": actor("stranger")})
    guess = (BUYER, DAY, pack(only({8: 10_000, 9: 10_000})), pack(only({})))
    region.sheets.estimate([guess], {"from": actor("operator")})
    settled = fields(region.settle(0).events["AgreementSettled"])
    assert settled["energy"] == (1_260 * CENT, 1_340 * CENT, MEASURED | ESTIMATED << 2)


@pytest.mark.parametrize(
    ("silent", "received", "paid", "charge"),
    [
        # The seller delivered nothing: 20 x 0.75 for the buyer, who gets 20 x 0.08; the penalty is as much.
        ("seller", 0, 1_500 * CENT, (1_600 * MILLI, 1_600 * MILLI)),
        # The buyer took nothing: the seller gets 20 x 0.40, and 20 x 0.23; the penalty is as much.
        ("buyer", 800 * CENT, 0, (4_600 * MILLI, 4_600 * MILLI)),
    ],
)
def test_silence_is_the_worst_case(region, silent, received, paid, charge):
    region.register(agreement())
    full = {8: 10_000, 9: 10_000}
    sheets = {"seller": ({}, full), "buyer": (full, {})}
    del sheets[silent]
    deliver(region, **sheets)
    Region.go(SILENT)
    event = fields(region.settle(0).events["AgreementDefaulted"])
    sources = MEASURED << 2 if silent == "seller" else MEASURED
    assert event["energy"] == (received, paid, sources)
    assert event[f"{silent}Charge"] == charge
    with reverts("ResidualSettlement_NoSheet", MEMBER_IDS[silent], DAY):
        region.settle_residual(MEMBER_IDS[silent])


def test_sheets_stand_still_from_the_deadline_to_the_close(region):
    region.register(agreement())
    full = {8: 10_000, 9: 10_000}
    deliver(region, seller=({}, full))
    late = region.sheet("buyer", imports=only(full))
    corrected = region.sheet("seller", exports=only(full), revision=1)
    for sheet in (late, corrected):
        with reverts("DaySheets_InSettlement", DAY):
            region.submit(sheet)
    assert region.sheets.finalFrom(DAY) == 2**256 - 1
    Region.go(SILENT)
    guess = (BUYER, DAY, pack(only(full)), pack(only({})))
    with reverts("DaySheets_InSettlement", DAY):
        region.sheets.estimate([guess], {"from": actor("operator")})
    region.settle(0)
    with reverts("DaySheets_InSettlement", DAY):
        region.submit(late)
    region.close(0)
    region.submit(late, corrected)
    assert region.sheets.finalFrom(DAY) == DAY_END + 7 * 86_400


def test_a_late_close_gives_another_day_for_corrections(region):
    region.register(agreement())
    full = {8: 10_000, 9: 10_000}
    deliver(region, seller=({}, full), buyer=(full, {}))
    region.settle(0)
    closed = DAY_END + 30 * 86_400
    Region.at(closed)
    region.close()
    assert region.market.closedAt(DAY) == closed
    assert region.sheets.finalFrom(DAY) == closed + 86_400
    region.submit(region.sheet("seller", exports=only({8: 1}), revision=1))
    Region.at(closed + 86_400)
    with reverts("DaySheets_WindowClosed", DAY, closed + 86_400, closed + 86_400):
        region.submit(region.sheet("seller", exports=only({8: 2}), revision=2))


def test_a_day_without_agreements_holds_no_sheet(region):
    Region.go(DEADLINE)
    region.submit(region.sheet("seller", exports=only({8: 1_000})))
    # It came after the deadline: what the day was settled on is an empty sheet.
    with reverts("ResidualSettlement_Corrected", SELLER, DAY):
        region.settle_residual(SELLER)


def test_an_agreement_across_a_word_reads_every_hour(region):
    """Six hours from 06:00 lie in two words of the sheets."""
    region.register(agreement(firstHour=FIRST_HOUR + 6, hourCount=6, whPerHour=1_000))
    hours = dict.fromkeys(range(6, 12), 1_000)
    deliver(region, seller=({}, hours | {7: 400, 8: 500}), buyer=(hours, {}))
    event = fields(region.settle(0).events["AgreementDefaulted"])
    assert event["energy"][0] == 4_900 * 630 * 10**12
    assert event["sellerCharge"][0] == 1_100 * 80 * 10**12
    assert region.reader.creditOf(SELLER)["performedWh"] == 4_000
