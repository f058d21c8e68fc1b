"""Who is rewarded for a day, and for what."""

from offchain.day.certificates.plan import certified, delivered
from offchain.day.world.participants import Participant
from offchain.day.world.plan import DayPlan
from offchain.market.records import Agreement
from offchain.units import POINT

REWARD_FUND = 1_000 * POINT
"""What the grid company puts into the reward pool for the day [point-wei]."""
WELCOMED = 5
"""Generators for whom the operator opens a welcome grant."""


def welcomed(plan: DayPlan) -> tuple[Participant, ...]:
    """The generators whose welcome grants are opened."""
    return plan.members.generators[:WELCOMED]


def due(plan: DayPlan) -> list[Agreement]:
    """Bundled agreements under which certified energy was delivered and taken."""
    sellers = {member.id for member in certified(plan)}
    found = [a for a in plan.market.agreements if a.bundled and a.seller in sellers]
    return [a for a in found if any(delivered(plan, a))]
