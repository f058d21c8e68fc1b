"""What members are due from a market, and what the grid company fronts for those who owe (docs/MARKET.md).

A member is due what it has free and what the grid company's empty account still owes it; which of the two it is depends
on the order in which a day is settled, the sum does not. Below zero it is the member's debt: the grid company fronts
it, every later credit pays it first, and the member makes no new agreement meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The accounts of a market [point-wei]; reserved margin is not part of them."""

    due: Mapping[int, int] = field(default_factory=dict)
    """By member."""
    booked: int = 0
    """What the grid company deposited and all its legs."""

    @property
    def debts(self) -> dict[int, int]:
        """What members owe, by member."""
        return {member: -amount for member, amount in sorted(self.due.items()) if amount < 0}

    @property
    def fronted(self) -> int:
        """All debts together."""
        return sum(self.debts.values())

    @property
    def funds(self) -> int:
        """What the grid company's account is good for; below zero, members wait for that much."""
        return self.booked - self.fronted

    @property
    def total(self) -> int:
        """What the market must hold for them."""
        return self.booked + sum(self.due.values())

    def gate_open(self, floor: int) -> bool:
        """Whether new agreements are registered: the grid company's account is not below its floor."""
        return self.funds >= floor

    def add(self, legs: Iterable[tuple[int, int]], *, grid: int = 0) -> "Accounts":
        """Book signed legs of members, in any order, and of the grid company."""
        due: dict[int, int] = defaultdict(int, self.due)
        for member, leg in legs:
            due[member] += leg
        return Accounts(due=dict(due), booked=self.booked + grid)
