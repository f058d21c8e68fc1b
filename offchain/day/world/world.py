"""What a trading day should come to on all chains, worked out before and apart from them."""

from dataclasses import dataclass

from offchain.day.auction.plan import AuctionPlan
from offchain.day.world.plan import DayPlan


@dataclass(frozen=True, kw_only=True)
class World:
    """The plan that the chains are compared with."""

    regions: tuple[DayPlan, ...]
    auction: AuctionPlan
    """Of the main chain."""
