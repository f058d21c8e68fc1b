"""Once sheets are final: carbon roots are posted, allowances granted and drawn down."""

from offchain.day.driver.chain_day import Sent
from offchain.day.driver.region import RegionDay
from offchain.day.world.participants import Participant
from offchain.day.world.plan import DayPlan
from offchain.units import grams_rounded_up

DAYS_GRANTED = 366
"""A year's allowances are this many times the day's consumption at the upper grid's intensity."""


def post_carbon(region: RegionDay) -> None:
    """The carbon provider posts the roots of the day."""
    roots = [tree.root for tree in region.plan.trees]
    call: Sent = ("CarbonLedger", "post", (region.plan.hours.start, roots), len(roots))
    region.send([call], region.role("carbon provider"))


def draw_quotas(region: RegionDay) -> None:
    """The regulator grants a year's allowances; the day's emissions are drawn down by proof, whoever brings it."""
    plan, consumers = region.plan, region.plan.members.consumers
    grants: list[Sent] = [("CarbonQuota", "grant", (m.id, plan.date.year, allowance(plan, m)), 1) for m in consumers]
    region.send(grants, region.role("regulator"))
    draws: list[Sent] = []
    for consumer in consumers:
        intensities = [int(value) for value in plan.intensity[:, consumer.node]]
        proofs = [tree.proof(consumer.node) for tree in plan.trees]
        draws.append(("CarbonQuota", "drawDownDay", (consumer.id, plan.day, intensities, proofs), 1))
    region.send(draws, region.courier)


def allowance(plan: DayPlan, consumer: Participant) -> int:
    """What the regulator grants a consumer for the year [gCO2e]."""
    mix = plan.factors.mixes[plan.region.country].intensity
    consumed = sum(plan.readings.final[consumer.id - 1].import_wh)
    return DAYS_GRANTED * grams_rounded_up(consumed, round(1000 * mix))
