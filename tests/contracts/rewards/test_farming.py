"""What an attacker earns, in points: never more than the rules allow (Liu et al., section 3.3).

The figures are 1/100 of those in cents per kWh: sold 2, bought 1, used 1, grid fee 4, bond 2,000, compute 200 a day.
"""

import pytest

from tests.support.bank import bill_of, mint, reference, signed_bill
from tests.support.delivering import CLOSABLE
from tests.support.region import (
    BOND,
    DAY,
    DAY_END,
    DEVICE_IDS,
    FEED_IN,
    FINAL,
    FIRST_DEVICE_METER,
    FIRST_HOUR,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    START,
    Region,
    actor,
    agreement,
    device,
    only,
)
from tests.support.reverts import reverts
from tests.support.rewards import REWARDS

CENT = POINT // 100
SELLER, BUYER = MEMBER_IDS["seller"], MEMBER_IDS["buyer"]
SOLD, BOUGHT, USED, COMPUTE = 1, 2, 3, 4
DAY_SECONDS = 86_400


@pytest.fixture(autouse=True)
def funded(region, pool):
    mint(region.points, (pool, 10_000 * POINT, reference("pool")))


def credit_of(pool, *members):
    """Credit of members, mature or not [point-wei]."""
    months = range(2_099 * 12, 2_102 * 12)
    return sum(pool.bucketOf(member, month) for member in members for month in months)


def wealth_of(region, pool, *names):
    """Everything that members own: points, what they have on the market and credit [point-wei]."""
    owned = sum(region.balances(names).values()) + sum(region.points.balanceOf(actor(name)) for name in names)
    return owned + credit_of(pool, *(MEMBER_IDS[name] for name in names))


def reward(pool, member, amount, cause):
    return pool.reward(member, amount, cause, {"from": actor("rewarder")}).return_value


# Sybils


def test_identities_without_certified_energy_earn_nothing(region, pool):
    """Ten devices of one organisation, none of which delivers: 10 x 5 points under naive rules, here 0."""
    records = [device("seller", meterKey=actor(f"sybil meter {number}").address) for number in range(10)]
    region.devices.register(records, {"from": actor("operator")})
    first = len(DEVICE_IDS) + 1
    operator = {"from": actor("operator")}
    pool.openWelcome(first, reference("sybil"), operator)
    for number in range(1, 10):
        for organisation in (reference("sybil"), reference(f"sybil {number}")):
            with reverts("RewardPool_WelcomeUsed", first + number, SELLER, 0, organisation):
                pool.openWelcome(first + number, organisation, operator)
    for time in (START + 60 * DAY_SECONDS, START + 89 * DAY_SECONDS):
        Region.go(time)
        with reverts("RewardPool_NothingVested", first, 0):
            pool.claimWelcome(first, {"from": actor("seller")})
    assert credit_of(pool, SELLER) == 0


# Wash trades


@pytest.mark.parametrize(
    ("rewarded", "stated"),
    [
        # One registered owner: no seller and buyer reward. Stated: r_use less the trading fee, 0.825.
        pytest.param({"usedRate": BUYER}, 825 * CENT // 1_000, id="same owner"),
        # Two straw men: all three rewards. They may not pay more than the fees do; 0 while no trading fee is charged.
        pytest.param({"soldRate": SELLER, "boughtRate": BUYER, "usedRate": BUYER}, 0, id="hidden owner"),
    ],
)
def test_selling_to_oneself_does_not_pay(region, pool, rewarded, stated):
    kwh = 20
    before = wealth_of(region, pool, "seller", "buyer")
    terms = agreement(price=FEED_IN, whPerHour=10_000)
    [agreement_id] = region.register(terms)
    Region.go(DAY_END)
    metered = only({8: 10_000, 9: 10_000})
    region.submit(region.sheet("seller", exports=metered), region.sheet("buyer", imports=metered))
    region.settle(agreement_id)
    for rate, member in rewarded.items():
        cause = {"soldRate": SOLD, "boughtRate": BOUGHT, "usedRate": USED}[rate]
        assert reward(pool, member, REWARDS[rate] * kwh, cause) == REWARDS[rate] * kwh
    profit = wealth_of(region, pool, "seller", "buyer") - before
    assert profit <= stated * kwh
    # Exactly the rewards less the grid fee that the market took.
    assert profit == (sum(REWARDS[rate] for rate in rewarded) - 4 * CENT) * kwh


@pytest.mark.parametrize(
    ("agreed", "stated"),
    [
        # One registered owner: r_use, no more than honest self-use earns; the grid fee comes off that.
        pytest.param({"related": True}, 825 * CENT // 1_000, id="same owner, with certificates"),
        pytest.param({"related": True, "bundled": False}, 0, id="same owner, without"),
        # Two straw men: all rewards, which the fees eat up.
        pytest.param({}, 0, id="hidden owner, with certificates"),
        pytest.param({"bundled": False}, 0, id="hidden owner, without"),
    ],
)
def test_wash_trades_through_the_certificates_do_not_pay(region, energy_rewards, pool, agreed, stated):
    """The whole way: agreement, settlement, certificates, rewards."""
    kwh = 20
    rewarded = energy_rewards
    before = wealth_of(region, pool, "seller", "buyer")
    [agreement_id] = region.register(agreement(price=FEED_IN, whPerHour=10_000))
    index = rewarded.agree(**agreed)
    rewarded.meter({8: 10_000, 9: 10_000}, {8: 10_000, 9: 10_000}, open_agreements=[agreement_id])
    if agreed != {"related": True, "bundled": False}:
        rewarded.deliver(index, by="seller")
        with reverts("EnergyRewards_NothingDue", DAY, index, 1):
            rewarded.deliver(index, by="seller")
        Region.go(CLOSABLE)
        rewarded.close()
        claim_all(rewarded)
    profit = wealth_of(region, pool, "seller", "buyer") - before
    assert profit <= stated * kwh


def claim_all(rewarded):
    for name in ("seller", "buyer"):
        if rewarded.claimable(name):
            rewarded.claim(name)


# Readings


def test_a_replayed_reading_earns_nothing(region, pool):
    """4 cents for every replayed kWh under naive rules, here 0."""
    pool.openWelcome(1, reference("honest"), {"from": actor("operator")})
    Region.go(DAY_END)
    sheet = region.device_sheet("seller", exports=only({12: 30_000}))
    region.submit(sheet)
    assert not region.submit(sheet).events
    Region.go(FINAL)
    region.certificates.issueDay(1, DAY, {"from": actor("seller")})
    pool.claimWelcome(1, {"from": actor("seller")})
    earned = wealth_of(region, pool, "seller")
    with reverts("GreenCertificate_AlreadyIssued", 1, DAY):
        region.certificates.issueDay(1, DAY, {"from": actor("seller")})
    with reverts("RewardPool_NothingVested", 1, 30_000):
        pool.claimWelcome(1, {"from": actor("seller")})
    with reverts("DaySheets_WindowClosed", DAY, FINAL, FINAL + 10):
        Region.at(FINAL + 10)
        region.submit(region.device_sheet("seller", exports=only({12: 30_001}), revision=1))
    assert wealth_of(region, pool, "seller") == earned


def test_an_overstated_reading_gains_at_most_five_per_cent_and_costs_the_bond(region, pool):
    Region.go(DAY_END)
    limit = NAMEPLATE * 105 // 100
    with reverts("DaySheets_AboveNameplate", FIRST_DEVICE_METER + 1, 12, limit + 1, limit):
        region.submit(region.device_sheet("seller", exports=only({12: limit + 1})))
    region.submit(region.device_sheet("seller", exports=[limit] * 24))
    Region.go(FINAL)
    region.certificates.issueDay(1, DAY, {"from": actor("stranger")})
    certified = region.certificates.certifiedOf(1)
    pot = REWARDS["soldRate"] + REWARDS["boughtRate"] + REWARDS["usedRate"]
    overstated = certified - 24 * NAMEPLATE
    assert pot * overstated <= 24 * NAMEPLATE * 20 * CENT // 100  # 0.2 cents per rated kWh
    # Caught: the day's rewards are capped at what the bond is worth.
    granted = reward(pool, SELLER, pot * certified // 1_000, SOLD)
    before = region.points.balanceOf(region.devices)
    region.forfeit(1, actor("regulator"))
    assert before - region.points.balanceOf(region.devices) == BOND
    assert granted <= BOND


# Verification


def test_spam_of_verifications_is_worth_two_points_a_day(region, pool):
    per_batch = CENT * 10
    for day in range(2):
        Region.go(FIRST_HOUR * 3_600 + day * DAY_SECONDS)
        earned = sum(reward(pool, SELLER, per_batch, COMPUTE) for _ in range(30))
        assert earned == 200 * CENT
    assert credit_of(pool, SELLER) == 400 * CENT


# The paper's sale


def test_the_sale_of_the_paper(region, pool):
    """A sells 2,500 kWh at 35 cents to B, who uses 2,300 (Liu et al., section 3.3): B 12,300 and A 92,063 cents.

    The fee of 437 cents moves to the operator instead of being burned; rewards are credit.
    """
    points, a, b = region.points, actor("second_seller"), actor("second_buyer")
    a_id, b_id = MEMBER_IDS["second_seller"], MEMBER_IDS["second_buyer"]
    pool.setParameters(tuple((REWARDS | {"memberDayCap": 50 * POINT}).values()), {"from": region.deployer})
    supply = points.totalSupply()
    mint(points, (b, 100_000 * CENT, reference("escrow 1,000")))
    points.transfer(a, 2_500 * 35 * CENT, {"from": b})
    points.transfer(actor("operator"), 437 * CENT, {"from": a})
    assert reward(pool, a_id, 2_500 * REWARDS["soldRate"], SOLD) == 5_000 * CENT
    assert reward(pool, b_id, 2_500 * REWARDS["boughtRate"], BOUGHT) == 2_500 * CENT
    assert reward(pool, b_id, 2_300 * REWARDS["usedRate"], USED) == 2_300 * CENT
    bill = bill_of(b, 5_000 * CENT)
    points.payBill(bill, signed_bill(points, bill), {"from": b})
    assert points.balanceOf(b) + credit_of(pool, b_id) == 12_300 * CENT
    assert points.balanceOf(a) + credit_of(pool, a_id) == 92_063 * CENT
    assert points.balanceOf(actor("operator")) == 437 * CENT
    assert points.totalSupply() - supply == (100_000 - 5_000) * CENT
