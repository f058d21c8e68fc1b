from datetime import UTC, datetime

import pytest

from offchain.merkle import carbon_leaf, merkle_tree
from tests.support.allowances import (
    BY_ANYBODY,
    BY_MEMBER,
    JANUARY_2101,
    OFFSETS,
    QUOTA,
    YEAR,
    YEAR_LONG,
    balance,
    certify,
    grant,
)
from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    FINAL,
    FIRST_HOUR,
    MEMBER_IDS,
    POINT,
    Region,
    actor,
    fields,
    node_of,
    only,
    pack,
    plain,
)
from tests.support.reverts import reverts

BUYER, SELLER = MEMBER_IDS["buyer"], MEMBER_IDS["seller"]
INTENSITIES = [350_000 + 1_000 * hour for hour in range(24)]  # of the buyer's node [mgCO2e/kWh]
IMPORTS = only({0: 1, 5: 1_000, 8: 99_999, 23: 2_000})
# By hand: 1 x 350,000 ug -> 1 g; 1,000 x 355,000 = 355 g; 99,999 x 358,000 = 35,799.642 g -> 35,800 g;
# 2,000 x 373,000 = 746 g
EMISSION = 1 + 355 + 35_800 + 746
OFFSET_CAP = 1_845  # 5 % of 36,902 g are 1,845.1 g
NO_PROOFS = [[]] * 24
CENT = POINT // 100  # the bank mints whole cents [point-wei]


@pytest.fixture
def proofs(region):
    """Post the day's roots over three nodes and let the buyer's sheet become final; returns the buyer's proofs."""
    Region.go(DAY_END)
    node = node_of("buyer")
    trees = [
        merkle_tree([carbon_leaf(FIRST_HOUR + i, n, INTENSITIES[i] + n - node) for n in (node - 1, node, node + 1)])
        for i in range(24)
    ]
    region.ledger.post(FIRST_HOUR, [tree.root for tree in trees], {"from": actor("carbon_provider")})
    region.submit(region.sheet("buyer", imports=IMPORTS))
    Region.go(FINAL)
    return [list(tree.proof(1)) for tree in trees]


def draw(region, proofs, *, intensities=INTENSITIES, member=BUYER, day=DAY):
    return region.quota.drawDownDay(member, day, intensities, proofs, {"from": actor("stranger")})


def surrender(region, offsets=0, *, year=YEAR, by="buyer"):
    return region.quota.surrender(year, offsets, {"from": actor(by)})


def close(region, *, year=YEAR, member=BUYER):
    return region.quota.close(member, year, {"from": actor("stranger")})


def settled(transaction):
    """What the event says of a year's end, by name."""
    names = ("drawn", "offsets", "banked", "lapsed", "missing", "penalty")
    event = fields(transaction.events["YearSettled"])
    return {"member": event["member"], "year": event["year"], **dict(zip(names, event["settlement"], strict=True))}


def status(region, year=YEAR, *, member=BUYER):
    """Status, granted, traded, carried, drawn."""
    code, *amounts = plain(region.quota.statusOf(member, year))
    return ("Surplus", "Short", "Settled")[code], *amounts


def test_the_regulator_grants(region):
    transaction = grant(region, 500)
    assert fields(transaction.events["AllowanceGranted"]) == {"member": BUYER, "year": YEAR, "amount": 500}
    grant(region, 7)
    assert status(region) == ("Surplus", 507, 0, 0, 0)
    assert status(region, YEAR + 1) == ("Surplus", 0, 0, 0, 0)
    assert region.quota.grantedIn(YEAR) == 507
    with reverts("CarbonQuota_ZeroAmount"):
        grant(region, 0)
    with reverts("MemberRegistry_UnknownMember", 99):
        region.quota.grant(99, YEAR, 1, {"from": actor("regulator")})
    with reverts("CarbonQuota_YearClosed", BUYER, YEAR - 1):
        grant(region, 1, year=YEAR - 1)


def test_grants_of_a_year_stay_below_its_cap(region):
    cap = QUOTA["yearlyCap"]
    grant(region, cap - 10)
    with reverts("CarbonQuota_AboveCap", YEAR, 10, 11):
        grant(region, 11, name="seller")
    grant(region, 10, name="seller")
    with reverts("CarbonQuota_AboveCap", YEAR, 0, 1):
        grant(region, 1)
    grant(region, cap, year=YEAR + 1)


def test_offsets_are_certified_once(region):
    transaction = certify(region, 40)
    told = fields(transaction.events["OffsetsCertified"])
    assert (told["member"], bytes(told["record"]), told["amount"]) == (BUYER, b"\x01" * 32, 40)
    assert region.quota.recordUsed(b"\x01" * 32)
    assert (balance(region, "buyer", OFFSETS), balance(region, "buyer")) == (40, 0)
    with reverts("CarbonQuota_RecordUsed", b"\x01" * 32):
        certify(region, 1, name="seller")
    with reverts("CarbonQuota_RecordUsed", bytes(32)):
        certify(region, 1, record=bytes(32))
    with reverts("CarbonQuota_ZeroAmount"):
        certify(region, 0, record=b"\x02" * 32)


def test_a_day_is_drawn_down_by_its_proven_emission(region, proofs):
    grant(region, EMISSION)
    transaction = draw(region, proofs)
    assert fields(transaction.events["DayDrawnDown"]) == {
        "member": BUYER,
        "day": DAY,
        "year": YEAR,
        "amount": EMISSION,
        "estimated": False,
    }
    assert region.quota.dayDrawn(BUYER, DAY)
    assert status(region) == ("Surplus", EMISSION, 0, 0, EMISSION)


def test_hours_without_import_need_no_proof(region, proofs):
    needed = [proof if IMPORTS[hour] else [] for hour, proof in enumerate(proofs)]
    stated = [value if IMPORTS[hour] else 2**32 - 1 for hour, value in enumerate(INTENSITIES)]
    draw(region, needed, intensities=stated)
    assert status(region) == ("Short", 0, 0, 0, EMISSION)


def test_allowances_go_short(region, proofs):
    grant(region, EMISSION - 1)
    draw(region, proofs)
    assert status(region) == ("Short", EMISSION - 1, 0, 0, EMISSION)
    assert balance(region, "buyer") == -1


def test_a_member_day_is_drawn_once(region, proofs):
    draw(region, proofs)
    with reverts("CarbonQuota_AlreadyDrawn", BUYER, DAY):
        draw(region, proofs)


@pytest.mark.parametrize("hour", [0, 8, 23])
def test_a_false_intensity_is_refused(region, proofs, hour):
    lower = [value - (place == hour) for place, value in enumerate(INTENSITIES)]
    with reverts("CarbonQuota_BadProof", FIRST_HOUR + hour, node_of("buyer"), INTENSITIES[hour] - 1):
        draw(region, proofs, intensities=lower)
    with reverts("CarbonQuota_BadProof", FIRST_HOUR + hour, node_of("buyer"), INTENSITIES[hour]):
        draw(region, [[] if place == hour else proof for place, proof in enumerate(proofs)])


def test_another_nodes_intensity_is_refused(region, proofs):
    """The neighbour's entry is in the tree, but it is not the buyer's."""
    node = node_of("buyer")
    leaves = [carbon_leaf(FIRST_HOUR, n, INTENSITIES[0] + n - node) for n in (node - 1, node, node + 1)]
    neighbour = list(merkle_tree(leaves).proof(0))
    assert region.ledger.verify(FIRST_HOUR, node - 1, INTENSITIES[0] - 1, neighbour)
    with reverts("CarbonQuota_BadProof", FIRST_HOUR, node, INTENSITIES[0] - 1):
        draw(region, [neighbour, *proofs[1:]], intensities=[INTENSITIES[0] - 1, *INTENSITIES[1:]])


def test_nothing_is_drawn_without_sheet_root_or_import(region):
    Region.go(DAY_END)
    region.submit(region.sheet("buyer", imports=IMPORTS), region.sheet("seller", exports=IMPORTS))
    Region.go(FINAL)
    with reverts("CarbonQuota_NotFinal", MEMBER_IDS["prosumer"], DAY, FINAL):
        draw(region, NO_PROOFS, member=MEMBER_IDS["prosumer"])
    with reverts("CarbonLedger_NoFinalRoot", FIRST_HOUR):
        draw(region, NO_PROOFS)
    with reverts("CarbonQuota_NothingImported", MEMBER_IDS["seller"], DAY):
        draw(region, NO_PROOFS, member=MEMBER_IDS["seller"])
    with reverts("CarbonQuota_NotFinal", 99, DAY, FINAL):
        draw(region, NO_PROOFS, member=99)


def test_a_day_is_drawn_from_its_final_sheet(region):
    Region.go(DAY_END)
    region.submit(region.sheet("buyer", imports=IMPORTS))
    Region.at(FINAL - 1)
    with reverts("CarbonQuota_NotFinal", BUYER, DAY, FINAL):
        draw(region, NO_PROOFS)
    Region.at(FINAL)
    with reverts("CarbonLedger_NoFinalRoot", FIRST_HOUR):
        draw(region, NO_PROOFS)


def test_an_estimate_is_drawn_and_says_so(region):
    Region.go(DEADLINE)
    guess = (BUYER, DAY, pack(only({0: 1_000})), (0, 0, 0))
    region.sheets.estimate([guess], {"from": actor("operator")})
    leaf = carbon_leaf(FIRST_HOUR, node_of("buyer"), 350_000)
    region.ledger.post(FIRST_HOUR, [merkle_tree([leaf]).root], {"from": actor("carbon_provider")})
    Region.go(FINAL)
    told = fields(draw(region, NO_PROOFS, intensities=[350_000] * 24).events["DayDrawnDown"])
    assert (told["amount"], told["estimated"]) == (350, True)


# Transfer


def test_allowances_and_offsets_are_given_away(region):
    grant(region, 100)
    certify(region, 30)
    transaction = region.quota.transfer(SELLER, YEAR, 60, {"from": actor("buyer")})
    expected = {"from": BUYER, "to": SELLER, "asset": YEAR, "amount": 60}
    assert fields(transaction.events["AssetTransferred"]) == expected
    region.quota.transfer(SELLER, OFFSETS, 30, {"from": actor("buyer")})
    assert status(region) == ("Surplus", 100, -60, 0, 0)
    assert status(region, member=SELLER) == ("Surplus", 0, 60, 0, 0)
    assert (balance(region, "buyer", OFFSETS), balance(region, "seller", OFFSETS)) == (0, 30)


def test_a_gift_to_oneself_changes_nothing(region):
    grant(region, 100)
    certify(region, 30)
    for asset in (YEAR, OFFSETS):
        region.quota.transfer(BUYER, asset, 30, {"from": actor("buyer")})
    assert (balance(region, "buyer"), balance(region, "buyer", OFFSETS)) == (100, 30)


def test_no_more_is_given_than_is_left(region, proofs):
    grant(region, EMISSION + 5)
    draw(region, proofs)
    by = {"from": actor("buyer")}
    for asset, amount, held in ((YEAR, 6, 5), (OFFSETS, 1, 0), (YEAR + 1, 1, 0)):
        with reverts("CarbonQuota_AboveBalance", asset, held, amount):
            region.quota.transfer(SELLER, asset, amount, by)
    region.quota.transfer(SELLER, YEAR, 5, by)
    with reverts("CarbonQuota_ZeroAmount"):
        region.quota.transfer(SELLER, YEAR, 0, by)
    with reverts("MemberRegistry_UnknownMember", 99):
        region.quota.transfer(99, YEAR, 1, by)
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        region.quota.transfer(SELLER, YEAR, 1, {"from": actor("stranger")})


def test_a_short_member_has_nothing_to_give(region, proofs):
    draw(region, proofs)
    with reverts("CarbonQuota_AboveBalance", YEAR, -EMISSION, 1):
        region.quota.transfer(SELLER, YEAR, 1, {"from": actor("buyer")})


def test_nothing_leaves_a_frozen_account(region):
    grant(region, 100)
    until = FINAL + 86_400
    Region.go(FINAL)
    region.quota.setOperator(actor("stranger"), True, {"from": actor("buyer")})
    region.freeze(actor("buyer"), until)
    for attempt in (
        lambda: region.quota.transfer(SELLER, YEAR, 1, {"from": actor("buyer")}),
        lambda: region.quota.transferFrom(BUYER, SELLER, YEAR, 1, {"from": actor("stranger")}),
        lambda: region.quota.pull(BUYER, YEAR, 1, {"from": actor("stranger")}),
    ):
        with reverts("FreezeList_Frozen", actor("buyer"), until):
            attempt()
    grant(region, 5, name="seller")
    region.quota.transfer(BUYER, YEAR, 5, {"from": actor("seller")})
    assert balance(region, "buyer") == 105


def test_an_operator_moves_and_keeps_in_custody(region):
    grant(region, 100)
    operator, by = actor("stranger"), {"from": actor("stranger")}
    for attempt in (
        lambda: region.quota.transferFrom(BUYER, SELLER, YEAR, 1, by),
        lambda: region.quota.pull(BUYER, YEAR, 1, by),
    ):
        with reverts("CarbonQuota_NotOperator", BUYER, operator):
            attempt()
    approved = region.quota.setOperator(operator, True, {"from": actor("buyer")})
    expected = {"member": BUYER, "operator": operator.address, "approved": True}
    assert fields(approved.events["OperatorSet"]) == expected
    region.quota.transferFrom(BUYER, SELLER, YEAR, 10, by)
    pulled = region.quota.pull(BUYER, YEAR, 70, by)
    expected = {"member": BUYER, "operator": operator.address, "asset": YEAR, "amount": 70}
    assert fields(pulled.events["AssetPulled"]) == expected
    assert (balance(region, "buyer"), region.quota.custodyOf(operator, YEAR)) == (20, 70)
    with reverts("CarbonQuota_AboveBalance", YEAR, 70, 71):
        region.quota.push(SELLER, YEAR, 71, by)
    with reverts("CarbonQuota_ZeroAmount"):
        region.quota.push(SELLER, YEAR, 0, by)
    region.quota.setOperator(operator, False, {"from": actor("buyer")})
    pushed = region.quota.push(SELLER, YEAR, 70, by)
    expected = {"member": SELLER, "operator": operator.address, "asset": YEAR, "amount": 70}
    assert fields(pushed.events["AssetPushed"]) == expected
    assert (balance(region, "seller"), region.quota.custodyOf(operator, YEAR)) == (80, 0)
    with reverts("CarbonQuota_NotOperator", BUYER, operator):
        region.quota.pull(BUYER, YEAR, 1, by)


# Settlement


def test_a_covered_year_is_surrendered_and_banked(region, proofs):
    grant(region, EMISSION + 7)
    draw(region, proofs)
    Region.go(BY_MEMBER)
    assert settled(surrender(region)) == {
        "member": BUYER,
        "year": YEAR,
        "drawn": EMISSION,
        "offsets": 0,
        "banked": 5,  # three quarters of 7 are 5.25
        "lapsed": 2,
        "missing": 0,
        "penalty": 0,
    }
    assert status(region) == ("Settled", EMISSION + 7, 0, 0, EMISSION)
    assert status(region, YEAR + 1) == ("Surplus", 0, 0, 5, 0)
    assert (region.quota.openYearOf(BUYER), region.quota.openYearOf(SELLER)) == (YEAR + 1, YEAR)


def test_banked_allowances_can_be_given_away(region):
    grant(region, 8)
    Region.go(BY_MEMBER)
    surrender(region)
    region.quota.transfer(SELLER, YEAR + 1, 6, {"from": actor("buyer")})
    assert status(region, YEAR + 1) == ("Surplus", 0, -6, 6, 0)


def test_offsets_cover_a_share_of_the_emissions(region, proofs):
    grant(region, EMISSION - OFFSET_CAP)
    draw(region, proofs)
    certify(region, OFFSET_CAP - 1)
    Region.go(BY_MEMBER)
    with reverts("CarbonQuota_AboveOffsetCap", BUYER, OFFSET_CAP, OFFSET_CAP + 1):
        surrender(region, OFFSET_CAP + 1)
    with reverts("CarbonQuota_AboveBalance", OFFSETS, OFFSET_CAP - 1, OFFSET_CAP):
        surrender(region, OFFSET_CAP)
    with reverts("CarbonQuota_Short", BUYER, YEAR, 1):
        surrender(region, OFFSET_CAP - 1)
    certify(region, 4, record=b"\x02" * 32)
    ended = settled(surrender(region, OFFSET_CAP))
    assert (ended["offsets"], ended["banked"], ended["lapsed"]) == (OFFSET_CAP, 0, 0)
    assert balance(region, "buyer", OFFSETS) == 3


def test_offsets_may_spare_allowances(region, proofs):
    grant(region, EMISSION)
    draw(region, proofs)
    certify(region, 400)
    Region.go(BY_MEMBER)
    assert settled(surrender(region, 400))["banked"] == 300


def test_a_short_year_is_closed_at_a_price(region, proofs):
    grant(region, EMISSION - OFFSET_CAP - 100)
    draw(region, proofs)
    certify(region, OFFSET_CAP + 50)
    Region.go(BY_ANYBODY)
    penalty = 100 * QUOTA["penaltyRate"]
    assert penalty == POINT // 20  # 100 g at 500 points a tonne
    assert settled(close(region)) == {
        "member": BUYER,
        "year": YEAR,
        "drawn": EMISSION,
        "offsets": OFFSET_CAP,
        "banked": 0,
        "lapsed": 0,
        "missing": 100,
        "penalty": penalty,
    }
    assert region.quota.penaltyOf(BUYER) == penalty
    assert status(region, YEAR + 1) == ("Short", 0, 0, -100, 0)
    assert balance(region, "buyer", OFFSETS) == 50


def test_closing_uses_no_more_offsets_than_are_missing(region, proofs):
    grant(region, EMISSION - 10)
    draw(region, proofs)
    certify(region, 50)
    Region.go(BY_ANYBODY)
    ended = settled(close(region))
    assert (ended["offsets"], ended["missing"], ended["penalty"]) == (10, 0, 0)


def test_closing_a_covered_year_uses_no_offsets(region, proofs):
    grant(region, EMISSION + 4)
    draw(region, proofs)
    certify(region, 50)
    Region.go(BY_ANYBODY)
    ended = settled(close(region))
    assert (ended["offsets"], ended["banked"], ended["lapsed"]) == (0, 3, 1)


def test_a_penalty_is_paid_before_anything_is_given_away(region, proofs):
    draw(region, proofs)
    Region.go(BY_ANYBODY)
    close(region)
    due = EMISSION * QUOTA["penaltyRate"]
    grant(region, EMISSION + 5, year=YEAR + 1)
    with reverts("CarbonQuota_PenaltyDue", BUYER, due):
        region.quota.transfer(SELLER, YEAR + 1, 5, {"from": actor("buyer")})
    payer = actor("stranger")
    region.mint(payer, -(-due // CENT) * CENT)
    region.points.approve(region.quota, due, {"from": payer})
    with reverts("CarbonQuota_AbovePenalty", BUYER, due, due + 1):
        region.quota.payPenalty(BUYER, due + 1, {"from": payer})
    with reverts("CarbonQuota_ZeroAmount"):
        region.quota.payPenalty(BUYER, 0, {"from": payer})
    region.quota.payPenalty(BUYER, due - 1, {"from": payer})
    with reverts("CarbonQuota_PenaltyDue", BUYER, 1):
        region.quota.transfer(SELLER, YEAR + 1, 5, {"from": actor("buyer")})
    transaction = region.quota.payPenalty(BUYER, 1, {"from": payer})
    expected = {"member": BUYER, "payer": payer.address, "amount": 1}
    assert fields(transaction.events["PenaltyPaid"]) == expected
    assert region.points.balanceOf(region.quota.penaltyReceiver()) == due
    assert (region.points.balanceOf(payer), region.quota.penaltyOf(BUYER)) == (-due % CENT, 0)
    region.quota.transfer(SELLER, YEAR + 1, 5, {"from": actor("buyer")})


def test_settlement_has_its_times(region):
    assert plain(region.quota.settlementTimes(YEAR)) == (BY_MEMBER, BY_ANYBODY)
    assert BY_MEMBER - JANUARY_2101 == 30 * 86_400
    Region.at(BY_MEMBER - 1)
    with reverts("CarbonQuota_TooEarly", YEAR, BY_MEMBER, BY_MEMBER - 1):
        surrender(region)
    Region.at(BY_MEMBER)
    surrender(region)
    Region.at(BY_ANYBODY - 1)
    with reverts("CarbonQuota_TooEarly", YEAR, BY_ANYBODY, BY_ANYBODY - 1):
        close(region, member=SELLER)
    Region.at(BY_ANYBODY)
    close(region, member=SELLER)


@pytest.mark.parametrize("year", [2100, 2103, 2104, 2199, 2200, 2399, 2400, 2401, 9998])
def test_years_end_by_the_calendar(region, year):
    end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()) - 3_600  # local time is an hour ahead
    assert plain(region.quota.settlementTimes(year)) == (end + 30 * 86_400, end + 90 * 86_400)


def test_years_are_settled_once_and_in_sequence(region):
    Region.go(BY_ANYBODY + YEAR_LONG)
    for attempt in (lambda: surrender(region, year=YEAR + 1), lambda: close(region, year=YEAR + 1)):
        with reverts("CarbonQuota_NotNextYear", BUYER, YEAR + 1, YEAR):
            attempt()
    surrender(region)
    for attempt in (lambda: surrender(region), lambda: close(region)):
        with reverts("CarbonQuota_YearClosed", BUYER, YEAR):
            attempt()
    close(region, year=YEAR + 1)
    assert region.quota.openYearOf(BUYER) == YEAR + 2


def test_there_is_no_year_before_the_first(region):
    assert region.quota.firstYear() == YEAR
    for year in (1, YEAR - 1):
        with reverts("CarbonQuota_BeforeFirstYear", year, YEAR):
            surrender(region, year=year)
        with reverts("CarbonQuota_BeforeFirstYear", year, YEAR):
            close(region, year=year)
    with reverts("MemberRegistry_UnknownMember", 99):
        close(region, member=99)
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        surrender(region, by="stranger")


def test_a_settled_year_is_closed_to_grants_and_gifts(region):
    grant(region, 5)
    Region.go(BY_MEMBER)
    surrender(region)
    with reverts("CarbonQuota_YearClosed", BUYER, YEAR):
        grant(region, 1)
    with reverts("CarbonQuota_YearClosed", BUYER, YEAR):
        region.quota.transfer(SELLER, YEAR, 1, {"from": actor("buyer")})


def test_what_arrives_late_is_banked_by_the_same_rule(region):
    grant(region, 7, name="seller")
    Region.go(BY_MEMBER)
    surrender(region)
    transaction = region.quota.transfer(BUYER, YEAR, 7, {"from": actor("seller")})
    expected = {"member": BUYER, "year": YEAR, "banked": 5, "lapsed": 2}
    assert fields(transaction.events["LateAllowanceBanked"]) == expected
    assert status(region) == ("Settled", 0, 0, 0, 0)
    assert status(region, YEAR + 1) == ("Surplus", 0, 0, 5, 0)


def test_a_day_that_is_drawn_late_counts_in_the_next_year(region, proofs):
    Region.go(BY_MEMBER)
    surrender(region)
    told = fields(draw(region, proofs).events["DayDrawnDown"])
    assert (told["day"], told["year"], told["amount"]) == (DAY, YEAR + 1, EMISSION)
    assert status(region) == ("Settled", 0, 0, 0, 0)
    assert status(region, YEAR + 1) == ("Short", 0, 0, 0, EMISSION)
    with reverts("CarbonQuota_AlreadyDrawn", BUYER, DAY):
        draw(region, proofs)


# Attacks


def test_allowances_parked_in_custody_are_banked_once_for_every_year_that_went_by(region):
    """A surplus of 100 kept out of two settlements is worth floor(floor(100 x 0.75) x 0.75) = 56, as inside."""
    park = {"from": actor("stranger")}
    region.quota.setOperator(actor("stranger"), True, {"from": actor("buyer")})
    grant(region, 100)
    grant(region, 100, name="seller")
    region.quota.pull(BUYER, YEAR, 100, park)
    Region.go(BY_ANYBODY + YEAR_LONG)
    for year in (YEAR, YEAR + 1):
        close(region, year=year)
        close(region, year=year, member=SELLER)
    late = fields(region.quota.push(BUYER, YEAR, 100, park).events["LateAllowanceBanked"])
    assert (late["banked"], late["lapsed"]) == (56, 44)
    assert balance(region, "buyer", YEAR + 2) == balance(region, "seller", YEAR + 2) == 56


def test_an_operator_of_a_lost_account_moves_nothing_of_the_next_one(region):
    thief = {"from": actor("stranger")}
    grant(region, 100)
    region.quota.setOperator(actor("stranger"), True, {"from": actor("buyer")})
    region.registry.proposeAccount(actor("rescue"), {"from": actor("buyer")})
    region.registry.acceptAccount(BUYER, {"from": actor("rescue")})
    assert not region.quota.isOperator(BUYER, actor("stranger"))
    for attempt in (
        lambda: region.quota.pull(BUYER, YEAR, 100, thief),
        lambda: region.quota.transferFrom(BUYER, SELLER, YEAR, 100, thief),
    ):
        with reverts("CarbonQuota_NotOperator", BUYER, actor("stranger")):
            attempt()


# Parameters


def test_shares_are_parts_of_a_whole(region):
    by = {"from": region.deployer}
    for name in ("offsetShare", "bankedShare"):
        with reverts("CarbonQuota_BadShare", 10_001, 10_000):
            region.quota.setParameters(tuple((QUOTA | {name: 10_001}).values()), by)
    changed = QUOTA | {"offsetShare": 10_000, "bankedShare": 0}
    transaction = region.quota.setParameters(tuple(changed.values()), by)
    assert plain(transaction.events["ParametersSet"]["parameters"]) == tuple(changed.values())
    assert plain(region.quota.parameters()) == tuple(changed.values())


def test_a_cap_below_what_was_granted_ends_grants(region):
    grant(region, 100)
    region.quota.setParameters(tuple((QUOTA | {"yearlyCap": 50}).values()), {"from": region.deployer})
    with reverts("CarbonQuota_AboveCap", YEAR, 0, 1):
        grant(region, 1)
