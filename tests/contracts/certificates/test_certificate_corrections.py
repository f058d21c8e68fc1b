"""Withdrawal, second issuance and corrections after issuance, through to the next one."""

import pytest
from brownie import ZERO_ADDRESS, web3

from tests.support.certificates import (
    EXPORTS,
    PROSUMER,
    RETIRABLE,
    SELLER,
    certificate_id,
    correct,
    end_of_hour,
    holdings,
    ids_of,
    issue,
    issue_days,
    measure,
    move,
    retire,
    totals,
)
from tests.support.region import (
    DAY,
    DAY_END,
    FIRST_DEVICE_METER,
    NAMEPLATE,
    NOTHING,
    REASON,
    Region,
    actor,
    fields,
    only,
    pack,
    plain,
)
from tests.support.reverts import reverts
from tests.support.signing import key_of

HELD = certificate_id(SELLER, 9)
ISSUED = sum(EXPORTS)
NO_REASON = b"\0" * 32


def by(name):
    return {"from": actor(name)}


def withdraw(region, name, ids, amounts, *, reason=REASON):
    return region.certificates.withdraw(actor(name), ids, amounts, reason, by("issuer"))


def reissue(region, ids, amounts, *, reason=REASON):
    return region.certificates.reissue(ids, amounts, reason, by("issuer"))


def corrected(exports, revision=1):
    """The corrected sheet of the seller's device."""
    return FIRST_DEVICE_METER + SELLER, DAY, revision, pack(NOTHING), pack(exports)


@pytest.fixture(autouse=True)
def issued(region):
    Region.go(DAY_END)
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    issue(region)


# Withdrawal and second issuance


def test_withdrawn_certificates_are_gone(region):
    move(region, "seller", "buyer", HELD, 60_000)
    told = fields(withdraw(region, "buyer", [HELD], [25_000]).events["CertificatesWithdrawn"])
    assert (told["holder"], told["ids"], told["amounts"]) == (actor("buyer").address, (HELD,), (25_000,))
    assert totals(region) == (ISSUED, 25_000, 0)
    assert region.certificates.certifiedOf(SELLER) == ISSUED - 25_000
    with reverts("ERC1155InsufficientBalance", actor("buyer"), 35_000, 35_001, HELD):
        move(region, "buyer", "seller", HELD, 35_001)
    with reverts("ERC1155InsufficientBalance", actor("buyer"), 35_000, 35_001, HELD):
        retire(region, "buyer", HELD, 35_001)
    assert region.certificates.reissuableOf(HELD) == 25_000


def test_expired_and_revoked_certificates_can_be_withdrawn(region):
    Region.go(end_of_hour(23) + RETIRABLE)
    region.certificates.revoke(SELLER, DAY, REASON, by("issuer"))
    withdraw(region, "seller", ids_of(SELLER, (8, 9)), [50_000, 100_000])
    assert holdings(region, "seller") == only({0: 7, 23: 1})


def test_what_is_retired_stays_retired(region):
    retire(region, "seller", HELD, 99_999)
    with reverts("ERC1155InsufficientBalance", actor("seller"), 1, 2, HELD):
        withdraw(region, "seller", [HELD], [2])
    assert region.certificates.retiredOf(actor("seller"), HELD) == 99_999


def test_withdrawn_energy_is_issued_again_under_the_next_revision(region):
    move(region, "seller", "buyer", HELD, 60_000)
    withdraw(region, "buyer", [HELD, certificate_id(SELLER, 9)], [50_000, 10_000])
    withdraw(region, "seller", [certificate_id(SELLER, 8)], [1])
    ids = ids_of(SELLER, (9, 8))
    told = fields(reissue(region, ids, [59_000, 1]).events["CertificatesReissued"])
    assert (told["revision"], told["ids"], told["amounts"]) == (1, tuple(ids), (59_000, 1))
    assert told["account"] == actor("seller").address
    assert holdings(region, "seller") == only({0: 7, 8: 49_999, 9: 40_000, 23: 1})
    assert holdings(region, "seller", revision=1) == only({8: 1, 9: 59_000})
    assert totals(region) == (ISSUED + 59_001, 60_001, 0)
    assert plain(region.certificates.revisionsOf(SELLER, DAY)) == (0, 1)
    reissue(region, [HELD], [1_000])
    assert holdings(region, "seller", revision=2) == only({9: 1_000})
    with reverts("GreenCertificate_AboveWithdrawn", HELD, 0, 1):
        reissue(region, [HELD], [1])


def test_only_withdrawn_energy_is_issued_again(region):
    with reverts("GreenCertificate_AboveWithdrawn", HELD, 0, 1):
        reissue(region, [HELD], [1])
    withdraw(region, "seller", [HELD], [10])
    with reverts("GreenCertificate_AboveWithdrawn", HELD, 4, 5):
        reissue(region, [HELD, HELD], [6, 5])
    with reverts("HourlyHoldings_ZeroAmount", certificate_id(SELLER, 9, revision=1)):
        reissue(region, [HELD], [0])
    with reverts("GreenCertificate_EmptyBatch"):
        reissue(region, [], [])
    with reverts("ERC1155InvalidArrayLength", 1, 2):
        reissue(region, [HELD], [1, 1])
    never = certificate_id(PROSUMER, 9)
    with reverts("GreenCertificate_NotIssued", PROSUMER, DAY):
        reissue(region, [never], [1])


def test_energy_is_issued_again_one_device_day_at_a_time(region):
    issue_days(region, {DAY + 8: EXPORTS})
    other = certificate_id(SELLER, 9, day=DAY + 8)
    withdraw(region, "seller", [HELD, other], [1, 1])
    with reverts("GreenCertificate_OtherDay", other, SELLER, DAY):
        reissue(region, [HELD, other], [1, 1])


def test_the_issuer_gives_its_reasons(region):
    withdraw(region, "seller", [HELD], [1])
    for attempt in (
        lambda: withdraw(region, "seller", [HELD], [1], reason=NO_REASON),
        lambda: reissue(region, [HELD], [1], reason=NO_REASON),
        lambda: region.certificates.correct(corrected(NOTHING), b"", NO_REASON, by("issuer")),
    ):
        with reverts("GreenCertificate_NoReason"):
            attempt()


# Corrections downwards


def test_a_lower_reading_is_taken_from_the_owners_own_certificates(region):
    sheet = corrected(only({0: 7, 8: 30_000, 9: 100_000}))
    told = fields(correct(region, sheet, signed=False).events["DayCorrected"])
    assert (told["lowered"], told["withdrawn"]) == (20_001, 20_001)
    assert (told["revision"], told["exportWh"]) == (1, sheet[4])
    assert holdings(region, "seller") == only({0: 7, 8: 30_000, 9: 100_000})
    assert totals(region) == (ISSUED, 20_001, 0)
    assert plain(region.certificates.measuredOf(SELLER, DAY)) == sheet[4]
    assert region.certificates.reissuableOf(certificate_id(SELLER, 8)) == 0


def test_a_correction_after_a_sale_is_taken_from_the_next_issuance(region):
    """The buyer keeps its 90 kWh, whatever comes.

    Sold 90 of 100 kWh, corrected to 30: 10 are taken back, 60 are owed. Next 50 kWh: nothing is minted, 10 are still
    owed. Next 25 kWh: 15 are minted.
    """
    move(region, "seller", "buyer", HELD, 90_000)
    correct(region, corrected(only({0: 7, 8: 50_000, 9: 30_000, 23: 1})), signed=False)
    assert totals(region) == (ISSUED, 10_000, 60_000)
    assert holdings(region, "buyer") == only({9: 90_000})
    exports = {DAY + 8: only({10: 20_000, 11: 30_000}), DAY + 9: only({7: 4_000, 8: 1_000, 9: 20_000})}
    issue_days(region, exports)
    assert holdings(region, "seller", day=DAY + 8) == list(NOTHING)
    assert region.certificates.dayIssued(SELLER, DAY + 8)
    # 10 kWh still owed: the first 4 + 1 kWh and 5 of the 20 kWh are kept back.
    assert holdings(region, "seller", day=DAY + 9) == only({9: 15_000})
    assert totals(region) == (ISSUED + 15_000, 10_000, 0)
    assert holdings(region, "buyer") == only({9: 90_000})
    metered = 7 + 50_000 + 30_000 + 1 + 50_000 + 25_000
    assert region.certificates.certifiedOf(SELLER) == metered
    events = web3.eth.contract(address=region.certificates.address, abi=region.certificates.abi).events
    withheld = [entry["args"] for entry in events.EnergyWithheld.get_logs(from_block=0)]
    assert [(event["device"], event["day"], event["revision"], event["wh"]) for event in withheld] == [
        (SELLER, DAY + 8, 0, 50_000),
        (SELLER, DAY + 9, 0, 10_000),
    ]


def test_what_is_staked_is_owed_not_taken(region):
    region.certificates.setApprovalForAll(actor("stake_keeper"), True, by("seller"))
    region.certificates.lock(actor("seller"), [HELD], [100_000], by("stake_keeper"))
    correct(region, corrected(only({0: 7, 8: 50_000, 23: 1})), signed=False)
    assert totals(region) == (ISSUED, 0, 100_000)
    assert region.certificates.lockedOf(actor("stake_keeper"), actor("seller"), HELD) == 100_000


def test_corrections_follow_each_other_without_counting_twice(region):
    move(region, "seller", "buyer", HELD, 100_000)
    for revision, wh in ((1, 70_000), (2, 50_000), (5, 50_000)):
        correct(region, corrected(only({0: 7, 8: 50_000, 9: wh, 23: 1}), revision), signed=False)
    assert totals(region) == (ISSUED, 0, 50_000)
    assert plain(region.certificates.revisionsOf(SELLER, DAY)) == (0, 1, 2, 5)


# Corrections upwards


def test_a_higher_reading_is_issued_under_the_sheets_revision(region):
    transaction = correct(region, corrected(only({0: 7, 8: 50_000, 9: 100_000, 10: 300, 23: 2}), 6))
    assert holdings(region, "seller") == EXPORTS
    assert holdings(region, "seller", revision=6) == only({10: 300, 23: 1})
    assert totals(region) == (ISSUED + 301, 0, 0)
    assert "EnergyWithheld" not in transaction.events
    told = fields(transaction.events["TransferBatch"])
    assert (told["from"], list(told["values"])) == (ZERO_ADDRESS, [300, 1])


def test_only_the_meter_raises_a_reading(region):
    higher = corrected(only({9: 100_001}))
    meter_key = actor("device of seller")
    with reverts("GreenCertificate_BadSignature", SELLER, meter_key):
        correct(region, higher, signed=False)
    forged = region.sign_sheet(higher, key=key_of("issuer"))
    with reverts("GreenCertificate_BadSignature", SELLER, meter_key):
        region.certificates.correct(higher, forged, REASON, by("issuer"))
    other = region.sign_sheet(corrected(only({9: 100_002})))
    with reverts("GreenCertificate_BadSignature", SELLER, meter_key):
        region.certificates.correct(higher, other, REASON, by("issuer"))
    region.devices.revokeMeterKey(SELLER, by("operator"))
    with reverts("GreenCertificate_BadSignature", SELLER, "0x" + "00" * 20):
        correct(region, higher)


def test_a_higher_reading_pays_what_is_owed_first(region):
    move(region, "seller", "buyer", HELD, 100_000)
    correct(region, corrected(only({0: 7, 8: 50_000, 9: 60_000, 23: 1})), signed=False)
    assert totals(region) == (ISSUED, 0, 40_000)
    correct(region, corrected(only({0: 7, 8: 50_000, 9: 95_000, 23: 1}), 2))
    assert totals(region) == (ISSUED, 0, 5_000)
    correct(region, corrected(only({0: 7, 8: 50_000, 9: 102_000, 23: 1}), 3))
    assert totals(region) == (ISSUED + 2_000, 0, 0)
    assert holdings(region, "seller", revision=3) == only({9: 2_000})


def test_one_correction_lowers_some_hours_and_raises_others(region):
    move(region, "seller", "buyer", certificate_id(SELLER, 8), 50_000)
    correct(region, corrected(only({0: 7, 8: 49_000, 9: 90_000, 10: 5_000, 23: 1})))
    assert holdings(region, "seller") == only({0: 7, 9: 90_000, 23: 1})
    assert holdings(region, "seller", revision=1) == only({10: 4_000})  # 1,000 were owed for what was sold
    assert totals(region) == (ISSUED + 4_000, 10_000, 0)


# What a correction may be


def test_a_correction_keeps_to_the_rules_of_sheets(region):
    with reverts("GreenCertificate_RevisionRefused", SELLER, DAY, 0, 0):
        correct(region, corrected(only({9: 1}), 0))
    correct(region, corrected(only({9: 1}), 7), signed=False)
    with reverts("GreenCertificate_RevisionRefused", SELLER, DAY, 7, 7):
        correct(region, corrected(only({9: 2}), 7))
    limit = NAMEPLATE * 105 // 100
    with reverts("GreenCertificate_AboveNameplate", SELLER, limit):
        correct(region, corrected(only({9: limit + 1}), 8))
    correct(region, corrected(only({9: limit}), 8))
    settlement_meter = (1, *corrected(only({9: 1}))[1:])
    with reverts("DeviceRegistry_NotADeviceMeter", 1, FIRST_DEVICE_METER):
        correct(region, settlement_meter, signed=False)


def test_only_issued_days_are_corrected(region):
    meter, _, *rest = corrected(only({9: 1}))
    with reverts("GreenCertificate_NotIssued", SELLER, DAY + 1):
        correct(region, (meter, DAY + 1, *rest), signed=False)


def test_the_last_revision_is_the_last(region):
    withdraw(region, "seller", [HELD], [1])
    correct(region, corrected(EXPORTS, 2**16 - 1), signed=False)
    last = 2**16 - 1
    with reverts("GreenCertificate_RevisionRefused", SELLER, DAY, last, last):
        reissue(region, [HELD], [1])


def test_a_device_that_lost_its_bond_or_carrier_is_lowered_but_not_raised(region):
    """Otherwise a forfeiture, or a carrier struck off, would put overstated certificates out of reach."""
    region.forfeit(SELLER, actor("regulator"))
    region.certificates.setRenewableCarriers(0, {"from": actor("regulator")})
    told = fields(correct(region, corrected(only({8: 50_000})), signed=False).events["DayCorrected"])
    assert told["withdrawn"] == 100_008
    assert holdings(region, "seller") == only({8: 50_000})
    with reverts("DeviceRegistry_WrongBondState", SELLER, 0, 1):
        correct(region, corrected(only({8: 50_001}), revision=2))
