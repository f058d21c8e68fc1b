"""What was delivered under bundled agreements, and what it earned, against the plan."""

from collections.abc import Iterable, Mapping

from offchain.day.certificates.plan import delivered
from offchain.day.driver.audit import differences, refuse
from offchain.day.driver.evidence import Evidence, Question, RegionEvidence
from offchain.day.market.audit import indices_of
from offchain.day.rewards.plan import REWARD_FUND, due
from offchain.day.rewards.records import RewardTotals
from offchain.members.sheet_words import unpack
from offchain.rewards.earnings import Delivered, Rates, earned_of, scaled


def queries(evidence: Evidence) -> Iterable[Question]:
    """The rates at which energy is rewarded."""
    return [Question(region.name, "RewardPool", "parameters") for region in evidence.regions]


def audit_rewards(evidence: Evidence) -> Mapping[str, RewardTotals]:
    """Compare deliveries and rewards of every region with its plan.

    Raises:
        LawViolation: anything differs; names the first difference of each kind.
    """
    totals = {}
    for region in evidence.regions:
        refuse(region.name, [*_deliveries(region), *_earnings(region)])
        totals[region.name] = _totals(region)
    return totals


def _deliveries(region: RegionEvidence) -> Iterable[str]:
    indices = indices_of(region)
    planned = {indices[a.id]: delivered(region.plan, a) for a in due(region.plan)}
    events = region.chain.of("EnergyRewards", "AgreementDelivered")
    found = {event.values["index"]: unpack(event.values["counted"]) for event in events}
    yield from differences("energy delivered under the agreement with index", found, planned)


def _earnings(region: RegionEvidence) -> Iterable[str]:
    plan, chain = region.plan, region.chain
    rules = chain.answer("RewardPool", "parameters")
    rates = Rates(sold=rules.soldRate, bought=rules.boughtRate, used=rules.usedRate, member_cap=rules.memberDayCap)
    deliveries = [
        Delivered(seller=a.seller, buyer=a.buyer, wh=sum(delivered(plan, a)), bundled=True, related=False)
        for a in due(plan)
    ]
    welcomes = sum(event.values["granted"] for event in chain.of("RewardPool", "WelcomeClaimed"))
    total, factor, granted = scaled(earned_of(deliveries), rates, available=REWARD_FUND - welcomes)
    closed = chain.only("EnergyRewards", "RewardsClosed")
    if (closed.values["sum"], closed.values["factor"]) != (total, factor):
        yield f"rewards were closed as {dict(closed.values)}, planned {total}, {factor}"
    claims = {e.values["member"]: e.values["granted"] for e in chain.of("EnergyRewards", "RewardsClaimed")}
    wrong = [member for member, amount in claims.items() if granted.get(member) != amount]
    if wrong or not claims:
        yield f"members {wrong} were granted other rewards than planned"


def _totals(region: RegionEvidence) -> RewardTotals:
    deliveries = region.chain.of("EnergyRewards", "AgreementDelivered")
    closed = region.chain.only("EnergyRewards", "RewardsClosed")
    claims = region.chain.of("EnergyRewards", "RewardsClaimed")
    return RewardTotals(
        agreements=len(deliveries),
        delivered=sum(sum(unpack(event.values["counted"])) for event in deliveries),
        earned=closed.values["sum"],
        factor=closed.values["factor"],
        members=len(claims),
        claimed=sum(event.values["granted"] for event in claims),
    )
