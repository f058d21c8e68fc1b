"""What final sheets change of a settled day: differences of energy legs and compensation, nothing else."""

from eth_abi import encode
from eth_utils import keccak

from tests.contracts.market.test_settlement import deliver
from tests.support.region import (
    DAY,
    DAY_END,
    FINAL,
    MEMBER_IDS,
    RESERVE,
    SILENT,
    Region,
    actor,
    agreement,
    fields,
    only,
    pack,
)
from tests.support.reverts import reverts

SELLER, BUYER = MEMBER_IDS["seller"], MEMBER_IDS["buyer"]
MILLI = 10**15  # [point-wei]
FULL = {8: 10_000, 9: 10_000}
EMPTY = ((0, 0, 0), (0, 0, 0))
STRANGER = "stranger"


def words(imports=(), exports=()):
    """A sheet as it is handed in: 24 x uint32 each [Wh]."""
    return pack(only(dict(imports))), pack(only(dict(exports)))


def hash_of(sheet):
    return keccak(encode(["uint256[3]", "uint256[3]"], sheet))


def reconcile(region, *, seller=EMPTY, buyer=EMPTY, index=0):
    return region.reconciliation.reconcile(DAY, [(index, seller, buyer)], {"from": actor(STRANGER)})


def reconcile_residual(region, member, former=EMPTY):
    return region.residuals.reconcile(DAY, [member], [former], {"from": actor(STRANGER)})


def settled(region, sheets):
    """Settle one agreement of 10 kWh in each of two hours on first sheets, and close the day."""
    region.register(agreement())
    deliver(region, **sheets)
    Region.go(SILENT)
    region.settle(0)
    region.close(0)


def gains(region, before):
    after = region.balances()
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


# By hand: first 20 kWh delivered and taken, then it shows that only 16 were delivered, 6 in the second hour. The seller
# gets 4 x 0.63 less and pays 4 x 0.08 compensation; the buyer pays 4 x 0.67 less and 4 x 0.75 more, and gets that; the
# grid company sells 4 at 0.75 in place of 0.04 each. The default is a new one: the seller's penalty at weight 50,
# 0.08 x 4^2 / 10 = 0.128, is the reserve's.
def test_a_default_found_late_is_corrected_and_its_penalty_is_the_reserves(region):
    settled(region, {"seller": ({}, FULL), "buyer": (FULL, {})})
    weights = [region.reader.weightOf(member) for member in (SELLER, BUYER)]
    region.submit(region.sheet("seller", exports=only({8: 10_000, 9: 6_000}), revision=1))
    Region.go(FINAL)
    before = region.balances()
    transaction = reconcile(region, seller=words(exports=FULL))
    assert fields(transaction.events["AgreementReconciled"]) == {
        "day": DAY,
        "seller": SELLER,
        "buyer": BUYER,
        "index": 0,
        "sellerDifference": -(2_520 + 320 + 128) * MILLI,
        "buyerDifference": (2_680 - 3_000 + 320) * MILLI,
        "toReserve": 128 * MILLI,
    }
    assert gains(region, before) == {"seller": -2_968 * MILLI, "grid_company": 2_840 * MILLI}
    assert region.market.freeOf(RESERVE) == 128 * MILLI
    assert [region.reader.weightOf(member) for member in (SELLER, BUYER)] == weights
    assert region.reconciliation.reconciled(DAY, 0)
    region.assert_book_balances()


def test_a_silent_member_is_billed_in_the_end(region):
    """Its penalty stays; compensation and energy are corrected; what it took besides is billed for the first time."""
    settled(region, {"seller": ({}, FULL)})
    penalty = region.reader.agreementOf(DAY, 0)["penalty"]
    assert penalty == 4_600 * MILLI
    reserve = region.market.freeOf(RESERVE)
    region.submit(region.sheet("buyer", imports=only(FULL | {20: 4_000})))
    assert bytes(region.sheets.formerHashOf(BUYER, DAY)) == hash_of(EMPTY)
    with reverts("ResidualSettlement_Corrected", BUYER, DAY):
        region.settle_residual(BUYER)
    Region.go(FINAL)
    before = region.balances()
    reconcile(region)
    reconcile_residual(region, BUYER)
    # Seller: 12.60 in place of 8.00 + 4.60. Buyer: 13.40 in place of 4.60, and 4 x 0.75.
    assert gains(region, before) == {"buyer": -(13_400 - 4_600 + 3_000) * MILLI, "grid_company": 11_800 * MILLI}
    assert region.market.freeOf(RESERVE) == reserve
    region.assert_book_balances()


def test_energy_outside_agreements_is_corrected(region):
    settled(region, {"seller": ({20: 1_000}, FULL), "buyer": (FULL, {})})
    region.settle_residual(SELLER, BUYER)
    region.submit(region.sheet("seller", imports=only({20: 3_000}), exports=only(FULL | {12: 1_000}), revision=1))
    Region.go(FINAL)
    before = region.balances()
    transaction = reconcile_residual(region, SELLER, words({20: 1_000}, FULL))
    difference = -1_100 * MILLI  # 0.40 - 2 x 0.75
    assert fields(transaction.events["ResidualReconciled"]) == {"member": SELLER, "day": DAY, "difference": difference}
    assert gains(region, before) == {"seller": difference, "grid_company": -difference}
    assert tuple(region.residuals.stateOf(SELLER, DAY)) == (True, True)
    reconcile_residual(region, BUYER)
    assert gains(region, before) == {"seller": difference, "grid_company": -difference}


def test_what_did_not_change_is_not_corrected(region):
    settled(region, {"seller": ({}, FULL), "buyer": (FULL, {})})
    Region.go(FINAL)
    before = region.balances()
    reconcile(region)
    reconcile_residual(region, SELLER)  # its initial run never was: there is nothing outside agreements
    assert gains(region, before) == {}


def test_several_corrections_count_from_what_was_settled(region):
    settled(region, {"seller": ({}, FULL), "buyer": (FULL, {})})
    for revision, wh in ((1, 3_000), (2, 10_000)):
        region.submit(region.sheet("seller", exports=only({8: 10_000, 9: wh}), revision=revision))
    Region.go(FINAL)
    before = region.balances()
    reconcile(region, seller=words(exports=FULL))
    assert gains(region, before) == {}


def test_what_cannot_be_paid_becomes_a_debt(region):
    settled(region, {"seller": ({}, FULL), "buyer": (FULL, {})})
    region.desk.withdraw(region.market.freeOf(SELLER), {"from": actor("seller")})
    region.submit(region.sheet("seller", exports=only({}), revision=1))
    Region.go(FINAL)
    reconcile(region, seller=words(exports=FULL))
    # 12.60 back, 20 x 0.08 compensation and as much of penalty.
    assert region.market.freeOf(SELLER) == -(12_600 + 1_600 + 1_600) * MILLI
    region.assert_book_balances()


# When, what, how often


def test_only_final_sheets_count(region):
    settled(region, {"seller": ({}, FULL), "buyer": (FULL, {})})
    region.submit(region.sheet("seller", exports=only({}), revision=1))
    for call in (lambda: reconcile(region), lambda: reconcile_residual(region, SELLER)):
        Region.at(FINAL - 2)
        with reverts("ResidualSettlement_TooEarly", DAY, FINAL, FINAL - 2):
            call()


def test_the_former_sheet_is_proven(region):
    settled(region, {"seller": ({}, FULL), "buyer": (FULL, {})})
    region.settle_residual(SELLER)
    region.submit(region.sheet("seller", exports=only({}), revision=1))
    Region.go(FINAL)
    former = bytes(region.sheets.formerHashOf(SELLER, DAY))
    assert former == hash_of(words(exports=FULL))
    for call, sheet in (
        (lambda sheet: reconcile(region, seller=sheet), words(exports={8: 10_000})),
        (lambda sheet: reconcile_residual(region, SELLER, sheet), EMPTY),
    ):
        with reverts("FormerSheets_NotTheFormer", SELLER, DAY, hash_of(sheet), former):
            call(sheet)


def test_a_day_is_reconciled_once(region):
    settled(region, {"seller": ({}, FULL), "buyer": (FULL, {})})
    region.submit(region.sheet("seller", exports=only({}), revision=1))
    Region.go(FINAL)
    reconcile(region, seller=words(exports=FULL))
    reconcile_residual(region, SELLER, words(exports=FULL))
    before = region.balances()
    assert not reconcile(region, seller=words(exports=FULL)).events
    assert not reconcile_residual(region, SELLER, words(exports=FULL)).events
    assert gains(region, before) == {}


def test_open_agreements_are_not_reconciled(region):
    """Without a close the sheets never are final."""
    region.register(agreement())
    deliver(region, seller=({}, FULL), buyer=(FULL, {}))
    time = DAY_END + 100 * 86_400
    Region.at(time)
    with reverts("ResidualSettlement_TooEarly", DAY, 2**256 - 1, time):
        reconcile(region)
    region.settle(0)
    region.close()
    Region.go(time + 2 * 86_400)
    with reverts("Reconciliation_NotSettled", DAY, 1):
        reconcile(region, index=1)


def test_batches_have_a_cap(region):
    by = {"from": actor(STRANGER)}
    cap = region.reconciliation.BATCH_CAP()
    for size in (0, cap + 1):
        with reverts("Reconciliation_BatchSize", size, cap):
            region.reconciliation.reconcile(DAY, [(0, EMPTY, EMPTY)] * size, by)
    cap = region.residuals.BATCH_CAP()
    for members, sheets in ((0, 0), (1, 0), (1, 2), (cap + 1, cap + 1)):
        with reverts("ResidualSettlement_BatchSize", members, sheets, cap):
            region.residuals.reconcile(DAY, [SELLER] * members, [EMPTY] * sheets, by)
