import pytest
from brownie import ZERO_ADDRESS, web3
from region import DAY, DAY_END, MEMBER_IDS, MEMBERS, NAMEPLATE, NOTHING, Region, actor, fields, only, pack, plain
from reverts import reverts
from signing import DAY_SHEET, digest, domain_of, key_of, malleated, sign, signer_of

FULL = [NAMEPLATE - hour for hour in range(24)]
LIMIT = NAMEPLATE * 105 // 100
SELLER = MEMBER_IDS["seller"]


@pytest.fixture(autouse=True)
def day_over(region):
    Region.go(DAY_END)


def submit(region, sheet, signature):
    return region.sheets.submit([sheet], [signature], {"from": actor("stranger")})


def test_a_signed_sheet_is_kept_and_told(region):
    exports, imports = FULL, only({0: 1, 7: 2, 8: 3, 23: LIMIT})
    sheet = region.sheet("prosumer", imports=imports, exports=exports)
    assert not region.sheets.hasSheet(MEMBER_IDS["prosumer"], DAY)
    transaction = region.submit(sheet)
    assert fields(transaction.events["SheetAccepted"]) == {
        "meter": MEMBER_IDS["prosumer"],
        "day": DAY,
        "revision": 0,
        "importWh": pack(imports),
        "exportWh": pack(exports),
    }
    assert region.sheets.hasSheet(MEMBER_IDS["prosumer"], DAY)
    assert plain(region.sheets.importOf(MEMBER_IDS["prosumer"], DAY)) == pack(imports)
    assert plain(region.sheets.exportOf(MEMBER_IDS["prosumer"], DAY)) == pack(exports)


def test_a_batch_keeps_every_sheet(region):
    region.submit(*(region.sheet(name, exports=FULL) for name, *_ in MEMBERS))
    for name, *_ in MEMBERS:
        assert plain(region.sheets.exportOf(MEMBER_IDS[name], DAY)) == pack(FULL)
        assert plain(region.sheets.importOf(MEMBER_IDS[name], DAY)) == (0, 0, 0)


def test_digest_is_that_of_eip_712(region):
    sheet = region.sheet("seller", exports=FULL, imports=only({3: 4}), revision=7)
    domain = region.domain(region.sheets, "Gridleaf DaySheets")
    assert bytes(region.sheets.digestOf(sheet)) == digest(domain, DAY_SHEET, sheet)


def test_a_sheet_waits_for_the_end_of_its_day(region):
    tomorrow, ends = DAY + 1, DAY_END + 86_400
    sheet = region.sheet("seller", exports=FULL, day=tomorrow)
    Region.at(ends - 1)
    with reverts("DaySheets_DayNotOver", tomorrow, ends, ends - 1):
        region.submit(sheet)
    Region.at(ends)
    region.submit(sheet)
    assert region.sheets.hasSheet(SELLER, tomorrow)


def test_a_day_has_one_sheet(region):
    sheet = region.sheet("seller", exports=FULL)
    region.submit(sheet)
    for again in (sheet, region.sheet("seller", exports=NOTHING), region.sheet("seller", exports=FULL, revision=1)):
        with reverts("DaySheets_AlreadySubmitted", SELLER, DAY):
            region.submit(again)
    with reverts("DaySheets_AlreadySubmitted", MEMBER_IDS["buyer"], DAY):
        region.submit(region.sheet("buyer", imports=FULL), region.sheet("buyer", imports=FULL))
    assert plain(region.sheets.exportOf(SELLER, DAY)) == pack(FULL)


def test_the_first_sheet_has_revision_zero(region):
    with reverts("DaySheets_RevisionRefused", SELLER, DAY, 1, 0):
        region.submit(region.sheet("seller", exports=FULL, revision=1))


@pytest.mark.parametrize("hour", [0, 7, 8, 23])
@pytest.mark.parametrize("register", ["imports", "exports"])
def test_no_hour_exceeds_the_nameplate_with_its_tolerance(region, register, hour):
    with reverts("DaySheets_AboveNameplate", SELLER, hour, LIMIT + 1, LIMIT):
        region.submit(region.sheet("seller", **{register: only({hour: LIMIT + 1})}))
    region.submit(region.sheet("seller", **{register: only({hour: LIMIT})}))


def test_unknown_meters_are_refused(region):
    sheet = (len(MEMBERS) + 1, *region.sheet("seller")[1:])
    with reverts("MemberRegistry_UnknownMember", len(MEMBERS) + 1, len(MEMBERS)):
        submit(region, sheet, bytes(65))


def test_only_the_meter_signs(region):
    sheet = region.sheet("seller", exports=FULL)
    meter = actor("meter of seller").address
    for forger in ("meter of buyer", "seller", "stranger"):
        with reverts("DaySheets_BadSignature", SELLER, actor(forger), meter):
            submit(region, sheet, region.sign_sheet(sheet, key=key_of(forger)))


def test_malformed_signatures_are_refused(region):
    sheet = region.sheet("seller", exports=FULL)
    meter = actor("meter of seller").address
    good = region.sign_sheet(sheet)
    for bad in (malleated(good), good[:64], b"", bytes(65), good + b"\x00"):
        with reverts("DaySheets_BadSignature", SELLER, ZERO_ADDRESS, meter):
            submit(region, sheet, bad)
    submit(region, sheet, good)


def test_a_signature_serves_one_sheet_of_one_contract_on_one_chain(region):
    sheet = region.sheet("seller", exports=FULL)
    here = region.domain(region.sheets, "Gridleaf DaySheets")
    chain_id = web3.eth.chain_id
    elsewhere = [
        domain_of("Gridleaf DaySheets", region.sheets.address, chain_id=chain_id + 1),
        domain_of("Gridleaf DaySheets", region.market.address, chain_id=chain_id),
        domain_of("Gridleaf BilateralMarket", region.sheets.address, chain_id=chain_id),
    ]
    key = key_of("meter of seller")
    foreign = [sign(key, domain, DAY_SHEET, sheet) for domain in elsewhere]
    other_sheets = [
        region.sheet("seller", exports=FULL, day=DAY - 1),
        region.sheet("seller", imports=FULL),
        region.sheet("seller", exports=[*FULL[:23], 1]),
    ]
    foreign += [sign(key, here, DAY_SHEET, other) for other in other_sheets]
    meter = actor("meter of seller").address
    for signature in foreign:
        with reverts("DaySheets_BadSignature", SELLER, signer_of(digest(here, DAY_SHEET, sheet), signature), meter):
            submit(region, sheet, signature)
    assert not region.sheets.hasSheet(SELLER, DAY)


def test_batches_have_a_cap(region):
    cap = region.sheets.BATCH_CAP()
    sheet = region.sheet("seller")
    for sheets, signatures in (
        ([], []),
        ([sheet], []),
        ([sheet], [b"", b""]),
        ([sheet] * (cap + 1), [b""] * (cap + 1)),
    ):
        with reverts("DaySheets_BatchSize", len(sheets), len(signatures), cap):
            region.sheets.submit(sheets, signatures, {"from": actor("stranger")})


def test_an_absent_sheet_is_named(region):
    for read in (region.sheets.importOf, region.sheets.exportOf):
        with reverts("DaySheets_NoSheet", SELLER, DAY):
            read(SELLER, DAY)


@pytest.mark.parametrize("offset", [-13, 15])
def test_the_offset_is_one_on_earth(region, project, offset):
    with reverts("MarketTime_BadOffset", offset, -12, 14):
        project.DaySheets.deploy(region.registry, offset, {"from": region.deployer})
