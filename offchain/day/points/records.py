"""What a report shows of power points."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PointTotals:
    """Power points of the region [point-wei]."""

    deposited: int
    withdrawn: int
    supply: int
    margins: int
    """Held by the market."""
    bonds: int
    """Held as bonds of devices."""
    rewards: int
    """Credit that the reward pool owes."""
