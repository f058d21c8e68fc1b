import pytest
from region import DAY, DAY_END, DEADLINE, FINAL, FIRST_HOUR, MEMBER_IDS, Region, actor, fields, node_of, only, pack
from reverts import reverts

from offchain.merkle import carbon_leaf, merkle_tree

BUYER = MEMBER_IDS["buyer"]
YEAR = 2100
NEXT_YEAR = 4_102_444_800 + 365 * 86_400 - 3_600  # 2101-01-01 00:00 at UTC+1; 2100 is no leap year [s]
INTENSITIES = [350_000 + 1_000 * hour for hour in range(24)]  # of the buyer's node [mgCO2e/kWh]
IMPORTS = only({0: 1, 5: 1_000, 8: 99_999, 23: 2_000})
# By hand: 1 x 350,000 ug -> 1 g; 1,000 x 355,000 = 355 g; 99,999 x 358,000 = 35,799.642 g -> 35,800 g;
# 2,000 x 373,000 = 746 g
EMISSION = 1 + 355 + 35_800 + 746
NO_PROOFS = [[]] * 24


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


def grant(region, amount, *, year=YEAR, member=BUYER, by="regulator"):
    return region.quota.grant(member, year, amount, {"from": actor(by)})


def draw(region, proofs, *, intensities=INTENSITIES, member=BUYER, day=DAY):
    return region.quota.drawDownDay(member, day, intensities, proofs, {"from": actor("stranger")})


def surrender(region, *, year=YEAR, by="regulator"):
    return region.quota.surrender(BUYER, year, {"from": actor(by)})


def status(region, year=YEAR):
    code, granted, drawn = region.quota.statusOf(BUYER, year)
    return ("Surplus", "Short", "Surrendered")[code], granted, drawn


def test_the_regulator_grants(region):
    transaction = grant(region, 500)
    assert fields(transaction.events["AllowanceGranted"]) == {"member": BUYER, "year": YEAR, "amount": 500}
    grant(region, 7)
    assert status(region) == ("Surplus", 507, 0)
    assert status(region, YEAR + 1) == ("Surplus", 0, 0)
    with reverts("AccessManagedUnauthorized", actor("stranger")):
        grant(region, 1, by="stranger")
    with reverts("CarbonQuota_ZeroAmount"):
        grant(region, 0)
    with reverts("MemberRegistry_UnknownMember", 99):
        grant(region, 1, member=99)


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
    assert status(region) == ("Surplus", EMISSION, EMISSION)


def test_hours_without_import_need_no_proof(region, proofs):
    needed = [proof if IMPORTS[hour] else [] for hour, proof in enumerate(proofs)]
    stated = [value if IMPORTS[hour] else 2**32 - 1 for hour, value in enumerate(INTENSITIES)]
    draw(region, needed, intensities=stated)
    assert status(region) == ("Short", 0, EMISSION)


def test_allowances_go_short(region, proofs):
    grant(region, EMISSION - 1)
    draw(region, proofs)
    assert status(region) == ("Short", EMISSION - 1, EMISSION)


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


def test_a_year_that_is_covered_is_surrendered(region, proofs):
    grant(region, EMISSION + 3)
    draw(region, proofs)
    Region.go(NEXT_YEAR)
    transaction = surrender(region)
    assert fields(transaction.events["YearSurrendered"]) == {
        "member": BUYER,
        "year": YEAR,
        "drawn": EMISSION,
        "surplus": 3,
    }
    assert status(region) == ("Surrendered", EMISSION + 3, EMISSION)


def test_a_short_year_is_not_surrendered(region, proofs):
    draw(region, proofs)
    Region.go(NEXT_YEAR)
    with reverts("CarbonQuota_Short", BUYER, YEAR, EMISSION):
        surrender(region)
    grant(region, EMISSION)
    surrender(region)


def test_a_year_is_surrendered_by_the_regulator_when_it_is_over(region):
    Region.at(NEXT_YEAR - 1)
    with reverts("CarbonQuota_YearNotOver", YEAR, YEAR):
        surrender(region)
    with reverts("AccessManagedUnauthorized", actor("buyer")):
        surrender(region, by="buyer")
    Region.at(NEXT_YEAR)
    surrender(region)


def test_a_surrendered_year_is_closed(region, proofs):
    Region.go(NEXT_YEAR)
    surrender(region)
    for attempt in (lambda: surrender(region), lambda: grant(region, 1), lambda: draw(region, proofs)):
        with reverts("CarbonQuota_YearClosed", BUYER, YEAR):
            attempt()
    grant(region, 1, year=YEAR + 1)
