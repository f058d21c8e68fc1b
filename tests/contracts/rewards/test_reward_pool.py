import pytest
from brownie import chain
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bank import bill_of, mint, reference, signed_bill
from tests.support.region import GRID_FEE, POINT, UTC_OFFSET, Region, actor, fields
from tests.support.reverts import reverts
from tests.support.rewards import (
    BLOCK,
    BOUGHT,
    BUYER,
    COMPUTE,
    FUNDS,
    REWARDS,
    SELLER,
    SOLD,
    USED,
    WELCOME,
    YEAR,
    market_day,
    moment,
    month_number,
    parameters,
    pay,
    reward,
)

# Parameters


def test_the_pool_reads_what_it_needs_from_the_region(region, pool):
    assert (pool.points(), pool.registry(), pool.freezes()) == (region.points, region.registry, region.freezes)
    assert (pool.certificates(), pool.market(), pool.utcOffset()) == (region.certificates, region.market, UTC_OFFSET)
    assert tuple(pool.parameters()) == tuple(REWARDS.values())


def test_rates_up_to_the_fees_are_taken_and_above_them_refused(region, pool):
    """The fees are what the market charges, not what governance says that it would."""
    fees = GRID_FEE
    assert pool.feesPerKwh() == fees == 4 * POINT // 100
    highest = {"soldRate": fees - 2, "boughtRate": 1, "usedRate": 1}
    transaction = parameters(pool, region, **highest)
    assert tuple(transaction.events["ParametersSet"]["parameters"]) == tuple((REWARDS | highest).values())
    for name in ("soldRate", "boughtRate", "usedRate"):
        with reverts("RewardPool_Arbitrage", fees + 1, fees):
            parameters(pool, region, **highest | {name: highest[name] + 1})
    assert tuple(pool.parameters()) == tuple((REWARDS | highest).values())


@settings(max_examples=30)
@given(rates=st.tuples(*[st.integers(0, 2**64 - 1) | st.integers(0, GRID_FEE // 2)] * 3))
def test_no_parameters_pay_for_trading_with_oneself(region, pool, rates):
    sold, bought, used = rates
    changes = {"soldRate": sold, "boughtRate": bought, "usedRate": used}
    if sum(rates) > GRID_FEE:
        with reverts("RewardPool_Arbitrage", sum(rates), GRID_FEE):
            parameters(pool, region, **changes)
    else:
        parameters(pool, region, **changes)
        held = pool.parameters()
        assert (held["soldRate"], held["boughtRate"], held["usedRate"]) == rates


def test_a_pool_cannot_be_born_with_arbitrage(project, region, pool):
    greedy = REWARDS | {"usedRate": REWARDS["usedRate"] + 1}
    with reverts("RewardPool_Arbitrage", GRID_FEE + 1, GRID_FEE):
        project.RewardPool.deploy(
            region.roles, region.devices, region.certificates, region.market, tuple(greedy.values()),
            {"from": region.deployer},
        )  # fmt: skip


@pytest.mark.parametrize("caller", ["stranger", "operator", "rewarder", "bank"])
def test_only_governance_sets_parameters_and_releases_points(pool, caller):
    with reverts("AccessManagedUnauthorized", actor(caller)):
        pool.setParameters(tuple(REWARDS.values()), {"from": actor(caller)})
    with reverts("AccessManagedUnauthorized", actor(caller)):
        pool.release(actor(caller), 1, {"from": actor(caller)})


# Reward


def test_a_reward_is_credit_of_the_day_the_month_and_the_year(funded):
    transaction = reward(funded, SELLER, 3 * POINT)
    day = market_day(chain[-1].timestamp)
    assert fields(transaction.events["Rewarded"]) == {
        "member": SELLER,
        "cause": SOLD,
        "day": day,
        "asked": 3 * POINT,
        "granted": 3 * POINT,
    }
    assert tuple(funded.grantedOn(SELLER, day)) == (3 * POINT, 0)
    assert funded.bucketOf(SELLER, month_number(YEAR, 1)) == 3 * POINT
    assert funded.grantedIn(YEAR) == 3 * POINT
    assert (funded.outstanding(), funded.freeFunds()) == (3 * POINT, FUNDS - 3 * POINT)


def test_only_rewarders_reward(funded):
    for caller in ("stranger", "operator", "seller"):
        with reverts("AccessManagedUnauthorized", actor(caller)):
            funded.reward(SELLER, POINT, SOLD, {"from": actor(caller)})
    with reverts("RewardPool_WelcomeByGrantOnly"):
        reward(funded, SELLER, POINT, WELCOME)
    with reverts("RewardPool_ZeroAmount"):
        reward(funded, SELLER, 0)
    with reverts("MemberRegistry_UnknownMember", 99):
        reward(funded, 99, POINT)


def test_a_member_day_is_capped_over_all_causes(funded):
    for cause, asked, granted in ((SOLD, 12, 12), (USED, 7, 7), (BLOCK, 5, 1), (BOUGHT, 5, 0)):
        transaction = reward(funded, SELLER, asked * POINT, cause)
        assert transaction.return_value == granted * POINT
        assert ("Rewarded" in transaction.events) == (granted > 0)
    assert reward(funded, BUYER, 20 * POINT).return_value == 20 * POINT
    Region.go(moment(YEAR, 1, 3))
    assert reward(funded, SELLER, 21 * POINT).return_value == 20 * POINT


def test_compute_is_capped_on_its_own(funded):
    day = market_day(chain[-1].timestamp)
    assert reward(funded, SELLER, 3 * POINT // 2, COMPUTE).return_value == 3 * POINT // 2
    assert reward(funded, SELLER, POINT, COMPUTE).return_value == POINT // 2
    assert reward(funded, SELLER, POINT, COMPUTE).return_value == 0
    assert reward(funded, SELLER, 19 * POINT, SOLD).return_value == 18 * POINT
    assert tuple(funded.grantedOn(SELLER, day)) == (20 * POINT, 2 * POINT)


def test_the_years_budget_is_never_exceeded(region, funded):
    parameters(funded, region, yearlyBudget=5 * POINT)
    assert funded.headroom() == 5 * POINT
    reward(funded, SELLER, 3 * POINT)
    with reverts("RewardPool_AboveBudget", YEAR, 2 * POINT, 2 * POINT + 1):
        reward(funded, BUYER, 2 * POINT + 1)
    reward(funded, BUYER, 2 * POINT)
    assert funded.headroom() == 0
    # Neither a lower budget nor the last hour of the year opens it again; the new year does.
    parameters(funded, region, yearlyBudget=4 * POINT)
    Region.go(moment(YEAR, 12, 31, 23))
    with reverts("RewardPool_AboveBudget", YEAR, 0, 1):
        reward(funded, SELLER, 1)
    Region.go(moment(YEAR + 1, 1, 1))
    reward(funded, SELLER, 4 * POINT)
    assert (funded.grantedIn(YEAR), funded.grantedIn(YEAR + 1)) == (5 * POINT, 4 * POINT)


def test_credit_is_backed_by_points_that_are_there(region, pool):
    with reverts("RewardPool_AboveFunds", 0, 1):
        reward(pool, SELLER, 1)
    mint(region.points, (pool, 5 * POINT, reference("pool")))
    reward(pool, SELLER, 3 * POINT)
    assert pool.headroom() == 2 * POINT
    with reverts("RewardPool_AboveFunds", 2 * POINT, 2 * POINT + 1):
        reward(pool, BUYER, 2 * POINT + 1)
    with reverts("RewardPool_AboveFunds", 2 * POINT, 2 * POINT + 1):
        pool.release(actor("bank"), 2 * POINT + 1, {"from": region.deployer})
    transaction = pool.release(actor("bank"), 2 * POINT, {"from": region.deployer})
    assert fields(transaction.events["PointsReleased"]) == {"to": actor("bank").address, "amount": 2 * POINT}
    assert region.points.balanceOf(actor("bank")) == 2 * POINT
    assert region.points.balanceOf(pool) == pool.outstanding() == 3 * POINT


# Bills


def test_credit_matures_three_days_after_its_market_day(region, funded):
    reward(funded, SELLER, 3 * POINT)
    Region.go(moment(YEAR, 1, 3))
    reward(funded, SELLER, 2 * POINT)
    Region.at(moment(YEAR, 1, 6) - 1)
    with reverts("RewardPool_AboveCredit", SELLER, 0, 1):
        pay(region, funded, "seller", POINT, 1)
    Region.at(moment(YEAR, 1, 6))
    with reverts("RewardPool_AboveCredit", SELLER, 3 * POINT, 3 * POINT + 1):
        pay(region, funded, "seller", 4 * POINT, 3 * POINT + 1)
    pay(region, funded, "seller", 3 * POINT, 3 * POINT)
    assert funded.availableOf(SELLER) == 0
    Region.go(moment(YEAR, 1, 7))
    assert funded.availableOf(SELLER) == 2 * POINT


def test_a_bill_is_paid_with_credit_first_and_points_for_the_rest(region, funded):
    points, seller = region.points, actor("seller")
    mint(points, (seller, 10 * POINT, reference("seller")))
    reward(funded, SELLER, 3 * POINT)
    Region.go(moment(YEAR, 1, 8))
    points.approve(funded, 4 * POINT, {"from": seller})
    deposited, withdrawn = points.escrow()
    transaction = pay(region, funded, "seller", 6 * POINT, 2 * POINT)
    spent = fields(transaction.events["CreditSpent"])
    assert spent == {"member": SELLER, "billId": "0x" + reference("a bill").hex(), "amount": 2 * POINT}
    paid = transaction.events["BillPaid"]
    assert (paid["payer"], paid["from"], paid["amount"]) == (seller, funded, 6 * POINT)
    assert points.balanceOf(seller) == 6 * POINT
    assert points.balanceOf(funded) == FUNDS - 2 * POINT
    assert (funded.outstanding(), funded.availableOf(SELLER)) == (POINT, POINT)
    assert tuple(points.escrow()) == (deposited, withdrawn + 6 * POINT)
    with reverts("PowerPoint_BillPaid", actor("utility"), reference("a bill")):
        pay(region, funded, "seller", POINT, POINT)


def test_credit_pays_its_own_members_bills_and_no_more_than_them(region, funded):
    reward(funded, SELLER, 3 * POINT)
    Region.go(moment(YEAR, 1, 8))
    bill = bill_of(actor("buyer"), POINT)
    with reverts("RewardPool_NotPayer", actor("buyer"), actor("seller")):
        funded.payBill(bill, signed_bill(region.points, bill), POINT, {"from": actor("seller")})
    for credit in (0, POINT + 1):
        with reverts("RewardPool_BadShare", credit, POINT):
            pay(region, funded, "seller", POINT, credit)
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        pay(region, funded, "stranger", POINT, POINT)
    with reverts("ERC20InsufficientAllowance", funded, 0, POINT):
        pay(region, funded, "seller", 3 * POINT, 2 * POINT)
    forged = bill_of(actor("seller"), POINT)
    with reverts("TwoPersonRule_WrongSigner", actor("seller"), region.roles.UTILITY()):
        funded.payBill(forged, signed_bill(region.points, forged, by="seller"), POINT, {"from": actor("seller")})
    assert funded.availableOf(SELLER) == 3 * POINT


def test_a_frozen_member_gets_credit_and_spends_none(region, funded):
    reward(funded, SELLER, 3 * POINT)
    Region.go(moment(YEAR, 1, 8))
    until = moment(YEAR, 1, 20)
    region.freeze(actor("seller"), until)
    reward(funded, SELLER, POINT)
    with reverts("FreezeList_Frozen", actor("seller"), until):
        pay(region, funded, "seller", POINT, POINT)
    Region.go(until)
    pay(region, funded, "seller", 4 * POINT, 4 * POINT)
    assert funded.outstanding() == 0


def test_credit_stays_with_a_member_that_changes_its_account(region, funded):
    reward(funded, SELLER, 3 * POINT)
    region.registry.proposeAccount(actor("new_seller"), {"from": actor("seller")})
    region.registry.acceptAccount(SELLER, {"from": actor("new_seller")})
    Region.go(moment(YEAR, 1, 8))
    with reverts("MemberRegistry_UnknownAccount", actor("seller")):
        pay(region, funded, "seller", POINT, POINT)
    pay(region, funded, "new_seller", 3 * POINT, 3 * POINT)


# Expiry


def test_credit_lives_two_full_years_after_its_month(region, funded):
    Region.go(moment(YEAR, 1, 31, 23))
    reward(funded, SELLER, 3 * POINT)
    Region.go(moment(YEAR, 2, 1))
    reward(funded, SELLER, 2 * POINT)
    Region.go(moment(YEAR + 2, 2, 1) - 1)
    assert funded.availableOf(SELLER) == 5 * POINT
    assert funded.expire(SELLER, {"from": actor("stranger")}).return_value == 0
    Region.at(moment(YEAR + 2, 2, 1))
    with reverts("RewardPool_AboveCredit", SELLER, 2 * POINT, 2 * POINT + 1):
        pay(region, funded, "seller", 3 * POINT, 2 * POINT + 1)
    assert funded.outstanding() == 5 * POINT
    transaction = funded.expire(SELLER, {"from": actor("stranger")})
    assert fields(transaction.events["CreditExpired"]) == {
        "member": SELLER,
        "month": month_number(YEAR, 1),
        "amount": 3 * POINT,
    }
    assert (funded.outstanding(), funded.freeFunds()) == (2 * POINT, FUNDS - 2 * POINT)
    assert funded.bucketOf(SELLER, month_number(YEAR, 1)) == 0


def test_oldest_credit_is_spent_first(region, funded):
    for month in (1, 2, 4):
        Region.go(moment(YEAR, month, 10))
        reward(funded, SELLER, 3 * POINT)
    Region.go(moment(YEAR, 5, 1))
    pay(region, funded, "seller", 4 * POINT, 4 * POINT)
    buckets = [funded.bucketOf(SELLER, month_number(YEAR, month)) for month in (1, 2, 3, 4)]
    assert buckets == [0, 2 * POINT, 0, 3 * POINT]
    Region.go(moment(YEAR + 2, 4, 1))
    assert funded.expire(SELLER, {"from": actor("stranger")}).return_value == 2 * POINT
    assert funded.availableOf(SELLER) == 3 * POINT


def test_a_reward_drops_what_has_expired_before(region, funded):
    reward(funded, SELLER, 3 * POINT)
    Region.go(moment(YEAR + 9, 7, 1))
    transaction = reward(funded, SELLER, POINT)
    assert transaction.events["CreditExpired"]["amount"] == 3 * POINT
    assert funded.outstanding() == POINT
    Region.go(moment(YEAR + 9, 7, 5))
    pay(region, funded, "seller", POINT, POINT)
    assert funded.outstanding() == 0
    assert funded.availableOf(SELLER) == 0


def test_the_dearest_payment_goes_through_25_buckets(region, funded):
    for index in range(25):
        Region.go(moment(YEAR + index // 12, index % 12 + 1, 2))
        reward(funded, SELLER, POINT)
    Region.go(moment(YEAR + 2, 1, 20))
    transaction = pay(region, funded, "seller", 25 * POINT, 25 * POINT)
    assert funded.outstanding() == 0
    assert transaction.gas_used < 500_000
