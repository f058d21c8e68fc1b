"""Who is allowed how much carbon, and who trades it."""

from offchain.day.world.participants import Participant
from offchain.day.world.plan import DayPlan
from offchain.units import POINT, grams_rounded_up

DAYS_GRANTED = 366
"""A year's allowances are this many times the day's consumption at the upper grid's intensity."""
PRICE = 80 * POINT
"""Of a tonne, about what the national market of China asked in 2024 [point-wei/tCO2e]."""
OFFSET_PRICE = 60 * POINT
"""[point-wei/tCO2e]"""
OFFERED_PERCENT = 5
"""Of its allowances, what the first consumer offers; half of it is taken, the rest is cancelled."""
OFFSET_GRAMS = 10_000_000
"""Certified for the second consumer, who sells a tenth [gCO2e]."""


def allowance(plan: DayPlan, consumer: Participant) -> int:
    """What the regulator grants a consumer for the year [gCO2e]."""
    mix = plan.factors.mixes[plan.region.country].intensity
    consumed = sum(plan.readings.final[consumer.id - 1].import_wh)
    return DAYS_GRANTED * grams_rounded_up(consumed, round(1000 * mix))


def drawn(plan: DayPlan, consumer: Participant) -> int:
    """The carbon of what a consumer used by the final sheets, rounded up each hour [gCO2e]."""
    return sum(
        grams_rounded_up(wh, int(plan.intensity[hour, consumer.node]))
        for hour, wh in enumerate(plan.readings.final[consumer.id - 1].import_wh)
    )


def traders(plan: DayPlan) -> tuple[Participant, Participant]:
    """The first consumer has allowances to spare, the second has offsets."""
    first, second, *_ = plan.members.consumers
    return first, second


def offered(plan: DayPlan) -> int:
    """Allowances that the first consumer offers [gCO2e]."""
    return allowance(plan, traders(plan)[0]) * OFFERED_PERCENT // 100
