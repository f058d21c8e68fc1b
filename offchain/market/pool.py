"""Who shares the penalties of a day, in the integers that the contracts use (docs/MARKET.md).

Xiong et al. 2023, Eq. (34), corrected, see docs/PAPERS.md: every penalty goes to the members that settled that day, by
their weights after the day, without the two parties of its agreement and whoever is related to them. A rate per unit of
weight is summed over all penalties; a member leaves out the rates of those that exclude it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offchain.market.penalties import Penalties

RATE_ONE = 2**80
SMALLEST_DENOMINATOR = 10**15
"""Below this sum of weights [wad], a tenth of a point, a penalty goes to the reserve."""

_Party = tuple[str, int]
"""An owner group, or a member that has none."""


@dataclass(frozen=True, kw_only=True)
class PoolDay:
    """What became of the penalties of a day [point-wei]."""

    total: int
    """Paid in."""
    shares: tuple[tuple[int, int], ...]
    """By member that settled on the day."""
    reserve: int
    """What nobody may share."""
    dust: int
    """What rounding leaves: it stays where the points are held, for good."""
    rate: int
    """R, the sum of the rates of all penalties [point-wei / wad * 2^80]."""


def share_out(entries: Iterable[Penalties], weights: Mapping[int, int], *, groups: Mapping[int, int]) -> PoolDay:
    """Share the penalties of a day.

    Args:
        entries: of all its agreements, in any order.
        weights: after the day, of the members that settled an agreement of it [wad].
        groups: owner group of the members that have one.
    """
    everybody = sum(weights.values())
    of_party: dict[_Party, int] = defaultdict(int)
    for member, weight in weights.items():
        of_party[_party(member, groups)] += weight
    total = rates = reserve = 0
    excluded: dict[_Party, int] = defaultdict(int)
    for entry in entries:
        parties = {_party(member, groups) for member in (entry.agreement.seller, entry.agreement.buyer)}
        denominator = everybody - sum(of_party[party] for party in parties)
        total += entry.pool_entry
        rate = entry.pool_entry * RATE_ONE // denominator if denominator >= SMALLEST_DENOMINATOR else 0
        if rate == 0:
            reserve += entry.pool_entry
            continue
        rates += rate
        for party in parties:
            excluded[party] += rate
    shares = tuple(
        (member, weight * (rates - excluded[_party(member, groups)]) // RATE_ONE)
        for member, weight in sorted(weights.items())
    )
    dust = total - reserve - sum(share for _, share in shares)
    return PoolDay(total=total, shares=shares, reserve=reserve, dust=dust, rate=rates)


def _party(member: int, groups: Mapping[int, int]) -> _Party:
    group = groups.get(member, 0)
    return ("group", group) if group else ("member", member)
