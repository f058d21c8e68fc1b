"""Production devices: what is recorded, what the bond is for, and when it goes where."""

import pytest
from brownie import ZERO_ADDRESS, web3

from tests.support.meter_keys import key_changes, replace_key
from tests.support.region import (
    BOND,
    COAL,
    DAY,
    DAY_END,
    DEVICE_IDS,
    DEVICES,
    FINAL,
    FIRST_DEVICE_METER,
    FOREVER,
    HYDRO,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    REASON,
    START,
    UTC_OFFSET,
    Kind,
    Region,
    actor,
    device,
    fields,
    plain,
    registration,
)
from tests.support.reverts import reverts
from tests.support.signing import BOND_FORFEITURE, METER_KEY_CONSENT, digest, domain_of, key_of, malleated, sign

NAME = "Gridleaf DeviceRegistry"
OWN = DEVICE_IDS["seller"]
METER = FIRST_DEVICE_METER + OWN
NEXT = len(DEVICES) + 1
MISSING, POSTED, RETURNED = 0, 1, 2
IN_SERVICE = 2**32 - 1
LARGEST = 2 * 10**9  # [W]
BOND_FREE = FINAL + 7 * 86_400  # when the bond of a device that was withdrawn on DAY can return [s]
DECLARATION = b"\x0d" * 32


@pytest.fixture
def operator():
    return {"from": actor("operator")}


def record(region, *entries, by="operator"):
    return region.devices.register(list(entries), {"from": actor(by)})


def state(region, number=OWN):
    entry = region.devices.deviceOf(number)
    return entry["bondState"], entry["bond"]


# Registration


def test_a_device_is_kept_and_told(region):
    entry = device(
        "seller", capacityW=5, commissioningDay=DAY, carrier=COAL, technology=300, gridArea=2**32 - 1, support=9
    )
    transaction = record(region, device("prosumer"), entry)
    assert transaction.return_value == NEXT
    told = transaction.events["DeviceRegistered"]
    assert [event["device"] for event in told] == [NEXT, NEXT + 1]
    assert fields(told[1]) == {
        "device": NEXT + 1,
        "owner": MEMBER_IDS["seller"],
        "meterKey": actor("device of seller").address,
        "capacityW": 5,
        "commissioningDay": DAY,
        "carrier": COAL,
        "technology": 300,
        "gridArea": 2**32 - 1,
        "support": 9,
        "declaration": "0x" + DECLARATION.hex(),
    }
    assert plain(region.devices.deviceOf(NEXT + 1)) == (
        actor("device of seller").address,
        5,
        DAY,
        IN_SERVICE,
        MEMBER_IDS["seller"],
        COAL,
        300,
        2**32 - 1,
        9,
        MISSING,
        0,
        0,
        0,
        "0x" + DECLARATION.hex(),
    )
    assert region.devices.deviceCount() == NEXT + 1


def test_a_device_meter_has_an_id_of_its_own(region):
    meter = region.devices.meterIdOf(OWN)
    assert meter == 2**31 + OWN
    key = actor("device of seller").address
    assert plain(region.devices.meterOf(meter)) == (key, NAMEPLATE, NAMEPLATE, DAY - 1, IN_SERVICE)
    for number in (0, NEXT):
        with reverts("DeviceRegistry_UnknownDevice", number):
            region.devices.meterOf(FIRST_DEVICE_METER + number)
    with reverts("DeviceRegistry_NotADeviceMeter", 2**31 - 1, 2**31):
        region.devices.meterOf(2**31 - 1)


def test_unknown_devices_are_named(region, operator):
    for absent in (0, NEXT):
        for view in (region.devices.deviceOf, region.devices.requireMayIssue):
            with reverts("DeviceRegistry_UnknownDevice", absent):
                view(absent)
        for call in (region.devices.postBond, region.devices.withdraw, region.devices.returnBond):
            with reverts("DeviceRegistry_UnknownDevice", absent):
                call(absent, {"from": actor("seller")})
        with reverts("DeviceRegistry_UnknownDevice", absent):
            region.devices.revokeMeterKey(absent, operator)


def test_only_the_operator_records(region):
    for name in ("stranger", "seller", "regulator"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            record(region, device("seller"), by=name)


def test_devices_belong_to_members_that_produce(region):
    provider = registration("provider", kind=int(Kind.PROVIDER), meterKey=ZERO_ADDRESS, importW=0, exportW=0)
    number = int(region.join(provider, signers=["provider"]).return_value)
    with reverts("DeviceRegistry_OwnerCannotProduce", MEMBER_IDS["buyer"], int(Kind.CONSUMER)):
        record(region, device("buyer"))
    with reverts("DeviceRegistry_OwnerCannotProduce", number, int(Kind.PROVIDER)):
        record(region, device("seller", owner=number))
    with reverts("MemberRegistry_UnknownMember", 99):
        record(region, device("seller", owner=99))
    record(region, device("prosumer"), device("grid_company"))
    assert region.devices.deviceCount() == NEXT + 1


def test_a_member_that_may_not_trade_gets_no_device(region, operator):
    region.registry.suspend(MEMBER_IDS["seller"], 1, operator)
    with reverts("MemberRegistry_WrongStatus", MEMBER_IDS["seller"], 2, 1):
        record(region, device("seller"))


@pytest.mark.parametrize(
    "missing",
    [
        {"capacityW": 0},
        {"capacityW": LARGEST + 1},
        {"meterKey": ZERO_ADDRESS},
        {"carrier": 0},
        {"declaration": bytes(32)},
    ],
    ids=lambda missing: "{}={}".format(*next(iter(missing.items()))),
)
def test_a_device_is_complete(region, missing):
    entry = device("seller", **missing)
    with reverts("DeviceRegistry_Incomplete", 1, entry[2], LARGEST):
        record(region, device("seller", capacityW=LARGEST), entry)


def test_a_device_does_not_count_for_days_before_its_record(region):
    """Backdated, its meter could still certify the days of which sheets are taken."""
    Region.go(DAY_END - 3_600)
    for past in (0, DAY - 1):
        with reverts("DeviceRegistry_CommissionedBefore", 1, past, DAY):
            record(region, device("seller"), device("seller", commissioningDay=past))
    record(region, device("seller", commissioningDay=DAY), device("seller", commissioningDay=DAY + 400))
    assert region.devices.deviceOf(NEXT)["commissioningDay"] == DAY
    Region.at(DAY_END)
    with reverts("DeviceRegistry_CommissionedBefore", 0, DAY, DAY + 1):
        record(region, device("seller", commissioningDay=DAY))


def test_batches_have_a_cap(region):
    cap = region.devices.BATCH_CAP()
    for size in (0, cap + 1):
        with reverts("DeviceRegistry_BatchSize", size, cap):
            record(region, *[device("seller")] * size)
    record(region, *[device("seller")] * cap)
    assert region.devices.deviceCount() == NEXT + cap - 1


# Bond


def test_the_owner_posts_the_bond(region):
    record(region, device("seller"))
    assert state(region, NEXT) == (MISSING, 0)
    held = region.points.balanceOf(region.devices)
    region.mint(actor("seller"), BOND)
    region.points.approve(region.devices, BOND, {"from": actor("seller")})
    transaction = region.devices.postBond(NEXT, {"from": actor("seller")})
    assert fields(transaction.events["BondPosted"]) == {
        "device": NEXT,
        "from": actor("seller").address,
        "amount": BOND,
    }
    assert state(region, NEXT) == (POSTED, BOND)
    assert region.points.balanceOf(region.devices) == held + BOND
    assert region.points.balanceOf(actor("seller")) == 0
    assert tuple(region.devices.requireMayIssue(NEXT)) == (MEMBER_IDS["seller"], HYDRO)


def test_a_device_without_bond_issues_nothing(region):
    record(region, device("seller"))
    with reverts("DeviceRegistry_WrongBondState", NEXT, MISSING, POSTED):
        region.devices.requireMayIssue(NEXT)


def test_a_bond_is_posted_once_by_the_owner_with_points(region):
    with reverts("DeviceRegistry_WrongBondState", OWN, POSTED, MISSING):
        region.devices.postBond(OWN, {"from": actor("seller")})
    record(region, device("seller"))
    with reverts("DeviceRegistry_NotOwner", NEXT, MEMBER_IDS["seller"], actor("prosumer")):
        region.devices.postBond(NEXT, {"from": actor("prosumer")})
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        region.devices.postBond(NEXT, {"from": actor("stranger")})
    with reverts("ERC20InsufficientAllowance", region.devices, 0, BOND):
        region.devices.postBond(NEXT, {"from": actor("seller")})
    assert state(region, NEXT) == (MISSING, 0)


def test_a_withdrawn_device_takes_no_bond(region):
    """It would be locked in for two weeks, and let a device without bond issue what it had measured before."""
    record(region, device("seller"))
    region.devices.withdraw(NEXT, {"from": actor("seller")})
    with reverts("DeviceRegistry_AlreadyWithdrawn", NEXT, DAY - 1):
        region.post_bond("seller", NEXT)
    with reverts("DeviceRegistry_WrongBondState", NEXT, MISSING, POSTED):
        region.devices.requireMayIssue(NEXT)


def test_a_frozen_owner_posts_no_bond(region):
    record(region, device("seller"))
    region.mint(actor("seller"), BOND)
    region.points.approve(region.devices, BOND, {"from": actor("seller")})
    until = START + 30 * 86_400
    region.freeze(actor("seller"), until)
    with reverts("FreezeList_Frozen", actor("seller"), until):
        region.devices.postBond(NEXT, {"from": actor("seller")})


def test_governance_sets_later_bonds(region):
    by = {"from": region.deployer}
    transaction = region.devices.setBondAmount(7 * POINT, by)
    assert fields(transaction.events["BondAmountSet"]) == {"amount": 7 * POINT}
    record(region, device("seller"))
    region.post_bond("seller", NEXT)
    assert state(region, NEXT) == (POSTED, 7 * POINT)
    assert state(region) == (POSTED, BOND)
    with reverts("DeviceRegistry_ZeroBond"):
        region.devices.setBondAmount(0, by)
    for name in ("stranger", "operator", "regulator"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            region.devices.setBondAmount(1, {"from": actor(name)})


# Withdrawal


def test_the_bond_returns_a_week_after_the_last_day_is_final(region):
    """Certificates of the last day appear when it is final: until a week later they can still cost the bond."""
    Region.go(DAY_END - 86_400)  # the first second of DAY
    transaction = region.devices.withdraw(OWN, {"from": actor("seller")})
    assert fields(transaction.events["DeviceWithdrawn"]) == {"device": OWN, "lastDay": DAY}
    for time in (FINAL, BOND_FREE - 1):
        Region.at(time)
        with reverts("DeviceRegistry_BondStillNeeded", OWN, DAY, time):
            region.devices.returnBond(OWN, {"from": actor("stranger")})
    Region.at(BOND_FREE)
    transaction = region.devices.returnBond(OWN, {"from": actor("stranger")})
    assert fields(transaction.events["BondReturned"]) == {
        "device": OWN,
        "to": actor("seller").address,
        "amount": BOND,
    }
    assert region.points.balanceOf(actor("seller")) == BOND
    assert region.points.balanceOf(region.devices) == BOND * (len(DEVICES) - 1)
    assert state(region) == (RETURNED, 0)
    for call in (region.devices.returnBond, region.devices.postBond):
        needed = POSTED if call is region.devices.returnBond else MISSING
        with reverts("DeviceRegistry_WrongBondState", OWN, RETURNED, needed):
            call(OWN, {"from": actor("seller")})
    assert tuple(region.devices.requireMayIssue(OWN)) == (MEMBER_IDS["seller"], HYDRO)


def test_the_bond_goes_to_the_owners_present_account(region):
    region.devices.withdraw(OWN, {"from": actor("seller")})
    region.registry.proposeAccount(actor("new_account"), {"from": actor("seller")})
    region.registry.acceptAccount(MEMBER_IDS["seller"], {"from": actor("new_account")})
    Region.go(BOND_FREE)
    region.devices.returnBond(OWN, {"from": actor("stranger")})
    assert region.points.balanceOf(actor("new_account")) == BOND


def test_a_bond_in_service_stays(region):
    Region.at(BOND_FREE)
    with reverts("DeviceRegistry_BondStillNeeded", OWN, IN_SERVICE, BOND_FREE):
        region.devices.returnBond(OWN, {"from": actor("seller")})


def test_a_device_is_withdrawn_once_by_its_owner(region):
    with reverts("DeviceRegistry_NotOwner", OWN, MEMBER_IDS["seller"], actor("prosumer")):
        region.devices.withdraw(OWN, {"from": actor("prosumer")})
    Region.go(DAY_END - 1)
    region.devices.withdraw(OWN, {"from": actor("seller")})
    Region.go(DAY_END)
    with reverts("DeviceRegistry_AlreadyWithdrawn", OWN, DAY):
        region.devices.withdraw(OWN, {"from": actor("seller")})


def test_an_exited_owner_withdraws_its_device(region):
    region.registry.exit({"from": actor("seller")})
    region.devices.withdraw(OWN, {"from": actor("seller")})
    assert region.devices.deviceOf(OWN)["lastDay"] == START // 86_400


# Forfeiture


def test_two_persons_forfeit_a_bond(region):
    victim = actor("victim")
    transaction = region.forfeit(OWN, victim)
    assert fields(transaction.events["BondForfeited"]) == {
        "device": OWN,
        "beneficiary": victim.address,
        "amount": BOND,
        "reason": "0x" + REASON.hex(),
        "regulator": actor("regulator").address,
        "coSigner": actor("freeze_cosigner").address,
    }
    assert region.points.balanceOf(victim) == BOND
    assert state(region) == (MISSING, 0)
    with reverts("DeviceRegistry_WrongBondState", OWN, MISSING, POSTED):
        region.devices.requireMayIssue(OWN)
    region.post_bond("seller", OWN)
    assert state(region) == (POSTED, BOND)
    assert region.devices.deviceOf(OWN)["bondCount"] == 2


def forfeit_with(region, signature, *, signer="freeze_cosigner", by="regulator", deadline=FOREVER, reason=REASON):
    second = (actor(signer), signature)
    return region.devices.forfeitBond(OWN, actor("victim"), reason, deadline, second, {"from": actor(by)})


def cosign(region, *, number=OWN, beneficiary="victim", reason=REASON, count=1, deadline=FOREVER, domain=None):
    terms = (number, actor(beneficiary).address, reason, count, deadline)
    return sign(key_of("freeze_cosigner"), domain or region.domain(region.devices, NAME), BOND_FORFEITURE, terms)


def expected_digest(region, count=1):
    terms = (OWN, actor("victim").address, REASON, count, FOREVER)
    return digest(region.domain(region.devices, NAME), BOND_FORFEITURE, terms)


def test_the_second_person_signs_this_forfeiture_only(region):
    good = cosign(region)
    chain_id = web3.eth.chain_id
    bad = [
        cosign(region, domain=domain_of(NAME, region.devices.address, chain_id=chain_id + 1)),
        cosign(region, domain=domain_of(NAME, region.freezes.address, chain_id=chain_id)),
        cosign(region, number=OWN + 1),
        cosign(region, beneficiary="stranger"),
        cosign(region, reason=b"\x0b" * 32),
        cosign(region, count=2),
        cosign(region, deadline=FOREVER - 1),
        malleated(good),
        good[:64],
        b"",
    ]
    assert bytes(region.devices.forfeitureDigest(OWN, actor("victim"), REASON, FOREVER)) == expected_digest(region)
    for signature in bad:
        with reverts("TwoPersonRule_BadSignature", actor("freeze_cosigner"), expected_digest(region)):
            forfeit_with(region, signature)
    forfeit_with(region, good)
    region.post_bond("seller", OWN)
    with reverts("TwoPersonRule_BadSignature", actor("freeze_cosigner"), expected_digest(region, count=2)):
        forfeit_with(region, good)


def test_a_forfeiture_needs_its_roles_time_and_reason(region):
    with reverts("AccessManagedUnauthorized", actor("operator")):
        forfeit_with(region, cosign(region), by="operator")
    with reverts("TwoPersonRule_WrongSigner", actor("stranger"), 7):
        forfeit_with(region, cosign(region), signer="stranger")
    with reverts("DeviceRegistry_NoReason", OWN):
        forfeit_with(region, cosign(region), reason=bytes(32))
    Region.at(DAY_END)
    with reverts("DeviceRegistry_Expired", DAY_END - 1, DAY_END):
        forfeit_with(region, cosign(region, deadline=DAY_END - 1), deadline=DAY_END - 1)


def test_what_is_not_there_is_not_forfeited(region):
    record(region, device("seller"))
    with reverts("DeviceRegistry_WrongBondState", NEXT, MISSING, POSTED):
        region.forfeit(NEXT, actor("victim"))


def test_a_withdrawn_device_can_still_lose_its_bond(region):
    region.devices.withdraw(OWN, {"from": actor("seller")})
    Region.go(BOND_FREE - 10)
    region.forfeit(OWN, actor("victim"))
    Region.go(BOND_FREE)
    with reverts("DeviceRegistry_WrongBondState", OWN, MISSING, POSTED):
        region.devices.returnBond(OWN, {"from": actor("seller")})


# Meter keys


def test_a_meter_key_is_replaced_and_revoked(region, operator):
    old, new = actor("device of seller").address, actor("new device meter").address
    transaction = replace_key(region, METER, actor("new device meter"), signer="seller")
    assert fields(transaction.events["MeterKeyChanged"]) == {"device": OWN, "oldKey": old, "newKey": new}
    assert region.devices.meterOf(FIRST_DEVICE_METER + OWN)["key"] == new
    region.devices.revokeMeterKey(OWN, operator)
    assert region.devices.meterOf(FIRST_DEVICE_METER + OWN)["key"] == ZERO_ADDRESS
    with reverts("DeviceRegistry_BadMeterKey", OWN, ZERO_ADDRESS):
        region.devices.revokeMeterKey(OWN, operator)
    replace_key(region, METER, old, signer="seller")
    for key in (old, ZERO_ADDRESS):
        with reverts("DeviceRegistry_BadMeterKey", OWN, key):
            replace_key(region, METER, key, signer="seller")
    assert key_changes(region, METER) == 3


def test_the_operator_alone_gives_a_device_no_key(region):
    """With a key of its own it would measure for the owner."""
    terms = (METER, actor("operator").address, 0, FOREVER)
    asked = digest(region.domain(region.devices, NAME), METER_KEY_CONSENT, terms)
    assert bytes(region.devices.meterKeyDigest(OWN, actor("operator"), FOREVER)) == asked
    for signer in ("operator", "prosumer", "device of seller"):
        with reverts("MeterKeyConsent_BadSignature", actor("seller"), asked):
            replace_key(region, METER, actor("operator"), signer=signer)
    assert region.devices.meterOf(METER)["key"] == actor("device of seller")


def test_a_consent_is_the_present_accounts(region):
    region.registry.proposeAccount(actor("new_account"), {"from": actor("seller")})
    region.registry.acceptAccount(MEMBER_IDS["seller"], {"from": actor("new_account")})
    asked = bytes(region.devices.meterKeyDigest(OWN, actor("new device meter"), FOREVER))
    with reverts("MeterKeyConsent_BadSignature", actor("new_account"), asked):
        replace_key(region, METER, actor("new device meter"), signer="seller")
    replace_key(region, METER, actor("new device meter"), signer="new_account")


def test_meter_keys_are_the_operators(region):
    for name in ("stranger", "seller"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            region.devices.replaceMeterKey(OWN, actor("stranger"), FOREVER, b"", {"from": actor(name)})
        with reverts("AccessManagedUnauthorized", actor(name)):
            region.devices.revokeMeterKey(OWN, {"from": actor(name)})


# Deployment


@pytest.mark.parametrize("offset", [-13, 15])
def test_the_offset_is_one_on_earth(region, project, offset):
    arguments = (region.roles, region.registry, region.points, offset, BOND)
    with reverts("MarketTime_BadOffset", offset, -12, 14):
        project.DeviceRegistry.deploy(*arguments, {"from": region.deployer})


def test_what_belongs_together_is_linked(region):
    assert region.devices.registry() == region.registry
    assert region.devices.points() == region.points
    assert region.devices.utcOffset() == region.sheets.utcOffset() == UTC_OFFSET
    assert region.sheets.registry() == region.registry
    assert region.sheets.devices() == region.devices
    assert region.registry.freezeList() == region.freezes
    assert region.registry.utcOffset() == UTC_OFFSET
    assert region.devices.bondAmount() == BOND
