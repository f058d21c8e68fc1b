"""What a report shows of rewards. Money in point-wei."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RewardTotals:
    """Rewards of the day for clean energy sold, bought and used."""

    agreements: int
    """Bundled ones whose certificates went to the buyers."""
    delivered: int
    """Certified energy under them [Wh]."""
    earned: int
    """By the rates, before scaling."""
    factor: int
    """That all were scaled by, because the pool had less [wad]."""
    members: int
    """Who have claimed theirs."""
    claimed: int
