"""The close of a day: weights, penalties and who shares them."""

import pytest

from offchain.market.credit import opening_weight
from tests.contracts.market.test_settlement import deliver
from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    FIRST_HOUR,
    MEMBER_IDS,
    POINT,
    RESERVE,
    TICK,
    Region,
    actor,
    agreement,
    fields,
    only,
    plain,
)
from tests.support.reverts import reverts

SELLER, BUYER, SECOND_SELLER, SECOND_BUYER, PROSUMER = (
    MEMBER_IDS[name] for name in ("seller", "buyer", "second_seller", "second_buyer", "prosumer")
)
WAD = 10**18
HALF = WAD // 2
RATE_ONE = 2**80
KEPT = {8: 10_000}
DAY_SECONDS = 86_400


def one_hour(**changes):
    return agreement(hourCount=1, expiry=2**63, **changes)


def other_pair(**changes):
    return one_hour(**{"seller": SECOND_SELLER, "buyer": SECOND_BUYER, "salt": 2} | changes)


def weigh(region, **weights):
    """Enter weights in points."""
    for name, points in weights.items():
        region.market.enterWeight(MEMBER_IDS[name], points * WAD // 100, {"from": region.deployer})


def join_group(region, group, *names):
    for name in names:
        region.registry.assignGroup(MEMBER_IDS[name], group, {"from": actor("operator")})


def settle_default(region):
    """Two pairs agree on 10 kWh each, the seller of the first one delivers half, everybody else keeps its word."""
    region.register(one_hour(), other_pair())
    half = {8: 5_000}
    deliver(region, seller=({}, half), buyer=(KEPT, {}), second_seller=({}, KEPT), second_buyer=(KEPT, {}))
    return region.settle(0, 1)


# By hand: weights 80 and 60 of the first pair, 90 and 70 of the second one; all of the market is 20 kWh.
# The seller is 5 of 10 kWh short: loss 5 x 0.08 = 0.4, penalty 0.4 x 2 x 0.8 x 1/2 = 0.32; its weight 80 falls by half
# to 40. The others gain half of what they lack: 60 -> 80, 90 -> 95, 70 -> 85. Of 95 + 85 = 180 the second pair has all.
def test_those_who_kept_their_word_share_a_penalty_by_weight(region):
    weigh(region, seller=80, buyer=60, second_seller=90, second_buyer=70)
    settle_default(region)
    transaction = region.close(0)
    rate = 32 * POINT // 100 * RATE_ONE // (180 * WAD // 100)
    assert fields(transaction.events["PenaltyPooled"]) == {
        "id": DAY << 32, "penalty": 32 * POINT // 100, "rate": rate,
    }  # fmt: skip
    assert fields(transaction.events["DayClosed"]) == {"day": DAY, "weights": 3 * WAD, "rate": rate}
    for member, points in ((SELLER, 40), (BUYER, 80), (SECOND_SELLER, 95), (SECOND_BUYER, 85)):
        assert region.reader.weightOf(member) == points * WAD // 100
    shares = {member: region.market.claimableOf(member) for member in (SELLER, BUYER, SECOND_SELLER, SECOND_BUYER)}
    by_hand = {SECOND_SELLER: 32 * POINT // 100 * 95 // 180, SECOND_BUYER: 32 * POINT // 100 * 85 // 180}
    assert (shares[SELLER], shares[BUYER]) == (0, 0)
    assert all(0 <= by_hand[member] - shares[member] <= 1 for member in by_hand)
    region.assert_book_balances(32 * POINT // 100)


def test_a_share_is_claimed_once(region):
    settle_default(region)
    region.close(0)
    before, share = region.market.freeOf(SECOND_BUYER), region.market.claimableOf(SECOND_BUYER)
    transaction = region.market.claim(SECOND_BUYER, {"from": actor("stranger")})
    assert fields(transaction.events["SharesClaimed"]) == {"member": SECOND_BUYER, "day": DAY, "amount": share}
    assert region.market.freeOf(SECOND_BUYER) == before + share > before
    for member in (SECOND_BUYER, BUYER, PROSUMER):
        with reverts("BilateralMarket_NothingToClaim", member):
            region.market.claim(member, {"from": actor("stranger")})


def test_nothing_is_claimed_before_the_close(region):
    settle_default(region)
    with reverts("BilateralMarket_NothingToClaim", SECOND_BUYER):
        region.market.claim(SECOND_BUYER, {"from": actor("stranger")})


def test_a_claim_pays_a_debt_first(region):
    region.register(one_hour(), other_pair())
    region.desk.withdraw(region.market.freeOf(SECOND_BUYER), {"from": actor("second_buyer")})
    deliver(
        region, seller=({}, {}), buyer=(KEPT, {}), second_seller=({}, KEPT), second_buyer=(KEPT | {9: 2_000}, {}),
    )  # fmt: skip
    region.settle(0, 1)
    region.close(0)
    region.settle_residual(SECOND_BUYER)
    debt = region.market.totalDebt()
    assert debt == 2 * 75 * POINT // 100 - (750 - 670) * POINT // 100  # less what was left of its margin
    share = region.market.claimableOf(SECOND_BUYER)
    region.market.claim(SECOND_BUYER, {"from": actor("stranger")})
    assert region.market.totalDebt() == debt - share
    region.assert_book_balances(region.market.claimableOf(SECOND_SELLER), dust=2)


def test_the_next_settlement_harvests_what_was_not_claimed(region):
    region.register(other_pair(salt=3, firstHour=FIRST_HOUR + 32))
    settle_default(region)
    region.close(0)
    shares = [region.market.claimableOf(member) for member in (SECOND_SELLER, SECOND_BUYER)]
    Region.go(DAY_END + DAY_SECONDS)
    tomorrow = {"day": DAY + 1}
    region.submit(
        region.sheet("second_seller", exports=only(KEPT), **tomorrow),
        region.sheet("second_buyer", imports=only(KEPT), **tomorrow),
    )
    region.market.claim(SECOND_SELLER, {"from": actor("stranger")})
    before = region.balances()
    event = fields(region.settle(0, day=DAY + 1).events["AgreementSettled"])
    assert event["shares"] == (0, shares[1])
    after = region.balances()
    assert after["second_buyer"] - before["second_buyer"] == shares[1] - 67 * POINT // 10
    assert after["second_seller"] - before["second_seller"] == 63 * POINT // 10
    region.assert_book_balances(dust=2)


# Exclusion


def test_a_defaulter_of_another_agreement_shares(region):
    region.register(one_hour(), other_pair())
    deliver(region, seller=({}, {}), buyer=(KEPT, {}), second_seller=({}, {8: 5_000}), second_buyer=(KEPT, {}))
    region.settle(0, 1)
    region.close(0, 1)
    assert region.market.claimableOf(SECOND_SELLER) > 0
    assert region.market.claimableOf(SELLER) == 0  # its weight is gone
    assert region.market.claimableOf(BUYER) > 0


def test_related_parties_do_not_share(region):
    """The second seller belongs to the defaulting seller's owner: only the second buyer shares."""
    join_group(region, 7, "seller", "second_seller")
    settle_default(region)
    region.close(0)
    penalty = region.reader.agreementOf(DAY, 0)["penalty"]
    shares = {member: region.market.claimableOf(member) for member in (SELLER, BUYER, SECOND_SELLER, SECOND_BUYER)}
    assert shares.pop(SECOND_BUYER) in (penalty, penalty - 1)
    assert set(shares.values()) == {0}


def test_a_group_counts_once_when_both_parties_are_in_it(region):
    join_group(region, 7, "seller", "buyer")
    settle_default(region)
    transaction = region.close(0)
    # Weights of the second pair: nobody else gained, since the first agreement does not count: 50 -> 100 each.
    penalty = region.reader.agreementOf(DAY, 0)["penalty"]
    assert transaction.events["PenaltyPooled"]["rate"] == penalty * RATE_ONE // (2 * WAD)
    assert region.reader.weightOf(SELLER) == region.reader.weightOf(BUYER) == HALF


def test_the_group_of_a_day_stays(region):
    """Who leaves the defaulter's group after the day was settled still has no share in it."""
    join_group(region, 7, "seller", "second_seller")
    settle_default(region)
    join_group(region, 8, "second_seller")
    region.register(other_pair(salt=3, firstHour=FIRST_HOUR + 80))
    region.close(0)
    assert region.market.claimableOf(SECOND_SELLER) == 0


@pytest.mark.parametrize("points", [0, 1])
def test_a_penalty_that_nobody_may_share_is_the_reserves(region, points):
    """Beside the two parties there are only members whose weight is less than 0.1 point after the day."""
    weigh(region, second_seller=points, second_buyer=0)
    region.register(one_hour(), other_pair(whPerHour=1, price=7_100 * TICK))
    deliver(region, seller=({}, {}), buyer=(KEPT, {}), second_seller=({}, {}), second_buyer=({}, {}))
    region.settle(0, 1)
    penalties = [region.reader.agreementOf(DAY, index)["penalty"] for index in (0, 1)]
    transaction = region.close(0, 1)
    assert [event["rate"] == 0 for event in transaction.events["PenaltyPooled"]] == [True, False]
    assert region.market.freeOf(RESERVE) == penalties[0]
    region.assert_book_balances(penalties[1])


def test_governance_pays_the_reserve_out(region):
    region.register(one_hour())
    deliver(region, seller=({}, {}), buyer=(KEPT, {}))
    region.settle(0)
    region.close(0)
    reserve = region.market.freeOf(RESERVE)
    assert reserve == region.reader.agreementOf(DAY, 0)["penalty"]
    governance = {"from": region.deployer}
    with reverts("MarginDesk_ReserveNeeded", reserve + 1, reserve):
        region.desk.payReserve(actor("stranger"), reserve + 1, governance)
    with reverts("MarginDesk_ZeroAmount"):
        region.desk.payReserve(actor("stranger"), 0, governance)
    region.desk.payReserve(actor("stranger"), reserve, governance)
    assert region.points.balanceOf(actor("stranger")) == reserve
    region.assert_book_balances()


# Sequence


def test_a_day_closes_when_everything_of_it_is_settled(region):
    region.register(one_hour(), other_pair())
    deliver(region, seller=({}, {}), buyer=(KEPT, {}), second_seller=({}, {}), second_buyer=(KEPT, {}))
    region.settle(0)
    with reverts("BilateralMarket_AgreementsOpen", DAY, 1):
        region.close(0)
    region.settle(1)
    region.close(1)
    assert region.market.openDay() == DAY
    region.close(1)
    assert (region.market.openDay(), region.market.closedAt(DAY)) == (DAY, 0)
    region.close(1, 0)
    assert region.market.openDay() == DAY + 1
    with reverts("BilateralMarket_NotOpenDay", DAY, DAY + 1):
        region.close()


def test_an_agreement_without_a_penalty_enters_nothing(region):
    settle_default(region)
    transaction = region.close(1, 0, 0, 1)
    assert [event["id"] for event in transaction.events["PenaltyPooled"]] == [DAY << 32]


def test_days_are_settled_one_after_the_other(region):
    region.register(one_hour(), one_hour(salt=2, firstHour=FIRST_HOUR + 80))
    Region.go(DEADLINE + 4 * DAY_SECONDS)
    with reverts("BilateralMarket_NotOpenDay", DAY + 3, DAY):
        region.settle(0, day=DAY + 3)
    region.settle(0)
    with reverts("BilateralMarket_NotOpenDay", DAY + 3, DAY):
        region.settle(0, day=DAY + 3)
    region.close(0)
    # Two days without agreements lie in between: they close by themselves.
    region.settle(0, day=DAY + 3)
    assert region.market.openDay() == DAY + 3
    assert region.market.closedAt(DAY + 1) == DAY_END + DAY_SECONDS


def test_an_empty_day_is_not_closed_by_hand(region):
    Region.go(DEADLINE)
    with reverts("BilateralMarket_AgreementsOpen", region.market.openDay(), 0):
        region.close(day=region.market.openDay())


# Decay


@pytest.mark.parametrize("days", [29, 30, 31, 95])
def test_weights_decay_with_every_thirty_closed_days(region, days):
    first = region.market.firstDay()
    last = first + days
    region.register(one_hour(), one_hour(salt=2, firstHour=(last * 24) - 1 + 8))
    deliver(region, seller=({}, KEPT), buyer=(KEPT, {}))
    region.settle(0)
    region.close()
    assert region.reader.weightOf(SELLER) == WAD
    Region.go(DEADLINE + (last - DAY) * DAY_SECONDS + 6 * 3_600)
    region.settle(0, day=last)
    weight = plain(region.reader.creditOf(SELLER))[0]
    assert weight == opening_weight(WAD, last_day=DAY, day=last, first_day=first)
    # The seller was silent on the last day, so its weight of that day's opening is what its penalty goes by.
    assert region.reader.agreementOf(last, 0)["penalty"] > 0


def test_weights_are_entered_before_the_first_settlement(region):
    governance = {"from": region.deployer}
    with reverts("BilateralMarket_WeightRefused", SELLER, WAD + 1):
        region.market.enterWeight(SELLER, WAD + 1, governance)
    region.market.enterWeight(SELLER, 0, governance)
    assert region.reader.weightOf(SELLER) == 0
    region.market.enterWeight(SELLER, 3, governance)
    settle_default(region)
    with reverts("BilateralMarket_WeightRefused", SELLER, 5):
        region.market.enterWeight(SELLER, 5, governance)
