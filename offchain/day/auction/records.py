"""What a report shows of the auction between regions on the main chain.

Energy in Wh, money in point-wei, prices in point-wei/kWh, carbon in gCO2e, unless stated. Hours are local hours of the
day. "First" is before the ladder price.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AuctionHourRow:
    """An hour of the auction as the chain has it."""

    first_emission: int
    """[mgCO2e]"""
    emission: int
    """[mgCO2e]"""
    first_energy: int
    energy: int
    lowest_price: int
    """That any order pays or is paid."""
    highest_price: int
    congested: bool
    """A line binds in the second clearing: nodes have different prices."""
    paid: int
    """By loads for energy."""
    received: int
    """By generators for energy."""
    rent: int
    """Of congested lines, the grid company's."""
    ladder: int
    """Into the ladder account."""

    @property
    def saved(self) -> int:
        """Emission that the ladder price saves [mgCO2e]."""
        return self.first_emission - self.emission

    @property
    def residual(self) -> int:
        """What loads pay less what generators and rent receive: zero. Who pays the ladder, pays it on top."""
        return self.paid - self.received - self.rent


@dataclass(frozen=True, kw_only=True)
class AuctionOrderRow:
    """A unit's orders of the day."""

    name: str
    region: str
    kind: str
    load: bool
    intensity: int
    """Of a generator [gCO2e/kWh]."""
    quote: int
    first_energy: int
    energy: int
    allocated: tuple[int, ...]
    """Owen value of each hour; negative where the unit displaces emissions."""
    leg: int
    """For energy; positive is received."""
    ladder: int
    """Paid into the ladder account."""

    @property
    def share(self) -> int:
        """Allocated over the day."""
        return sum(self.allocated)


@dataclass(frozen=True, kw_only=True)
class AuctionReport:
    """The auction of a market day."""

    hours: tuple[AuctionHourRow, ...]
    orders: tuple[AuctionOrderRow, ...]
    coalitions: int
    """Cleared for the allocations of an hour."""
    deposited: int
    """By units."""
    bonds: int
    """Put up for the coalition tables, and given back."""
    ladder_account: int
    """Held for the month; goes back in proportion to energy."""
    awards_roots: tuple[str, ...]
    """Roots of the hours' awards, as hexadecimal text."""
    picture_hour: int
    """The hour in which the ladder price saves most."""

    @property
    def money_total(self) -> int:
        """Sum of all legs, rents and the ladder account: zero, or the settlement is wrong."""
        legs = sum(order.leg - order.ladder for order in self.orders)
        return legs + sum(hour.rent + hour.ladder for hour in self.hours)

    @property
    def unallocated(self) -> int:
        """Emission of the first clearings less what was allocated: less than half a gram an hour [mgCO2e]."""
        return sum(hour.first_emission for hour in self.hours) - 1000 * sum(order.share for order in self.orders)
