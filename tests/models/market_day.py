"""One market day: who agreed, what was measured, what came of it."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from tests.models.market import Deal, Outcome, weight_after

NOTHING: Final = (0,) * 24

Hours = tuple[int, ...]


@dataclass(frozen=True)
class Sheet:
    revision: int
    estimated: bool
    imports: Hours = NOTHING
    exports: Hours = NOTHING


@dataclass
class MarketDay:
    """What is known of a market day."""

    deals: list[Deal] = field(default_factory=list)
    settled: dict[int, Outcome] = field(default_factory=dict)  # by index
    penalties: dict[int, int] = field(default_factory=dict)  # of every default that has one [point-wei]
    waiting: set[int] = field(default_factory=set)  # whose penalty is not entered
    shared: set[int] = field(default_factory=set)  # whose penalty is shared out
    opening: dict[int, int] = field(default_factory=dict)  # weights of who settled [wad]
    groups: dict[int, int] = field(default_factory=dict)  # of who settled
    closed_at: int = 0  # [s]
    claimed: int = 0  # shares, with what was harvested [point-wei]
    sheets: dict[int, Sheet] = field(default_factory=dict)
    former: dict[int, Sheet] = field(default_factory=dict)  # before the first change after the close
    residuals: set[int] = field(default_factory=set)  # settled
    residuals_final: set[int] = field(default_factory=set)  # reconciled
    final: set[int] = field(default_factory=set)  # agreements reconciled

    def weight(self, member: int) -> int:
        """Of a member after the day, as far as it is settled [wad]."""
        deeds = [(self.deals[i], o.seller) for i, o in self.settled.items() if self.deals[i].seller == member]
        deeds += [(self.deals[i], o.buyer) for i, o in self.settled.items() if self.deals[i].buyer == member]
        return weight_after(self.opening[member], deeds, sum(d.energy for d in self.deals if not d.related))

    def party(self, member: int) -> set[int]:
        """A member and whoever of its owner settled on the day."""
        group = self.groups.get(member, 0)
        return {m for m in self.groups if group and self.groups[m] == group} | {member}

    def sharers(self, index: int) -> dict[int, int]:
        """Who shares the penalty of an agreement, by weight."""
        excluded = self.party(self.deals[index].seller) | self.party(self.deals[index].buyer)
        return {member: self.weight(member) for member in self.opening if member not in excluded}

    def share(self, member: int) -> Fraction:
        """Of a member in all penalties of the day, penalty by penalty [point-wei]."""
        found = Fraction(0)
        for index in self.shared:
            if member in (weights := self.sharers(index)):
                found += Fraction(self.penalties[index] * weights[member], sum(weights.values()))
        return found
