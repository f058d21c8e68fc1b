"""What everybody pays into escrow."""

from offchain.day.rewards.plan import REWARD_FUND
from offchain.day.world.plan import DayPlan
from offchain.units import POINT

BILL_AMOUNT = 10 * POINT
"""A bill that a seller pays with points [point-wei]."""


def deposits(plan: DayPlan, *, bond: int) -> dict[int, int]:
    """What each member pays into escrow before the day [point-wei]; `bond` is that of a device."""
    wanted = dict(plan.market.deposits)
    for generator in plan.members.generators:
        wanted[generator.id] = wanted.get(generator.id, 0) + bond
    wanted[plan.members.grid_company.id] += REWARD_FUND
    return wanted


def best_seller(plan: DayPlan) -> int:
    """The member to whom the day brought most."""
    member, _ = max(plan.market.close.balances, key=lambda balance: (balance[1], -balance[0]))
    return member
