"""Certificates of agreements handed over, and what the energy earns."""

import pytest

from tests.support.bank import mint, reference
from tests.support.certificates import DAY_SECONDS, PROSUMER, SELLER, correct, holdings, ids_of, issue
from tests.support.delivering import BOUGHT, CENT, CLOSABLE, RATES, SOLD, USED
from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    FINAL,
    FIRST_DEVICE_METER,
    MEMBER_IDS,
    NOTHING,
    POINT,
    Region,
    actor,
    device,
    fields,
    only,
    pack,
    plain,
)
from tests.support.reverts import reverts
from tests.support.rewards import REWARDS
from tests.support.signing import key_of

BUYER_ID, SELLER_ID = MEMBER_IDS["buyer"], MEMBER_IDS["seller"]


@pytest.fixture
def rewarded(region, pool, energy_rewards):
    mint(region.points, (pool, 1_000 * POINT, reference("pool")))
    return energy_rewards


def rates_of(wh):
    """What a Wh count is worth, by cause [point-wei]."""
    return {cause: wh * rate // 1_000 for cause, rate in zip((SOLD, BOUGHT, USED), RATES, strict=True)}


# Delivery


def test_a_bundled_agreement_delivers_its_certificates(region, rewarded):
    index = rewarded.agree()
    rewarded.meter({8: 10_000, 9: 12_000}, {8: 9_000, 9: 20_000})
    told = rewarded.deliver(index)
    wh = only({8: 9_000, 9: 10_000})
    assert (told["wh"], told["counted"], told["rewarded"]) == (pack(wh), pack(wh), True)
    assert (told["seller"], told["buyer"], told["device"]) == (SELLER_ID, BUYER_ID, SELLER)
    assert holdings(region, "buyer") == wh
    assert holdings(region, "seller") == only({8: 1_000, 9: 2_000})
    assert plain(rewarded.rewards.matchedOf(DAY, index)) == pack(wh)
    assert plain(rewarded.rewards.deliveredOf(DAY, index)) == pack(wh)
    assert plain(rewarded.rewards.markedOf(SELLER, DAY)) == pack(wh)
    assert rewarded.earned("seller") == (19_000, 0, 0)
    assert rewarded.earned("buyer") == (0, 19_000, 19_000)


def test_a_meter_is_shared_among_agreements_as_at_settlement(region, rewarded):
    """10 Wh of hour 8 over 7 + 13 Wh: floor(10 x 7 / 20) = 3 and floor(10 x 13 / 20) = 6, the rest is nobody's."""
    small, large = rewarded.agree(wh=7, hours=1), rewarded.agree(wh=13, hours=1)
    rewarded.meter({8: 10}, {8: 100})
    for index, wh in ((large, 6), (small, 3)):
        assert rewarded.deliver(index)["wh"] == pack(only({8: wh}))
    assert holdings(region, "buyer") == only({8: 9})
    assert holdings(region, "seller") == only({8: 1})


def test_an_agreement_is_delivered_once(rewarded):
    index = rewarded.agree()
    rewarded.meter({8: 10_000, 9: 10_000}, {8: 10_000, 9: 10_000})
    rewarded.deliver(index)
    with reverts("EnergyRewards_NothingDue", DAY, index, SELLER):
        rewarded.deliver(index)
    assert rewarded.earned("buyer") == (0, 20_000, 20_000)


def test_what_the_seller_has_parted_with_is_not_delivered(region, rewarded):
    index = rewarded.agree()
    rewarded.meter({8: 10_000, 9: 10_000}, {8: 10_000, 9: 10_000})
    ids = ids_of(SELLER, (8, 9))
    parties = (actor("seller"), actor("second_buyer"))
    region.certificates.safeBatchTransferFrom(*parties, ids, [10_000, 4_000], b"", {"from": parties[0]})
    assert rewarded.deliver(index)["wh"] == pack(only({9: 6_000}))
    with reverts("EnergyRewards_NothingDue", DAY, index, SELLER):
        rewarded.deliver(index)
    region.certificates.safeBatchTransferFrom(*parties[::-1], ids[:1], [3_000], b"", {"from": parties[1]})
    assert rewarded.deliver(index)["wh"] == pack(only({8: 3_000}))
    assert rewarded.earned("buyer") == (0, 9_000, 9_000)


def test_several_devices_deliver_one_agreement(region, rewarded):
    """A second device of the seller: 6 kWh of one and 5 of the other, for 10 agreed."""
    record = device("seller", meterKey=actor("second device").address)
    number = int(region.devices.register([record], {"from": actor("operator")}).return_value)
    region.post_bond("seller", number)
    index = rewarded.agree(hours=1)
    Region.go(DAY_END)
    sheets = [
        region.sheet("seller", exports=only({8: 11_000})),
        region.sheet("buyer", imports=only({8: 11_000})),
        region.device_sheet("seller", exports=only({8: 6_000})),
    ]
    region.submit(*sheets)
    own = (FIRST_DEVICE_METER + number, DAY, 0, pack(NOTHING), pack(only({8: 5_000})))
    signature = region.sign_sheet(own, key=key_of("second device"))
    region.sheets.submit([own], [signature], {"from": actor("stranger")})
    Region.go(FINAL)
    issue(region)
    issue(region, number)
    assert rewarded.deliver(index)["wh"] == pack(only({8: 6_000}))
    assert rewarded.deliver(index, device=number)["wh"] == pack(only({8: 4_000}))
    assert holdings(region, "buyer", number) == only({8: 4_000})


def test_only_the_sellers_devices_deliver(rewarded):
    index = rewarded.agree()
    rewarded.meter({8: 10_000}, {8: 10_000})
    with reverts("EnergyRewards_NotSellers", PROSUMER, MEMBER_IDS["prosumer"], SELLER_ID):
        rewarded.deliver(index, device=PROSUMER)
    with reverts("EnergyRewards_UnknownAgreement", DAY, index + 1):
        rewarded.deliver(index + 1)
    with reverts("DeviceRegistry_UnknownDevice", 99):
        rewarded.deliver(index, device=99)


def test_only_final_measured_sheets_count(region, rewarded):
    index = rewarded.agree()
    Region.go(DAY_END)
    with reverts("EnergyRewards_NotMeasured", SELLER_ID, DAY, 0, 0):
        rewarded.deliver(index)
    region.submit(region.sheet("seller", exports=only({8: 1})))
    with reverts("EnergyRewards_NotMeasured", SELLER_ID, DAY, 1, 0):
        rewarded.deliver(index)
    Region.go(DEADLINE)
    region.sheets.estimate([(BUYER_ID, DAY, pack(only({8: 1})), pack(NOTHING))], {"from": actor("operator")})
    Region.go(FINAL)
    with reverts("EnergyRewards_NotMeasured", BUYER_ID, DAY, 2, 1):
        rewarded.deliver(index)


def test_energy_without_certificates_is_not_delivered(rewarded):
    index = rewarded.agree()
    rewarded.meter({8: 10_000}, {8: 10_000}, device={})
    with reverts("EnergyRewards_NothingDue", DAY, index, SELLER):
        rewarded.deliver(index)


# Who earns


@pytest.mark.parametrize(
    ("bundled", "related", "earned"),
    [
        (True, False, ((10_000, 0, 0), (0, 10_000, 10_000))),
        (True, True, ((0, 0, 0), (0, 0, 10_000))),
        (False, False, ((10_000, 0, 0), (0, 0, 0))),
    ],
)
def test_who_earns_for_what(region, rewarded, bundled, related, earned):
    index = rewarded.agree(hours=1, bundled=bundled, related=related)
    rewarded.meter({8: 10_000}, {8: 10_000})
    rewarded.deliver(index, by="seller")
    assert (rewarded.earned("seller"), rewarded.earned("buyer")) == earned
    assert holdings(region, "buyer") == only({8: 10_000} if bundled else {})


def test_unbundled_energy_of_related_parties_earns_nothing(rewarded):
    index = rewarded.agree(bundled=False, related=True)
    rewarded.meter({8: 10_000}, {8: 10_000})
    with reverts("EnergyRewards_NothingDue", DAY, index, SELLER):
        rewarded.deliver(index, by="seller")
    assert plain(rewarded.rewards.markedOf(SELLER, DAY)) == (0, 0, 0)


def test_the_seller_says_which_energy_it_sold_without_certificates(rewarded):
    index = rewarded.agree(bundled=False)
    rewarded.meter({8: 10_000}, {8: 10_000})
    with reverts("EnergyRewards_NotSeller", actor("seller"), actor("stranger")):
        rewarded.deliver(index)
    rewarded.deliver(index, by="seller")


def test_a_wh_earns_once(region, rewarded):
    """Sold 10 with and 10 without certificates, 12 metered by the device: 2 are left for the second one."""
    unbundled = rewarded.agree(hours=1, bundled=False)
    bundled = rewarded.agree(hours=1)
    rewarded.meter({8: 20_000}, {8: 20_000}, device={8: 12_000})
    rewarded.deliver(bundled)
    assert rewarded.deliver(unbundled, by="seller")["counted"] == pack(only({8: 2_000}))
    assert rewarded.earned("seller") == (12_000, 0, 0)
    assert plain(rewarded.rewards.markedOf(SELLER, DAY)) == pack(only({8: 12_000}))


def test_certificates_that_come_back_earn_nothing_again(region, rewarded):
    """Handed over, given back, handed over under the next agreement: delivered twice, counted once."""
    first, second = rewarded.agree(hours=1, wh=6_000), rewarded.agree(hours=1, wh=6_000)
    rewarded.meter({8: 12_000}, {8: 12_000}, device={8: 6_000})
    rewarded.deliver(first)
    back = (actor("buyer"), actor("seller"))
    [held] = ids_of(SELLER, (8,))
    region.certificates.safeTransferFrom(*back, held, 6_000, b"", {"from": back[0]})
    told = rewarded.deliver(second)
    assert (told["wh"], told["counted"], told["rewarded"]) == (pack(only({8: 6_000})), (0, 0, 0), False)
    assert rewarded.earned("buyer") == (0, 6_000, 6_000)
    assert rewarded.earned("seller") == (6_000, 0, 0)


def test_a_correction_upwards_is_delivered_and_counted(region, rewarded):
    index = rewarded.agree(hours=1)
    rewarded.meter({8: 10_000}, {8: 10_000}, device={8: 8_000})
    rewarded.deliver(index)
    correct(region, region.device_sheet("seller", exports=only({8: 9_500}), revision=1))
    assert rewarded.deliver(index)["counted"] == pack(only({8: 1_500}))
    assert rewarded.earned("buyer") == (0, 9_500, 9_500)


# Close


@pytest.fixture
def delivered(rewarded):
    rewarded.deliver(_delivered_index(rewarded))
    return rewarded


def _delivered_index(rewarded):
    index = rewarded.agree(wh=100_000, hours=2)
    rewarded.meter({8: 100_000, 9: 100_000}, {8: 100_000, 9: 100_000})
    return index


def test_a_day_is_closed_once_after_three_days(delivered):
    Region.at(CLOSABLE - 1)
    with reverts("EnergyRewards_CannotClose", DAY, CLOSABLE, CLOSABLE - 1):
        delivered.close()
    Region.at(CLOSABLE)
    told = fields(delivered.close().events["RewardsClosed"])
    assert told == {"day": DAY, "sum": 200 * 4 * CENT, "factor": 10**18}
    assert delivered.rewards.reserved() == 200 * 4 * CENT
    Region.at(CLOSABLE + 9)
    with reverts("EnergyRewards_CannotClose", DAY, CLOSABLE, CLOSABLE + 9):
        delivered.close()


def test_a_day_without_rewards_is_not_closed(rewarded):
    Region.at(CLOSABLE + 9)
    with reverts("EnergyRewards_CannotClose", DAY, CLOSABLE, CLOSABLE + 9):
        rewarded.close()


def test_what_comes_after_the_close_is_delivered_and_earns_nothing(region, rewarded):
    first, late = rewarded.agree(hours=1), rewarded.agree(first=9, hours=1)
    rewarded.meter({8: 10_000, 9: 10_000}, {8: 10_000, 9: 10_000})
    rewarded.deliver(first)
    Region.go(CLOSABLE)
    rewarded.close()
    assert not rewarded.deliver(late)["rewarded"]
    assert holdings(region, "buyer") == only({8: 10_000, 9: 10_000})
    assert rewarded.earned("buyer") == (0, 10_000, 10_000)


# Claim


def test_rewards_become_credit_by_cause(region, delivered, pool):
    with reverts("EnergyRewards_NotClosed", DAY):
        delivered.claim("seller")
    Region.go(CLOSABLE)
    delivered.close()
    value = rates_of(200_000)
    assert delivered.claimable("buyer") == value[BOUGHT] + value[USED]
    assert delivered.claim("seller") == {SOLD: value[SOLD]}
    assert delivered.claim("buyer") == {BOUGHT: value[BOUGHT], USED: value[USED]}
    assert delivered.rewards.reserved() == 0
    assert pool.outstanding() == sum(value.values())
    for name in ("seller", "buyer", "prosumer"):
        with reverts("EnergyRewards_NothingToClaim", MEMBER_IDS[name], DAY):
            delivered.claim(name)


def test_a_member_day_is_capped(region, rewarded, pool):
    """1,000 kWh used and bought are worth 20 points; the cap of 15 leaves 15, bought first."""
    pool.setParameters(tuple((REWARDS | {"memberDayCap": 15 * POINT}).values()), {"from": region.deployer})
    index = rewarded.agree(wh=100_000, first=0, hours=10)
    full = dict.fromkeys(range(10), 100_000)
    rewarded.meter(full, full)
    rewarded.deliver(index)
    Region.go(CLOSABLE)
    told = fields(rewarded.close().events["RewardsClosed"])
    assert told["sum"] == (15 + 15) * POINT
    assert rewarded.claim("buyer") == {BOUGHT: 10 * POINT, USED: 5 * POINT}
    Region.go(CLOSABLE + DAY_SECONDS)
    with reverts("EnergyRewards_NothingToClaim", BUYER_ID, DAY):
        rewarded.claim("buyer")


def test_what_the_pools_cap_of_a_day_leaves_over_is_claimed_on_another(region, delivered, pool):
    """The buyer was granted 18 of 20 points on this day already: 2 of its 4 now, 2 tomorrow."""
    Region.go(CLOSABLE)
    delivered.close()
    pool.reward(BUYER_ID, 18 * POINT, 5, {"from": actor("rewarder")})
    assert delivered.claim("buyer") == {BOUGHT: 2 * POINT}
    with reverts("EnergyRewards_NothingToClaim", BUYER_ID, DAY):
        delivered.claim("buyer")
    assert delivered.claimable("buyer") == 2 * POINT
    Region.go(CLOSABLE + DAY_SECONDS)
    assert delivered.claim("buyer") == {USED: 2 * POINT}
    assert delivered.claimable("buyer") == 0


@pytest.mark.parametrize("funds", [1, 3 * POINT + 1, 8 * POINT - 1, 8 * POINT])
def test_rewards_above_what_the_pool_can_pay_are_scaled_alike(region, delivered, pool, funds):
    """200 kWh are worth 8 points: 4 for the seller, 2 + 2 for the buyer."""
    pool.release(region.deployer, pool.freeFunds() - funds, {"from": region.deployer})
    Region.go(CLOSABLE)
    factor = min(10**18, funds * 10**18 // (8 * POINT))
    if factor == 0:
        with reverts("EnergyRewards_PoolEmpty", DAY):
            delivered.close()
        return
    assert fields(delivered.close().events["RewardsClosed"])["factor"] == factor
    shares = dict.fromkeys(("seller", "buyer"), 4 * POINT * factor // 10**18)
    assert {name: sum(delivered.claim(name).values()) for name in shares} == shares
    assert 0 <= funds - sum(shares.values()) <= 8 * POINT // 10**18 + 2
    assert pool.freeFunds() == funds - sum(shares.values())


def test_the_years_budget_binds_too(region, delivered, pool):
    by = {"from": region.deployer}
    pool.setParameters(tuple((REWARDS | {"yearlyBudget": 2 * POINT}).values()), by)
    Region.go(CLOSABLE)
    assert fields(delivered.close().events["RewardsClosed"])["factor"] == 10**18 // 4
    assert sum(delivered.claim("seller").values()) == POINT
    assert sum(delivered.claim("buyer").values()) == POINT
    assert pool.headroom() == 0


def test_two_days_do_not_promise_the_same_points(region, rewarded, pool):
    """6 points in the pool, two days of 4 points each: all of the first, half of the second."""
    pool.release(region.deployer, pool.freeFunds() - 6 * POINT, {"from": region.deployer})
    days = (DAY, DAY + 1)
    indices = {day: rewarded.agree(wh=100_000, hours=1, day=day) for day in days}
    Region.go(DAY_END + DAY_SECONDS)
    for day in days:
        region.submit(
            region.sheet("seller", exports=only({8: 100_000}), day=day),
            region.sheet("buyer", imports=only({8: 100_000}), day=day),
            region.device_sheet("seller", exports=only({8: 100_000}), day=day),
        )
    Region.go(FINAL + DAY_SECONDS)
    for day in days:
        issue(region, day=day)
        rewarded.deliver(indices[day], day=day)
    Region.go(CLOSABLE + DAY_SECONDS)
    factors = [fields(rewarded.close(day).events["RewardsClosed"])["factor"] for day in days]
    assert factors == [10**18, 10**18 // 2]
    for day in days[::-1]:
        for name in ("buyer", "seller"):
            rewarded.claim(name, day)
    assert pool.freeFunds() == 0
    assert rewarded.rewards.reserved() == 0


def test_rates_are_those_of_the_days_first_entry(region, rewarded, pool):
    first, second = rewarded.agree(hours=1), rewarded.agree(first=9, hours=1)
    rewarded.meter({8: 10_000, 9: 10_000}, {8: 10_000, 9: 10_000})
    rewarded.deliver(first)
    pool.setParameters(tuple((REWARDS | {"soldRate": 0, "usedRate": 0}).values()), {"from": region.deployer})
    rewarded.deliver(second)
    Region.go(CLOSABLE)
    assert fields(rewarded.close().events["RewardsClosed"])["sum"] == 20 * 4 * CENT


# Attacks


@pytest.mark.parametrize("none", [{"soldRate": 0, "boughtRate": 0, "usedRate": 0}, {"memberDayCap": 0}])
def test_energy_entered_for_nothing_takes_nothing_when_rates_rise(region, rewarded, pool, none):
    """The seller's entry at no rate must not be paid at the next one: no such points are reserved."""
    first, second = rewarded.agree(hours=1), rewarded.agree(first=9, hours=1)
    rewarded.meter({8: 10_000, 9: 1_000}, {8: 10_000, 9: 1_000})
    for index, rates in ((first, none), (second, {})):
        pool.setParameters(tuple((REWARDS | rates).values()), {"from": region.deployer})
        rewarded.deliver(index)
    Region.go(CLOSABLE)
    if "memberDayCap" not in none:  # its first entry is the day's
        with reverts("EnergyRewards_CannotClose", DAY, CLOSABLE, CLOSABLE + 5):
            Region.at(CLOSABLE + 5)
            rewarded.close()
        return
    rewarded.close()
    assert rewarded.rewards.reserved() == 4 * CENT
    assert [rewarded.claimable(name) for name in ("seller", "buyer")] == [2 * CENT, 2 * CENT]
    assert sum(rewarded.claim("seller").values()) + sum(rewarded.claim("buyer").values()) == 4 * CENT
    assert rewarded.rewards.reserved() == 0


def test_a_revoked_day_earns_nothing_without_certificates_either(region, rewarded):
    unbundled, bundled = rewarded.agree(hours=1, bundled=False), rewarded.agree(hours=1)
    rewarded.meter({8: 20_000}, {8: 20_000})
    region.certificates.revoke(SELLER, DAY, b"\x01" * 32, {"from": actor("issuer")})
    with reverts("EnergyRewards_NothingDue", DAY, unbundled, SELLER):
        rewarded.deliver(unbundled, by="seller")
    with reverts("GreenCertificate_Revoked", SELLER, DAY):
        rewarded.deliver(bundled)
    assert rewarded.earned("seller") == (0, 0, 0)


def test_a_pool_emptied_after_the_close_pays_what_it_has_and_the_rest_later(region, delivered, pool):
    """4 points for the buyer, 3 in the pool: 2 bought and 1 used now, 1 used once there is more."""
    Region.go(CLOSABLE)
    delivered.close()
    pool.release(region.deployer, pool.freeFunds() - 3 * POINT, {"from": region.deployer})
    assert delivered.claim("buyer") == {BOUGHT: 2 * POINT, USED: POINT}
    with reverts("EnergyRewards_NothingToClaim", SELLER_ID, DAY):
        delivered.claim("seller")
    mint(region.points, (pool, 5 * POINT, reference("refill")))
    assert delivered.claim("buyer") == {USED: POINT}
    assert delivered.claim("seller") == {SOLD: 4 * POINT}
    assert delivered.rewards.reserved() == 0


# Re-entry


def test_a_buyer_that_delivers_again_on_receipt_is_counted_once(region, rewarded, harness):
    receiver = harness["CertificateReceiver"].deploy({"from": actor("deployer")})
    region.registry.proposeAccount(receiver, {"from": actor("buyer")})
    stranger = {"from": actor("stranger")}
    receiver.execute(region.registry, region.registry.acceptAccount.encode_input(BUYER_ID), stranger)
    index = rewarded.agree(hours=1)
    rewarded.meter({8: 10_000}, {8: 10_000})
    again = rewarded.rewards.deliver.encode_input(DAY, index, SELLER)
    receiver.behave(4, rewarded.rewards, again, stranger)
    rewarded.deliver(index)
    assert receiver.struck()
    assert not receiver.strikeSucceeded()
    assert rewarded.earned("buyer") == (0, 10_000, 10_000)
