"""The market's margin accounts, rebuilt from the events of BilateralMarket.

A free part below zero is a debt that the grid company fronts; what an account holds is its reserve and what is free
above zero. The grid company holds what its legs add up to less what it fronts, so that all accounts together hold the
market's points.
"""

from collections import defaultdict
from collections.abc import Iterable

from offchain.index.records import IndexedEvent

SETTLEMENTS = frozenset({"AgreementSettled", "ResidualSettled"})


class MarginBook:
    """Free and reserved points by member [point-wei], moved event by event."""

    def __init__(self, grid_company: int) -> None:
        self.grid_company = grid_company
        self.free: dict[int, int] = defaultdict(int)
        """Below zero: debt. The grid company's includes what it fronts."""
        self.reserved: dict[int, int] = defaultdict(int)
        self.total_debt = 0
        """All debts together, fronted by the grid company."""
        self._margins: dict[int, tuple[int, int]] = {}
        """Open agreement -> buyer and what is reserved for it."""

    def held(self, member: int) -> int:
        """Points of the market that are this member's [point-wei]."""
        held = self.reserved[member] + max(self.free[member], 0)
        return held - self.total_debt if member == self.grid_company else held

    def apply(self, event: IndexedEvent) -> None:
        """Move the book by one event of BilateralMarket; others change nothing."""
        values = event.values
        if event.name == "Deposited":
            self._book(values["member"], values["amount"])
        elif event.name == "Withdrawn":
            self._book(values["member"], -values["amount"])
        elif event.name == "AgreementRegistered":
            self._margins[values["id"]] = values["buyer"], values["reserved"]
            self.reserved[values["buyer"]] += values["reserved"]
            self._book(values["buyer"], -values["reserved"])
        elif event.name == "AgreementSettled":
            buyer, reserved = self._margins.pop(values["id"])
            self.reserved[buyer] -= reserved
            self._book(buyer, reserved - values["paid"])
            self._book(values["seller"], values["received"])
            self._book(self.grid_company, values["gridRevenue"])
        elif event.name == "ResidualSettled":
            self._book(values["member"], values["memberLeg"])
            self._book(self.grid_company, -values["memberLeg"])

    def _book(self, member: int, leg: int) -> None:
        """Add a leg to a free part and keep the sum of the debts."""
        before = self.free[member]
        self.free[member] += leg
        self.total_debt += max(-self.free[member], 0) - max(-before, 0)

    def touched(self, event: IndexedEvent) -> set[int]:
        """Whose points an event of BilateralMarket can move: its members, and the grid company, who fronts debts."""
        parties = {event.values[name] for name in ("member", "seller", "buyer") if name in event.values}
        return parties | {self.grid_company}


def margins_of(events: Iterable[IndexedEvent], *, grid_company: int) -> MarginBook:
    """The book after the given events, in the order of the chain."""
    book = MarginBook(grid_company)
    for event in events:
        if event.contract == "BilateralMarket":
            book.apply(event)
    return book
