"""What the grid company owes members because its account was empty, rebuilt from the events of DeferredCredits.

One line over all days: each day that owes something covers a stretch of it, and what has been paid so far is a point on
it. So earlier days are paid first, and within a day everybody in proportion, rounded down (docs/MARKET.md).
"""

from collections import defaultdict
from dataclasses import dataclass

from offchain.errors import LawViolation


@dataclass(frozen=True)
class DeferredPart:
    """What a member is still owed under a day [point-wei]."""

    day: int
    owed: int
    paid: int
    """Thereof by the grid company, to be collected once the day is closed."""


@dataclass(kw_only=True)
class _Stretch:
    """What is owed under one day [point-wei]."""

    start: int
    """Owed before this day."""
    owed: int = 0
    collected: int = 0


@dataclass(kw_only=True)
class _Part:
    """Of one member in one day [point-wei]."""

    owed: int = 0
    collected: int = 0


class DeferredBook:
    """Credits that members wait for, moved event by event [point-wei]."""

    def __init__(self) -> None:
        self.owed = 0
        """Ever."""
        self.paid = 0
        """Thereof by the grid company."""
        self.collected = 0
        """Thereof by members."""
        self._stretches: dict[int, _Stretch] = {}
        self._parts: dict[tuple[int, int], _Part] = defaultdict(_Part)

    def defer(self, member: int, day: int, amount: int) -> None:
        """Note what a member is owed under the open day."""
        stretch = self._stretches.setdefault(day, _Stretch(start=self.owed))
        stretch.owed += amount
        self._parts[member, day].owed += amount
        self.owed += amount

    def pay(self, amount: int) -> list[int]:
        """The grid company pays; returns the days that something is paid of."""
        reached = self.paid + amount
        days = [
            day
            for day, stretch in self._stretches.items()
            if stretch.start < reached and self.paid < stretch.start + stretch.owed
        ]
        self.paid = reached
        return days

    def collect(self, member: int, day: int, amount: int) -> None:
        """A member collects what is paid.

        Raises:
            LawViolation: another amount is paid to it; events are missing.
        """
        _, paid = self.owed_to(member, day)
        if amount != paid:
            raise LawViolation(
                f"member {member} collects {amount} point-wei of day {day} where {paid} are paid; events are missing"
            )
        self._parts[member, day].collected += amount
        self._stretches[day].collected += amount
        self.collected += amount

    def owed_to(self, member: int, day: int) -> tuple[int, int]:
        """What a member is still owed under a day, and how much of it is paid."""
        if (member, day) not in self._parts:
            return 0, 0
        stretch, part = self._stretches[day], self._parts[member, day]
        return part.owed - part.collected, part.owed * self._paid_of(stretch) // stretch.owed - part.collected

    def waiting(self, day: int) -> int:
        """What is paid of a day and not collected."""
        stretch = self._stretches.get(day)
        return self._paid_of(stretch) - stretch.collected if stretch else 0

    def parts_of(self, member: int) -> list[DeferredPart]:
        """What a member waits for, by day."""
        parts = [DeferredPart(day, *self.owed_to(member, day)) for other, day in sorted(self._parts) if other == member]
        return [part for part in parts if part.owed]

    @property
    def days(self) -> list[int]:
        """Under which something was ever deferred."""
        return sorted(self._stretches)

    def _paid_of(self, stretch: _Stretch) -> int:
        return min(max(self.paid - stretch.start, 0), stretch.owed)
