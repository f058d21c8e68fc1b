"""Rewards for clean energy sold, bought and used: the same integers as EnergyRewards.sol.

Liu et al., section 3.3 (M2a to M2c); corrected, see docs/PAPERS.md: paid on certified energy, not between related
parties, scaled by one factor when the pool has less.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WAD = 10**18
WH_PER_KWH = 1000


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What a kWh earns [point-wei/kWh], and the most that a member earns a day [point-wei]."""

    sold: int
    bought: int
    used: int
    member_cap: int


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """Certified energy that counts under an agreement [Wh]."""

    seller: int
    buyer: int
    wh: int
    bundled: bool
    related: bool


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What a member earned on a day [Wh]."""

    sold: int = 0
    bought: int = 0
    used: int = 0

    def value(self, rates: Rates) -> int:
        """Before scaling, rounded down and capped [point-wei]."""
        exact = self.sold * rates.sold + self.bought * rates.bought + self.used * rates.used
        return min(exact // WH_PER_KWH, rates.member_cap)


def earned_of(deliveries: Iterable[Delivered]) -> dict[int, Earned]:
    """Sum up a day's deliveries by member.

    Bundled: sold, bought and used; unbundled: sold. Between related parties only what is used counts.
    """
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for delivery in deliveries:
        unrelated = 0 if delivery.related else delivery.wh
        sums[delivery.seller][0] += unrelated
        if delivery.bundled:
            sums[delivery.buyer][1] += unrelated
            sums[delivery.buyer][2] += delivery.wh
    return {member: Earned(sold=s, bought=b, used=u) for member, (s, b, u) in sums.items() if s or b or u}


def scaled(earned: Mapping[int, Earned], rates: Rates, *, available: int) -> tuple[int, int, dict[int, int]]:
    """Scale a day's rewards to what the pool has.

    Args:
        earned: by member.
        rates: of the day's first entry.
        available: what the pool can grant [point-wei].

    Returns:
        Their sum before scaling [point-wei], the factor [wad] and what each member gets [point-wei].
    """
    values = {member: entry.value(rates) for member, entry in earned.items()}
    total = sum(values.values())
    factor = WAD if total <= available else available * WAD // total
    return total, factor, {member: value * factor // WAD for member, value in values.items()}
