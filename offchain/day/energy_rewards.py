"""Certificates of bundled agreements go to the buyers at reconciliation, and the energy earns rewards."""

from collections.abc import Mapping, Sequence

from offchain.chain.events import Event
from offchain.day.certification import certified, delivered, largest_deliveries
from offchain.day.driver.chain_day import Sent
from offchain.day.driver.region import RegionDay
from offchain.day.entry import REWARD_FUND
from offchain.day.world.plan import DayPlan
from offchain.errors import LawViolation
from offchain.market.records import Agreement
from offchain.members.sheet_words import unpack
from offchain.rewards.earnings import Delivered, Rates, earned_of, scaled


def deliver_bundled(region: RegionDay) -> None:
    """The certificates of every bundled agreement go to its buyer, whoever asks."""
    plan = region.plan
    calls: list[Sent] = [
        ("EnergyRewards", "deliver", (plan.day, region.indices[a.id], plan.members.by_id(a.seller).device), 1)
        for a in due(plan)
    ]
    region.send(calls, region.courier)


def close_rewards(region: RegionDay) -> None:
    """Three days after the sheets are final the day's rewards are scaled to what the pool has; some are claimed."""
    plan = region.plan
    region.send([("EnergyRewards", "close", (plan.day,), 1)], region.courier)
    parties = sorted({m for sold in largest_deliveries(plan) for m in (sold.agreement.seller, sold.agreement.buyer)})
    region.send([("EnergyRewards", "claim", (member, plan.day), 1) for member in parties], region.courier)


def due(plan: DayPlan) -> list[Agreement]:
    """Bundled agreements under which certified energy was delivered and taken."""
    sellers = {member.id for member in certified(plan)}
    found = [a for a in plan.market.agreements if a.bundled and a.seller in sellers]
    return [a for a in found if any(delivered(plan, a))]


def audit_rewards(region: RegionDay) -> None:
    """Compare what was delivered, and what it earned, with the plan.

    Raises:
        LawViolation: anything differs.
    """
    plan, client = region.plan, region.client
    contract, pool = region.contract("EnergyRewards"), region.contract("RewardPool")
    _check_deliveries(region, client.events(contract, "AgreementDelivered"))
    rules = client.call(pool("parameters"))
    rates = Rates(sold=rules.soldRate, bought=rules.boughtRate, used=rules.usedRate, member_cap=rules.memberDayCap)
    deliveries = [
        Delivered(seller=a.seller, buyer=a.buyer, wh=sum(delivered(plan, a)), bundled=True, related=False)
        for a in due(plan)
    ]
    welcomes = sum(event.values.granted for event in client.events(pool, "WelcomeClaimed"))
    total, factor, granted = scaled(earned_of(deliveries), rates, available=REWARD_FUND - welcomes)
    (closed,) = client.events(contract, "RewardsClosed")
    if (closed.values.sum, closed.values.factor) != (total, factor):
        raise LawViolation(f"chain {client.endpoint.name} closed rewards as {closed.values}, planned {total}, {factor}")
    claimed = {event.values.member: event.values.granted for event in client.events(contract, "RewardsClaimed")}
    wrong = [member for member, amount in claimed.items() if granted.get(member) != amount]
    if wrong or not claimed:
        raise LawViolation(f"chain {client.endpoint.name} granted members {wrong} other rewards than planned")


def _check_deliveries(region: RegionDay, events: Sequence[Event]) -> None:
    plan = region.plan
    planned = {region.indices[a.id]: delivered(plan, a) for a in due(plan)}
    found: Mapping[int, tuple[int, ...]] = {event.values.index: unpack(event.values.counted) for event in events}
    if found != planned:
        wrong = sorted(index for index in planned.keys() | found.keys() if found.get(index) != planned.get(index))
        raise LawViolation(
            f"chain {region.client.endpoint.name} delivered {found.get(wrong[0])} Wh of agreement {wrong[0]}, "
            f"planned {planned.get(wrong[0])}"
        )
