"""All chains of a trading day."""

from dataclasses import dataclass

from offchain.chain.client import Client
from offchain.day.driver.main_chain import MainDay
from offchain.day.driver.region import RegionDay
from offchain.day.world.world import World


@dataclass(frozen=True, kw_only=True)
class TradingDay:
    """The chains on one trading day; steps act on them."""

    regions: tuple[RegionDay, ...]
    main: MainDay

    @property
    def world(self) -> World:
        """What the day should come to."""
        return World(regions=tuple(region.plan for region in self.regions), auction=self.main.plan)

    @property
    def clients(self) -> tuple[Client, ...]:
        """Of every chain, the main chain's first."""
        return (self.main.client, *(region.client for region in self.regions))
