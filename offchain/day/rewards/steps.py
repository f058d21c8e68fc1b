"""The reward pool is funded; certificates of bundled agreements go to the buyers, and the energy earns rewards."""

from offchain.day.certificates.plan import certified, largest_deliveries
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.market.steps import indices_of
from offchain.day.rewards.plan import REWARD_FUND, due, welcomed
from offchain.rewards import calls


def open_welcomes(region: RegionDay) -> None:
    """The grid company funds the reward pool; the operator opens the first generators' welcome grants."""
    grid_company = region.member(region.plan.members.grid_company.id)
    region.journal.send(calls.fund(region.client, REWARD_FUND, key=grid_company))
    organisations = {g.device or 0: region.reference(f"organisation of member {g.id}") for g in welcomed(region.plan)}
    region.journal.send(calls.open_welcomes(region.client, organisations, key=region.role("operator")))


def claim_welcomes(region: RegionDay) -> None:
    """Members whose welcome grant is open claim what has vested on their certificates."""
    devices = {member.device for member in certified(region.plan)}
    claiming = [member for member in welcomed(region.plan) if member.device in devices]
    region.journal.send(
        [
            transaction
            for member in claiming
            for transaction in calls.claim_welcome(region.client, member.device or 0, key=region.member(member.id))
        ]
    )


def deliver_bundled(region: RegionDay) -> None:
    """The certificates of every bundled agreement go to its buyer, whoever asks."""
    plan, indices = region.plan, indices_of(region)
    devices = [(indices[a.id], plan.members.by_id(a.seller).device or 0) for a in due(plan)]
    region.journal.send(calls.deliver(region.client, devices, day=plan.day, key=region.courier))


def close_rewards(region: RegionDay) -> None:
    """Three days after the sheets are final the day's rewards are scaled to what the pool has; some are claimed."""
    plan, client = region.plan, region.client
    region.journal.send(calls.close_rewards(client, plan.day, key=region.courier))
    parties = sorted({m for sold in largest_deliveries(plan) for m in (sold.agreement.seller, sold.agreement.buyer)})
    region.journal.send(calls.claim_rewards(client, parties, day=plan.day, key=region.courier))


STEPS = (
    Step(
        name="rewards: open welcome grants", at=-DAY + HOUR, after=("points: mint",), act=in_every_region(open_welcomes)
    ),
    Step(
        name="rewards: claim welcome grants",
        at=8 * DAY,
        after=("certificates: issue",),
        act=in_every_region(claim_welcomes),
    ),
    Step(
        name="rewards: deliver bundled agreements",
        at=8 * DAY,
        after=("market: reconcile", "certificates: issue"),
        act=in_every_region(deliver_bundled),
    ),
    Step(name="rewards: close and claim", at=11 * DAY, act=in_every_region(close_rewards)),
)
