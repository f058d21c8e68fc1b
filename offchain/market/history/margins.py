"""The accounts of a market: free and reserved parts, debts, penalties, deferred credits (docs/MARKET.md, "Accounts").

A free part below zero is a debt that the grid company fronts; what an account holds is its reserve and what is free
above zero. The grid company holds what its legs add up to less what it fronts. Penalties wait by day until they are
shared or go to the market's reserve, paid deferred credits until they are collected. All of it together is what the
desk holds for the market.

Where the grid company's funds are below zero, something is booked whose points are not there: first the reserve stands
in for them, then the penalties of the latest day, then earlier ones, last the members, who joined last before the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from offchain.errors import LawViolation
from offchain.index.records import Plain, exact
from offchain.market.history.deferrals import DeferredBook
from offchain.points.holders import Holder

RESERVE = Holder("reserve", 0)
CONTRACTS = frozenset({"BilateralMarket", "DeferredCredits", "MarginDesk", "Reconciliation", "ResidualSettlement"})
"""Whose events move margin accounts."""


class MarginBook:
    """What a market books for whom [point-wei]; `offchain/market/history/events.py` moves it."""

    def __init__(self, grid_company: int) -> None:
        self.grid = Holder("margin", grid_company)
        self.booked = 0
        """What the grid company deposited and all its legs."""
        self.fronted = 0
        """All debts together."""
        self.points = 0
        """Deposited and not withdrawn."""
        self.reserve = 0
        """Penalties that nobody may share."""
        self.reserved: dict[int, int] = defaultdict(int)
        """By member."""
        self.unclaimed: dict[int, int] = defaultdict(int)
        """Penalties by day, less the shares that were booked and what went to the reserve."""
        self.deferred = DeferredBook()
        self._free: dict[int, int] = defaultdict(int)

    def book(self, member: int, leg: int) -> Holder:
        """Add a leg to a member's free part, to the reserve, or to what is booked for the grid company."""
        if member == int(RESERVE.id):
            self.reserve += leg
            return RESERVE
        holder = Holder("margin", member)
        if holder == self.grid:
            self.booked += leg
            return holder
        before = self.debt_of(member)
        self._free[member] += leg
        self.fronted += self.debt_of(member) - before
        return holder

    @property
    def funds(self) -> int:
        """What the grid company's account has; below zero it is empty and others wait."""
        return self.booked - self.fronted

    @property
    def members(self) -> list[int]:
        """Everybody with an account, the grid company included."""
        return sorted({*self._free, *self.reserved, int(self.grid.id)})

    @property
    def holders(self) -> list[Holder]:
        """Everybody who can hold points of the desk."""
        return [
            *(Holder("margin", member) for member in self.members),
            *(Holder("penalties", day) for day in sorted(self.unclaimed)),
            *(Holder("deferred", day) for day in self.deferred.days),
            RESERVE,
        ]

    def free_of(self, member: int) -> int:
        """What a member can withdraw, below zero its debt; of the grid company its funds."""
        return self.funds if member == self.grid.id else self._free.get(member, 0)

    def debt_of(self, member: int) -> int:
        """What the grid company fronts for a member."""
        return max(-self._free.get(member, 0), 0)

    def held(self, holders: Collection[Holder]) -> dict[Holder, int]:
        """Points of the desk that are these holders', and all of who stands in for funds below zero."""
        missing = self._missing()
        return {
            holder: self._booked(holder) - missing.get(holder, 0) for holder in sorted({*holders, self.grid, *missing})
        }

    @property
    def standing_in(self) -> set[Holder]:
        """Who stands in for funds below zero."""
        return set(self._missing())

    def check(self) -> None:
        """I-04: everything that is booked is what the desk received for it.

        Raises:
            LawViolation: it is not.
        """
        total = sum(self._free.values()) + sum(self.reserved.values()) + self.booked + sum(self.unclaimed.values())
        total += self.reserve + self.deferred.paid - self.deferred.collected
        if total != self.points:
            raise LawViolation(f"I-04: {total} point-wei are booked, {self.points} were deposited; events are missing")

    def _booked(self, holder: Holder) -> int:
        number = int(holder.id)
        if holder == RESERVE:
            return self.reserve
        if holder.place == "penalties":
            return self.unclaimed.get(number, 0)
        if holder.place == "deferred":
            return self.deferred.waiting(number)
        return self.reserved.get(number, 0) + max(self.free_of(number), 0)

    def _missing(self) -> dict[Holder, int]:
        """Who stands in for funds below zero, and for how much."""
        shortage = -self.funds
        parts: dict[Holder, int] = {}
        stand_ins = self._stand_ins()
        while shortage > 0:
            holder = next(stand_ins)
            parts[holder] = min(self._booked(holder), shortage)
            shortage -= parts[holder]
        return parts

    def _stand_ins(self) -> Iterator[Holder]:
        yield RESERVE
        for day in sorted(self.unclaimed, reverse=True):
            yield Holder("penalties", day)
        for member in reversed(self.members):
            yield Holder("margin", member)
        raise LawViolation(f"I-04: the grid company's funds are {self.funds} point-wei, all others hold less than that")


def margin_rows(book: MarginBook) -> list[dict[str, Plain]]:
    """One row per holder of the market's points, for an export."""
    held = book.held(book.holders)
    return [{"holder": str(holder), **_account(book, holder), "held": exact(held[holder])} for holder in book.holders]


def _account(book: MarginBook, holder: Holder) -> Mapping[str, Plain]:
    """The columns that only a member's account fills."""
    if holder.place != "margin":
        return dict.fromkeys(("member", "free", "reserved", "owed"))
    member = int(holder.id)
    return {
        "member": member,
        "free": exact(book.free_of(member)),
        "reserved": exact(book.reserved.get(member, 0)),
        "owed": exact(sum(part.owed for part in book.deferred.parts_of(member))),
    }
