import pytest
from brownie import chain

from tests.support.bank import mint, reference
from tests.support.isolation import taken_back
from tests.support.meter_keys import replace_key
from tests.support.region import (
    DAY,
    DEVICE_IDS,
    FINAL,
    FIRST_DEVICE_METER,
    MEMBER_IDS,
    POINT,
    Region,
    actor,
    device,
    fields,
)
from tests.support.reverts import reverts
from tests.support.rewards import (
    BUYER,
    DAY_SECONDS,
    DEVICE,
    ORGANISATION,
    SELLER,
    WELCOME,
    certify,
    open_welcome,
    parameters,
    reward,
)


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
    told = fields(claim.events["WelcomeClaimed"])
    assert told == {"device": DEVICE, "member": SELLER, "granted": 2 * POINT}
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
    with taken_back(), reverts("RewardPool_WelcomeOver", DEVICE, ends_at, ends_at + 1):
        Region.at(ends_at + 1)
        funded.claimWelcome(DEVICE, {"from": actor("seller")})
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


@pytest.mark.parametrize(("fund", "budget"), [(3, 500_000), (1_000, 3)], ids=["funds", "budget"])
def test_a_welcome_claim_takes_what_is_left(region, pool, fund, budget):
    """What is asked above the headroom would revert, and the grant lapse while the pool waits for funds."""
    mint(region.points, (pool, fund * POINT, reference("pool")))
    parameters(pool, region, yearlyBudget=budget * POINT)
    open_welcome(pool)
    certify(region, 50_000)
    claim = pool.claimWelcome(DEVICE, {"from": actor("seller")})
    assert claim.return_value == claim.events["WelcomeClaimed"]["granted"] == 3 * POINT
    assert pool.headroom() == 0
    with reverts("RewardPool_NothingVested", DEVICE, 50_000):
        pool.claimWelcome(DEVICE, {"from": actor("seller")})
    mint(region.points, (pool, 2 * POINT, reference("more")))
    parameters(pool, region, yearlyBudget=5 * POINT)
    assert pool.claimWelcome(DEVICE, {"from": actor("seller")}).return_value == 2 * POINT


def second_device(region, owner, **changes):
    """Record another device of a member; returns its number."""
    entry = device(owner, meterKey=actor(f"another device of {owner}").address, **changes)
    return int(region.devices.register([entry], {"from": actor("operator")}).return_value)


def test_an_organisation_has_one_welcome(region, funded):
    open_welcome(funded)
    other = DEVICE_IDS["prosumer"]
    with reverts("RewardPool_WelcomeUsed", other, MEMBER_IDS["prosumer"], 0, ORGANISATION):
        open_welcome(funded, other, ORGANISATION)
    assert funded.welcomeUsed(ORGANISATION)
    open_welcome(funded, other, reference("other"))


def test_a_member_has_one_welcome_however_many_devices_and_organisations_it_names(region, funded):
    open_welcome(funded)
    for number in (DEVICE, second_device(region, "seller")):
        with reverts("RewardPool_WelcomeUsed", number, SELLER, 0, reference("other")):
            open_welcome(funded, number, reference("other"))
    replace_key(region, FIRST_DEVICE_METER + DEVICE, actor("spare key"), signer="seller")
    with reverts("RewardPool_WelcomeUsed", DEVICE, SELLER, 0, reference("other")):
        open_welcome(funded, DEVICE, reference("other"))
    assert funded.welcomeUsedByMember(SELLER)
    assert not funded.welcomeUsedByMember(MEMBER_IDS["prosumer"])


def test_a_group_of_one_beneficial_owner_has_one_welcome(region, funded):
    for member in (SELLER, MEMBER_IDS["prosumer"]):
        region.registry.assignGroup(member, 44, {"from": actor("operator")})
    open_welcome(funded)
    other = DEVICE_IDS["prosumer"]
    with reverts("RewardPool_WelcomeUsed", other, MEMBER_IDS["prosumer"], 44, reference("other")):
        open_welcome(funded, other, reference("other"))
    assert (funded.welcomeUsedByGroup(44), funded.welcomeUsedByGroup(0)) == (True, False)


def test_a_metering_operators_key_blocks_no_honest_member(region, funded):
    """Whoever uses it first would take the welcome of all others that it signs for."""
    open_welcome(funded)
    other = DEVICE_IDS["prosumer"]
    replace_key(region, FIRST_DEVICE_METER + other, actor("device of seller"), signer="prosumer")
    assert open_welcome(funded, other, reference("other")).events["WelcomeOpened"]["meterKey"] == actor(
        "device of seller"
    )


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
