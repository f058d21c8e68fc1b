"""Sheets and their corrections: who signs, until when, and what stays provable."""

import pytest
from brownie import ZERO_ADDRESS, web3

from tests.support.meter_keys import replace_key
from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    DEVICE_IDS,
    FINAL,
    FIRST_DEVICE_METER,
    FIRST_HOUR,
    MEMBER_IDS,
    MEMBERS,
    NAMEPLATE,
    NOTHING,
    Kind,
    Region,
    actor,
    agreement,
    device,
    fields,
    only,
    pack,
    plain,
    registration,
    unpack_signed,
)
from tests.support.reverts import reverts
from tests.support.signing import DAY_SHEET, digest, domain_of, key_of, malleated, sign, signer_of

FULL = [NAMEPLATE - hour for hour in range(24)]
LIMIT = NAMEPLATE * 105 // 100
SELLER, PROSUMER = MEMBER_IDS["seller"], MEMBER_IDS["prosumer"]
DEVICE_METER = FIRST_DEVICE_METER + DEVICE_IDS["seller"]
NONE, ACCEPTED, FINAL_STATUS = 0, 1, 2
MEASURED, ESTIMATE = 0, 1
BY_METER, BY_OPERATOR = 1, 2


@pytest.fixture(autouse=True)
def day_over(region):
    Region.go(DAY_END)


def submit(region, sheet, signature):
    return region.sheets.submit([sheet], [signature], {"from": actor("stranger")})


def estimate(region, *entries, by="operator"):
    return region.sheets.estimate(list(entries), {"from": actor(by)})


# Submission


def test_a_signed_sheet_is_kept_and_told(region):
    exports, imports = FULL, only({0: 1, 7: 2, 8: 3, 23: LIMIT})
    sheet = region.sheet("prosumer", imports=imports, exports=exports)
    assert not region.sheets.hasSheet(PROSUMER, DAY)
    assert tuple(region.sheets.statusOf(PROSUMER, DAY)) == (NONE, MEASURED, 0)
    transaction = region.submit(sheet)
    assert fields(transaction.events["SheetAccepted"]) == {
        "meter": PROSUMER,
        "day": DAY,
        "revision": 0,
        "importWh": pack(imports),
        "exportWh": pack(exports),
    }
    assert region.sheets.hasSheet(PROSUMER, DAY)
    assert tuple(region.sheets.statusOf(PROSUMER, DAY)) == (ACCEPTED, MEASURED, 0)
    assert plain(region.sheets.importOf(PROSUMER, DAY)) == pack(imports)
    assert plain(region.sheets.exportOf(PROSUMER, DAY)) == pack(exports)
    for word in range(3):
        trade = region.sheets.tradeOf(PROSUMER, PROSUMER, DAY, word)
        assert tuple(trade) == (BY_METER | BY_METER << 2, pack(exports)[word], pack(imports)[word])


def test_a_batch_keeps_every_sheet(region):
    region.submit(*(region.sheet(name, imports=FULL) for name, *_ in MEMBERS))
    for name, *_ in MEMBERS:
        assert plain(region.sheets.importOf(MEMBER_IDS[name], DAY)) == pack(FULL)
        assert plain(region.sheets.exportOf(MEMBER_IDS[name], DAY)) == (0, 0, 0)


def test_a_device_has_a_meter_of_its_own(region):
    region.submit(region.device_sheet("seller", exports=FULL), region.sheet("seller", exports=only({3: 4})))
    assert plain(region.sheets.exportOf(DEVICE_METER, DAY)) == pack(FULL)
    assert plain(region.sheets.exportOf(SELLER, DAY)) == pack(only({3: 4}))


def test_a_sheet_of_nothing_is_a_sheet(region):
    region.submit(region.sheet("seller"))
    assert region.sheets.hasSheet(SELLER, DAY)
    assert plain(region.sheets.exportOf(SELLER, DAY)) == (0, 0, 0)
    region.submit(region.sheet("seller", exports=FULL, revision=1))
    assert plain(region.sheets.exportOf(SELLER, DAY)) == pack(FULL)


def test_neighbouring_days_are_apart(region):
    """64 days share a word of states: what happens to one of them leaves the others alone."""
    first = DAY + (-DAY) % 64
    days = [first - 1, first, first + 1, first + 2]
    Region.go(DAY_END + (first + 2 - DAY) * 86_400)
    region.submit(region.sheet("seller", exports=FULL, day=first + 1))
    assert [region.sheets.hasSheet(SELLER, day) for day in days] == [False, False, True, False]
    region.submit(region.sheet("seller", imports=FULL, day=first))
    region.submit(region.sheet("seller", imports=FULL, day=first - 1))
    region.submit(region.sheet("seller", day=first + 1, revision=1))
    assert [region.sheets.hasSheet(SELLER, day) for day in days] == [True, True, True, False]
    assert [plain(region.sheets.importOf(SELLER, day)) for day in days[:3]] == [pack(FULL), pack(FULL), (0, 0, 0)]
    assert [plain(region.sheets.exportOf(SELLER, day)) for day in days[:3]] == [(0, 0, 0)] * 3


def test_digest_is_that_of_eip_712(region):
    sheet = region.sheet("seller", exports=FULL, imports=only({3: 4}), revision=7)
    domain = region.domain(region.sheets, "Gridleaf DaySheets")
    assert bytes(region.sheets.digestOf(sheet)) == digest(domain, DAY_SHEET, sheet)


def test_batches_have_a_cap(region):
    cap = region.sheets.BATCH_CAP()
    sheet = region.sheet("seller")
    sizes = ((0, 0), (1, 0), (1, 2), (cap + 1, cap + 1))
    for sheets, signatures in (([sheet] * count, [b""] * signed) for count, signed in sizes):
        with reverts("DaySheets_BatchSize", len(sheets), len(signatures), cap):
            region.sheets.submit(sheets, signatures, {"from": actor("stranger")})
    for size in (0, cap + 1):
        with reverts("DaySheets_BatchSize", size, 0, cap):
            estimate(region, *[sheet[:2] + sheet[3:]] * size)


def test_an_absent_sheet_is_named(region):
    for read in (region.sheets.importOf, region.sheets.exportOf, region.sheets.markOf):
        with reverts("DaySheets_NoSheet", SELLER, DAY):
            read(SELLER, DAY)
    assert tuple(region.sheets.tradeOf(SELLER, SELLER, DAY, 0)) == (0, 0, 0)


# Windows


def test_a_sheet_waits_for_the_end_of_its_day(region):
    tomorrow, ends = DAY + 1, DAY_END + 86_400
    sheet = region.sheet("seller", exports=FULL, day=tomorrow)
    Region.at(ends - 1)
    with reverts("DaySheets_DayNotOver", tomorrow, ends, ends - 1):
        region.submit(sheet)
    Region.at(ends)
    region.submit(sheet)
    assert region.sheets.hasSheet(SELLER, tomorrow)


def test_seven_days_later_nothing_is_taken_and_all_is_final(region):
    assert region.sheets.finalFrom(DAY) == FINAL
    region.submit(region.sheet("seller", exports=FULL))
    Region.at(FINAL - 1)
    region.submit(region.sheet("seller", exports=NOTHING, revision=1), region.sheet("prosumer", exports=FULL))
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, MEASURED, 1)
    for sheet in (region.sheet("seller", exports=FULL, revision=2), region.sheet("buyer", imports=FULL)):
        Region.at(FINAL + sheet[0])
        with reverts("DaySheets_WindowClosed", DAY, FINAL, FINAL + sheet[0]):
            region.submit(sheet)
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (FINAL_STATUS, MEASURED, 1)
    assert tuple(region.sheets.statusOf(MEMBER_IDS["buyer"], DAY)) == (NONE, MEASURED, 0)


def test_a_sheet_is_final_from_that_second_on(region):
    region.submit(region.sheet("seller", exports=FULL))
    Region.go(FINAL - 1)
    assert region.sheets.statusOf(SELLER, DAY)[0] == ACCEPTED
    Region.go(FINAL)
    assert region.sheets.statusOf(SELLER, DAY)[0] == FINAL_STATUS


def test_a_device_measures_while_it_is_in_service(region):
    entry = device("seller", commissioningDay=DAY + 2)
    number = int(region.devices.register([entry], {"from": actor("operator")}).return_value)
    Region.go(DAY_END + 2 * 86_400)
    region.devices.withdraw(number, {"from": actor("seller")})  # on DAY + 3
    Region.go(DAY_END + 4 * 86_400)
    meter, key = FIRST_DEVICE_METER + number, key_of("device of seller")
    for day in (DAY + 1, DAY + 4):
        sheet = (meter, day, 0, pack(NOTHING), pack(FULL))
        with reverts("DaySheets_OutOfService", meter, day, DAY + 2, DAY + 3):
            submit(region, sheet, region.sign_sheet(sheet, key=key))
    for day in (DAY + 2, DAY + 3):
        sheet = (meter, day, 0, pack(NOTHING), pack(FULL))
        submit(region, sheet, region.sign_sheet(sheet, key=key))


def test_a_settlement_meter_measures_from_the_day_of_its_registration(region):
    """Not even an estimate bills a member for days before it was one."""
    number = int(region.join(registration("newcomer"), signers=["newcomer"]).return_value)
    key, first = key_of("meter of newcomer"), DAY + 1
    Region.go(DAY_END + 86_400)
    early = (number, DAY, 0, pack(FULL), pack(NOTHING))
    with reverts("DaySheets_OutOfService", number, DAY, first, 2**32 - 1):
        submit(region, early, region.sign_sheet(early, key=key))
    sheet = (number, first, 0, pack(NOTHING), pack(FULL))
    submit(region, sheet, region.sign_sheet(sheet, key=key))
    with reverts("DaySheets_OutOfService", number, DAY, first, 2**32 - 1):
        estimate(region, (number, DAY, pack(FULL), pack(NOTHING)))


# Nameplate


@pytest.mark.parametrize("hour", [0, 7, 8, 23])
@pytest.mark.parametrize("register", ["imports", "exports"])
@pytest.mark.parametrize("wh", [LIMIT + 1, 2**31 - 1, 2**31, 2**32 - 1])
def test_no_hour_exceeds_the_nameplate_with_its_tolerance(region, register, hour, wh):
    with reverts("DaySheets_AboveNameplate", SELLER, hour, wh, LIMIT):
        region.submit(region.sheet("seller", **{register: only({hour: wh})}))
    region.submit(region.sheet("seller", **{register: only({hour: LIMIT})}))


def test_the_first_hour_above_the_nameplate_is_named(region):
    with reverts("DaySheets_AboveNameplate", SELLER, 9, 2**31, LIMIT):
        region.submit(region.sheet("seller", exports=only({8: LIMIT, 9: 2**31, 23: LIMIT + 1})))


def test_a_consumer_exports_nothing(region):
    with reverts("DaySheets_AboveNameplate", MEMBER_IDS["buyer"], 12, 1, 0):
        region.submit(region.sheet("buyer", imports=FULL, exports=only({12: 1})))


def test_the_largest_nameplate_measures_to_its_limit(region):
    terms = registration("giant", kind=int(Kind.PROSUMER), importW=2 * 10**9, exportW=2 * 10**9)
    giant = int(region.join(terms, signers=["giant"]).return_value)
    Region.go(DAY_END + 86_400)
    limit, key = 21 * 10**8, key_of("meter of giant")
    for hours, refused in (([limit] * 23 + [limit + 1], True), ([limit] * 24, False)):
        sheet = (giant, DAY + 1, 0, pack(NOTHING), pack(hours))
        signature = region.sign_sheet(sheet, key=key)
        if refused:
            with reverts("DaySheets_AboveNameplate", giant, 23, limit + 1, limit):
                submit(region, sheet, signature)
        else:
            submit(region, sheet, signature)
    corrected = (giant, DAY + 1, 1, pack([limit] * 24), pack(NOTHING))
    told = submit(region, corrected, region.sign_sheet(corrected, key=key)).events["SheetCorrected"]
    assert unpack_signed(plain(told["importDifference"])) == [limit] * 24
    assert unpack_signed(plain(told["exportDifference"])) == [-limit] * 24


# Signatures


def test_unknown_meters_are_refused(region):
    unknown = len(MEMBERS) + 1
    with reverts("MemberRegistry_NoMeter", unknown):
        submit(region, (unknown, *region.sheet("seller")[1:]), bytes(65))
    with reverts("DeviceRegistry_UnknownDevice", 99):
        submit(region, (FIRST_DEVICE_METER + 99, *region.sheet("seller")[1:]), bytes(65))


def test_only_the_meter_signs(region):
    sheet = region.sheet("seller", exports=FULL)
    meter = actor("meter of seller").address
    for forger in ("meter of buyer", "device of seller", "seller", "stranger"):
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
        domain_of("Gridleaf OfferDesk", region.sheets.address, chain_id=chain_id),
    ]
    key = key_of("meter of seller")
    foreign = [sign(key, domain, DAY_SHEET, sheet) for domain in elsewhere]
    other_sheets = [
        region.sheet("seller", exports=FULL, day=DAY - 1),
        region.sheet("seller", exports=FULL, revision=1),
        region.sheet("seller", imports=FULL),
        region.sheet("seller", exports=[*FULL[:23], 1]),
    ]
    foreign += [sign(key, here, DAY_SHEET, other) for other in other_sheets]
    meter = actor("meter of seller").address
    for signature in foreign:
        with reverts("DaySheets_BadSignature", SELLER, signer_of(digest(here, DAY_SHEET, sheet), signature), meter):
            submit(region, sheet, signature)
    assert not region.sheets.hasSheet(SELLER, DAY)


def test_a_revoked_key_signs_nothing_more(region):
    operator = {"from": actor("operator")}
    sheet = region.sheet("seller", exports=FULL)
    region.registry.revokeMeterKey(SELLER, operator)
    for signature in (region.sign_sheet(sheet), bytes(65), b""):
        with reverts("DaySheets_KeyRevoked", SELLER):
            submit(region, sheet, signature)
    region.devices.revokeMeterKey(DEVICE_IDS["seller"], operator)
    with reverts("DaySheets_KeyRevoked", DEVICE_METER):
        region.submit(region.device_sheet("seller", exports=FULL))


def test_a_replaced_key_signs_nothing_more(region):
    new = actor("second meter of seller")
    sheet = region.sheet("seller", exports=FULL)
    replace_key(region, SELLER, new, signer="seller")
    with reverts("DaySheets_BadSignature", SELLER, actor("meter of seller"), new.address):
        region.submit(sheet)
    submit(region, sheet, region.sign_sheet(sheet, key=key_of("second meter of seller")))


def test_a_metering_operator_signs_by_erc_1271(region, harness):
    wallet = harness["ContractWallet"].deploy(actor("metering operator"), {"from": actor("stranger")})
    replace_key(region, SELLER, wallet, signer="seller")
    sheet = region.sheet("seller", exports=FULL)
    with reverts("DaySheets_BadSignature", SELLER, actor("stranger"), wallet):
        submit(region, sheet, region.sign_sheet(sheet, key=key_of("stranger")))
    submit(region, sheet, region.sign_sheet(sheet, key=key_of("metering operator")))
    assert region.sheets.hasSheet(SELLER, DAY)


def test_members_that_left_are_still_metered(region):
    region.registry.exit({"from": actor("seller")})
    region.registry.suspend(PROSUMER, 1, {"from": actor("operator")})
    region.submit(region.sheet("seller", exports=FULL), region.sheet("prosumer", exports=FULL))
    assert region.sheets.hasSheet(SELLER, DAY)
    assert region.sheets.hasSheet(PROSUMER, DAY)


# Corrections


def test_a_correction_tells_its_signed_differences(region):
    old_exports, old_imports = only({0: 5, 7: 9, 8: 100, 23: 7}), only({1: 3})
    new_exports, new_imports = only({0: 6, 7: 0, 8: 98, 22: 1, 23: 7}), only({0: LIMIT})
    region.submit(region.sheet("prosumer", imports=old_imports, exports=old_exports))
    transaction = region.submit(region.sheet("prosumer", imports=new_imports, exports=new_exports, revision=3))
    assert "SheetAccepted" not in transaction.events
    told = fields(transaction.events["SheetCorrected"])
    assert (told["meter"], told["day"], told["revision"]) == (PROSUMER, DAY, 3)
    assert unpack_signed(told["exportDifference"]) == only({0: 1, 7: -9, 8: -2, 22: 1})
    assert unpack_signed(told["importDifference"]) == only({0: LIMIT, 1: -3})
    assert tuple(region.sheets.statusOf(PROSUMER, DAY)) == (ACCEPTED, MEASURED, 3)
    assert plain(region.sheets.exportOf(PROSUMER, DAY)) == pack(new_exports)
    assert plain(region.sheets.importOf(PROSUMER, DAY)) == pack(new_imports)


def test_a_revision_is_above_the_last(region):
    region.submit(region.sheet("seller", exports=FULL))
    for other in ({"exports": NOTHING}, {"exports": [*FULL[:23], 1]}, {"exports": FULL, "imports": only({0: 1})}):
        with reverts("DaySheets_RevisionRefused", SELLER, DAY, 0, 0):
            region.submit(region.sheet("seller", **other))
    region.submit(region.sheet("seller", exports=NOTHING, revision=4))
    for revision in (0, 3, 4):
        with reverts("DaySheets_RevisionRefused", SELLER, DAY, revision, 4):
            region.submit(region.sheet("seller", exports=FULL, revision=revision))


def test_no_sheet_uses_up_the_revisions(region):
    """Whoever held the key once could close a day to every later correction with the highest revision."""
    for revision in (257, 2**16 - 1):
        with reverts("DaySheets_RevisionRefused", SELLER, DAY, revision, 0):
            region.submit(region.sheet("seller", exports=NOTHING, revision=revision))
    region.submit(region.sheet("seller", exports=NOTHING, revision=256))
    for revision in (513, 2**16 - 1):
        with reverts("DaySheets_RevisionRefused", SELLER, DAY, revision, 256):
            region.submit(region.sheet("seller", exports=FULL, revision=revision))
    region.submit(region.sheet("seller", exports=FULL, revision=512))
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, MEASURED, 512)


@pytest.mark.parametrize("revision", [0, 3])
def test_a_sheet_sent_twice_stops_no_batch(region, revision):
    """Anybody who sees a batch can send one of its sheets before it."""
    first = region.sheet("seller", exports=FULL, imports=only({5: 6}), revision=revision)
    region.submit(first)
    transaction = region.submit(first, region.sheet("prosumer", exports=FULL))
    assert [event["meter"] for event in transaction.events["SheetAccepted"]] == [PROSUMER]
    assert "SheetCorrected" not in transaction.events
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, MEASURED, revision)
    assert region.sheets.verifyHistory(SELLER, DAY, [])
    with reverts("DaySheets_BadSignature", SELLER, actor("stranger"), actor("meter of seller").address):
        submit(region, first, region.sign_sheet(first, key=key_of("stranger")))


def test_the_first_sheet_to_arrive_may_be_a_later_revision(region):
    region.submit(region.sheet("seller", exports=FULL, revision=2))
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, MEASURED, 2)
    assert region.sheets.historyOf(SELLER, DAY) == "0x" + bytes(30).hex()
    for revision in (0, 1, 2):
        with reverts("DaySheets_RevisionRefused", SELLER, DAY, revision, 2):
            region.submit(region.sheet("seller", exports=NOTHING, revision=revision))


def test_a_batch_may_bring_a_sheet_and_its_correction(region):
    region.submit(region.sheet("seller", exports=FULL), region.sheet("seller", imports=FULL, revision=1))
    assert plain(region.sheets.importOf(SELLER, DAY)) == pack(FULL)
    assert plain(region.sheets.exportOf(SELLER, DAY)) == (0, 0, 0)


def test_replaced_revisions_stay_provable(region):
    revisions = [(0, MEASURED, NOTHING, FULL), (1, MEASURED, only({4: 5}), NOTHING), (5, MEASURED, NOTHING, NOTHING)]
    for revision, _, imports, exports in revisions:
        region.submit(region.sheet("seller", imports=imports, exports=exports, revision=revision))
    past = [(revision, mark, pack(imports), pack(exports)) for revision, mark, imports, exports in revisions[:-1]]
    assert region.sheets.verifyHistory(SELLER, DAY, past)
    false = [
        past[:-1],
        past[1:],
        past[::-1],
        [],
        [*past, (5, MEASURED, pack(NOTHING), pack(NOTHING))],
        [(0, ESTIMATE, *past[0][2:]), past[1]],
        [past[0], (2, *past[1][1:])],
        [past[0], (1, MEASURED, pack(only({4: 6})), pack(NOTHING))],
        [past[0], (1, MEASURED, pack(NOTHING), pack(only({4: 5})))],
    ]
    for claim in false:
        assert not region.sheets.verifyHistory(SELLER, DAY, claim)
    assert not region.sheets.verifyHistory(PROSUMER, DAY, past)
    assert region.sheets.verifyHistory(PROSUMER, DAY, [])


def test_a_correction_with_the_same_energies_is_a_revision(region):
    region.submit(region.sheet("seller", exports=FULL))
    told = fields(region.submit(region.sheet("seller", exports=FULL, revision=1)).events["SheetCorrected"])
    assert told["exportDifference"] == told["importDifference"] == (0, 0, 0)
    assert region.sheets.verifyHistory(SELLER, DAY, [(0, MEASURED, pack(NOTHING), pack(FULL))])
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, MEASURED, 1)


# Estimates


GUESS = (SELLER, DAY, pack(NOTHING), pack(FULL))


def test_a_missing_sheet_is_estimated_after_the_deadline(region):
    assert region.sheets.submissionDeadline(DAY) == DEADLINE
    Region.at(DEADLINE - 1)
    with reverts("DaySheets_DeadlineNotOver", DAY, DEADLINE, DEADLINE - 1):
        estimate(region, GUESS)
    Region.at(DEADLINE)
    transaction = estimate(region, GUESS)
    assert fields(transaction.events["SheetEstimated"]) == {
        "meter": SELLER,
        "day": DAY,
        "importWh": pack(NOTHING),
        "exportWh": pack(FULL),
    }
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, ESTIMATE, 0)
    assert region.sheets.markOf(SELLER, DAY) == ESTIMATE
    assert plain(region.sheets.exportOf(SELLER, DAY)) == pack(FULL)
    trade = region.sheets.tradeOf(SELLER, SELLER, DAY, 1)
    assert tuple(trade) == (BY_OPERATOR | BY_OPERATOR << 2, pack(FULL)[1], 0)
    Region.go(FINAL)
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (FINAL_STATUS, ESTIMATE, 0)


def test_a_measured_sheet_replaces_the_estimate(region):
    Region.go(DEADLINE)
    estimate(region, GUESS)
    told = fields(region.submit(region.sheet("seller", exports=NOTHING, revision=1)).events["SheetCorrected"])
    assert unpack_signed(told["exportDifference"]) == [-wh for wh in FULL]
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, MEASURED, 1)
    assert region.sheets.markOf(SELLER, DAY) == MEASURED
    assert region.sheets.verifyHistory(SELLER, DAY, [(0, ESTIMATE, pack(NOTHING), pack(FULL))])


@pytest.mark.parametrize("exports", [FULL, NOTHING], ids=["the same", "other"])
def test_a_late_revision_0_is_not_shut_out_by_an_estimate(region, exports):
    """A meter that signed its revision 0 and only reached the chain late cannot sign another one."""
    Region.go(DEADLINE)
    estimate(region, GUESS)
    told = fields(region.submit(region.sheet("seller", exports=exports)).events["SheetCorrected"])
    assert unpack_signed(told["exportDifference"]) == [new - old for new, old in zip(exports, FULL, strict=True)]
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, MEASURED, 0)
    assert region.sheets.verifyHistory(SELLER, DAY, [(0, ESTIMATE, pack(NOTHING), pack(FULL))])
    # It replaced the estimate; another revision 0 does not replace it.
    with reverts("DaySheets_RevisionRefused", SELLER, DAY, 0, 0):
        region.submit(region.sheet("seller", exports=only({1: 1})))


def test_an_estimate_stands_in_for_a_missing_sheet_only(region):
    """A sheet that comes just before the estimates leaves those of the others in force."""
    region.submit(region.sheet("seller", exports=NOTHING))
    Region.go(DEADLINE)
    guess = (PROSUMER, DAY, pack(NOTHING), pack(FULL))
    transaction = estimate(region, GUESS, guess, guess)
    assert [event["meter"] for event in transaction.events["SheetEstimated"]] == [PROSUMER]
    assert tuple(region.sheets.statusOf(SELLER, DAY)) == (ACCEPTED, MEASURED, 0)
    assert plain(region.sheets.exportOf(SELLER, DAY)) == (0, 0, 0)
    assert plain(region.sheets.exportOf(PROSUMER, DAY)) == pack(FULL)
    assert "SheetEstimated" not in estimate(region, (PROSUMER, DAY, pack(FULL), pack(NOTHING))).events
    assert plain(region.sheets.exportOf(PROSUMER, DAY)) == pack(FULL)


def test_a_silent_day_can_be_estimated_however_late(region):
    """Otherwise a meter that stays silent for a week would hold its partners' margin for ever."""
    for time in (FINAL, FINAL + 400 * 86_400):
        Region.at(time)
        number = SELLER if time == FINAL else PROSUMER
        estimate(region, (number, *GUESS[1:]))
        assert tuple(region.sheets.statusOf(number, DAY)) == (FINAL_STATUS, ESTIMATE, 0)
        with reverts("DaySheets_WindowClosed", DAY, FINAL, time + 1):
            Region.at(time + 1)
            region.submit(region.sheet("seller" if number == SELLER else "prosumer", revision=1))
        assert "SheetEstimated" not in estimate(region, (number, DAY, pack(NOTHING), pack(NOTHING))).events
        assert plain(region.sheets.exportOf(number, DAY)) == pack(FULL)


def test_the_sheets_of_devices_neither_stand_still_nor_wait_for_the_close(region):
    """No settlement reads them: a week after the day they are final, while its agreement is still open."""
    first_hour, day, final = FIRST_HOUR + 48 + 8, DAY + 2, FINAL + 2 * 86_400
    [index] = region.register(agreement(firstHour=first_hour, expiry=first_hour * 3_600))
    Region.go(DEADLINE + 2 * 86_400 + 3_600)
    with reverts("DaySheets_InSettlement", day):
        region.submit(region.sheet("seller", exports=FULL, day=day))
    region.submit(region.device_sheet("seller", exports=FULL, day=day))
    assert (region.sheets.deviceFinalFrom(day), region.sheets.finalFrom(day)) == (final, 2**256 - 1)
    Region.go(final - 60)
    region.submit(region.device_sheet("seller", exports=NOTHING, revision=1, day=day))
    assert int(region.sheets.formerHashOf(DEVICE_METER, day).hex(), 16) == 0
    assert plain(region.sheets.exportRecordOf(DEVICE_METER, day)) == (ACCEPTED, MEASURED, 1, (0, 0, 0))
    Region.go(final)
    assert plain(region.sheets.exportRecordOf(DEVICE_METER, day)) == (FINAL_STATUS, MEASURED, 1, (0, 0, 0))
    with reverts("DaySheets_WindowClosed", day, final, final + 5):
        Region.at(final + 5)
        region.submit(region.device_sheet("seller", exports=FULL, revision=2, day=day))
    with reverts("DaySheets_InSettlement", day):
        region.submit(region.sheet("seller", exports=FULL, day=day))
    region.settle(index, day=day)


def test_a_day_silent_for_a_week_gives_the_margin_back(region):
    """Nobody estimated it in time: it is settled as silence, then estimated, however late."""
    first_hour, day = FIRST_HOUR + 48 + 8, DAY + 2
    [index] = region.register(agreement(firstHour=first_hour, expiry=first_hour * 3_600))
    assert region.market.reservedOf(MEMBER_IDS["buyer"]) > 0
    guesses = [(MEMBER_IDS[name], day, pack(NOTHING), pack(NOTHING)) for name in ("seller", "buyer")]
    Region.go(FINAL + 2 * 86_400)
    with reverts("DaySheets_InSettlement", day):
        estimate(region, *guesses)
    region.settle(index, day=day)
    assert region.market.reservedOf(MEMBER_IDS["buyer"]) == 0
    region.close(index, day=day)
    Region.go(region.sheets.finalFrom(day) + 86_400)
    late = region.sheet("buyer", day=day)
    with reverts("DaySheets_WindowClosed", day, region.sheets.finalFrom(day), region.sheets.finalFrom(day) + 86_401):
        Region.at(region.sheets.finalFrom(day) + 86_401)
        region.submit(late)
    assert len(estimate(region, *guesses).events["SheetEstimated"]) == 2


def test_an_estimate_obeys_the_nameplate(region):
    Region.go(DEADLINE)
    with reverts("DaySheets_AboveNameplate", SELLER, 9, LIMIT + 1, LIMIT):
        estimate(region, (SELLER, DAY, pack(only({9: LIMIT + 1})), pack(NOTHING)))
    with reverts("MemberRegistry_NoMeter", 99):
        estimate(region, (99, *GUESS[1:]))


def test_a_meter_without_key_can_be_estimated(region):
    region.registry.revokeMeterKey(SELLER, {"from": actor("operator")})
    Region.go(DEADLINE)
    estimate(region, GUESS)
    assert region.sheets.markOf(SELLER, DAY) == ESTIMATE


def test_only_the_operator_estimates(region):
    Region.go(DEADLINE)
    for name in ("stranger", "seller", "meter of seller", "regulator"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            estimate(region, GUESS, by=name)


def test_the_market_is_attached_once(region):
    """Whoever attached another could let the sheets of a day change while it is settled."""
    with reverts("DaySheets_MarketAttached", region.market):
        region.sheets.attachMarket(region.desk, {"from": region.deployer})
    assert region.sheets.market() == region.market


def test_a_device_without_bond_is_metered(region):
    """Only its certificates wait for the bond."""
    number = int(region.devices.register([device("prosumer")], {"from": actor("operator")}).return_value)
    Region.go(DAY_END + 86_400)
    sheet = (FIRST_DEVICE_METER + number, DAY + 1, 0, pack(NOTHING), pack(FULL))
    submit(region, sheet, region.sign_sheet(sheet, key=key_of("device of prosumer")))
    assert region.sheets.hasSheet(FIRST_DEVICE_METER + number, DAY + 1)
