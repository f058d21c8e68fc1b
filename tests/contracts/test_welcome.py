from bank import reference
from brownie import chain
from region import DAY, DEVICE_IDS, FINAL, POINT, Region, actor, fields
from reverts import reverts
from rewards import BUYER, DAY_SECONDS, DEVICE, ORGANISATION, SELLER, WELCOME, certify, open_welcome, reward


def test_the_welcome_grant_vests_with_the_first_certified_energy(region, funded):
    transaction = open_welcome(funded)
    opened = chain[-1].timestamp
    assert fields(transaction.events["WelcomeOpened"]) == {
        "device": DEVICE,
        "member": SELLER,
        "organisation": "0x" + ORGANISATION.hex(),
        "meterKey": actor("device of seller").address,
        "baselineWh": 0,
        "endsAt": opened + 90 * DAY_SECONDS,
    }
    with reverts("RewardPool_NothingVested", DEVICE, 0):
        funded.claimWelcome(DEVICE, {"from": actor("seller")})
    certify(region, 20_000)
    claim = funded.claimWelcome(DEVICE, {"from": actor("seller")})
    assert claim.return_value == 2 * POINT  # 20 of 50 kWh of 5 points
    assert claim.events["Rewarded"]["cause"] == WELCOME
    with reverts("RewardPool_NothingVested", DEVICE, 20_000):
        funded.claimWelcome(DEVICE, {"from": actor("seller")})
    certify(region, 80_000, day=DAY + 8, issue_at=FINAL + 8 * DAY_SECONDS)
    assert funded.claimWelcome(DEVICE, {"from": actor("seller")}).return_value == 3 * POINT
    assert funded.outstanding() == 5 * POINT
    assert tuple(funded.welcomeOf(DEVICE)) == (SELLER, opened + 90 * DAY_SECONDS, 0, 5 * POINT)


def test_energy_certified_before_the_opening_earns_nothing(region, funded):
    certify(region, 90_000)
    open_welcome(funded)
    with reverts("RewardPool_NothingVested", DEVICE, 90_000):
        funded.claimWelcome(DEVICE, {"from": actor("seller")})


def test_a_welcome_grant_lapses_after_ninety_days(region, funded):
    open_welcome(funded)
    ends_at = chain[-1].timestamp + 90 * DAY_SECONDS
    certify(region, 50_000)
    Region.at(ends_at + 1)
    with reverts("RewardPool_WelcomeOver", DEVICE, ends_at, ends_at + 1):
        funded.claimWelcome(DEVICE, {"from": actor("seller")})
    chain.undo()
    Region.at(ends_at)
    assert funded.claimWelcome(DEVICE, {"from": actor("seller")}).return_value == 5 * POINT


def test_a_welcome_claim_keeps_to_the_days_cap(region, funded):
    open_welcome(funded)
    certify(region, 50_000)
    reward(funded, SELLER, 18 * POINT)
    assert funded.claimWelcome(DEVICE, {"from": actor("seller")}).return_value == 2 * POINT
    with reverts("RewardPool_NothingVested", DEVICE, 50_000):
        funded.claimWelcome(DEVICE, {"from": actor("seller")})
    Region.go(FINAL + DAY_SECONDS)
    assert funded.claimWelcome(DEVICE, {"from": actor("seller")}).return_value == 3 * POINT


def test_a_device_an_organisation_and_a_meter_key_have_one_welcome(region, funded):
    open_welcome(funded)
    other = DEVICE_IDS["prosumer"]
    with reverts("RewardPool_WelcomeUsed", DEVICE, reference("other"), actor("device of seller")):
        open_welcome(funded, DEVICE, reference("other"))
    with reverts("RewardPool_WelcomeUsed", other, ORGANISATION, actor("device of prosumer")):
        open_welcome(funded, other, ORGANISATION)
    # A new key makes neither the device nor the organisation new; an old key makes no device new.
    operator = {"from": actor("operator")}
    region.devices.replaceMeterKey(DEVICE, actor("spare key"), operator)
    region.devices.replaceMeterKey(other, actor("device of seller"), operator)
    with reverts("RewardPool_WelcomeUsed", DEVICE, reference("other"), actor("spare key")):
        open_welcome(funded, DEVICE, reference("other"))
    with reverts("RewardPool_WelcomeUsed", other, reference("other"), actor("device of seller")):
        open_welcome(funded, other, reference("other"))
    region.devices.replaceMeterKey(other, actor("device of prosumer"), operator)
    open_welcome(funded, other, reference("other"))
    for used in (ORGANISATION, reference("other")):
        assert funded.welcomeUsed(used)


def test_who_gets_no_welcome(region, funded):
    for caller in ("stranger", "seller", "rewarder"):
        with reverts("AccessManagedUnauthorized", actor(caller)):
            open_welcome(funded, by=caller)
    with reverts("RewardPool_ZeroOrganisation"):
        open_welcome(funded, organisation=b"\0" * 32)
    with reverts("DeviceRegistry_UnknownDevice", 99):
        open_welcome(funded, 99)
    region.registry.suspend(SELLER, 1, {"from": actor("operator")})
    with reverts("MemberRegistry_WrongStatus", SELLER, 2, 1):
        open_welcome(funded)
    region.registry.liftSuspension(SELLER, 1, {"from": actor("operator")})
    region.devices.revokeMeterKey(DEVICE, {"from": actor("operator")})
    with reverts("RewardPool_NoMeterKey", DEVICE):
        open_welcome(funded)


def test_only_the_owner_that_is_not_frozen_claims(region, funded):
    open_welcome(funded)
    certify(region, 50_000)
    with reverts("RewardPool_NoWelcome", DEVICE, BUYER):
        funded.claimWelcome(DEVICE, {"from": actor("buyer")})
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        funded.claimWelcome(DEVICE, {"from": actor("stranger")})
    until = FINAL + DAY_SECONDS
    region.freeze(actor("seller"), until)
    with reverts("FreezeList_Frozen", actor("seller"), until):
        funded.claimWelcome(DEVICE, {"from": actor("seller")})
    Region.go(until)
    funded.claimWelcome(DEVICE, {"from": actor("seller")})
    assert funded.outstanding() == 5 * POINT
