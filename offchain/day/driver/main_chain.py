"""The main chain on a trading day. What it plans is its auction; every other step of it answers to the regions."""

from offchain.chain.client import Client
from offchain.day.auction.plan import AuctionPlan
from offchain.day.driver.chain_day import ChainDay
from offchain.day.driver.journal import Journal, Progress
from offchain.market_time import SECONDS_PER_HOUR
from offchain.merkle import keccak256


class MainDay(ChainDay):
    """The main chain on one trading day."""

    def __init__(self, plan: AuctionPlan, client: Client, *, progress: Progress) -> None:
        super().__init__(Journal(client, progress))
        self.plan = plan

    @property
    def day_starts(self) -> int:
        """Local midnight of the day of delivery [s]."""
        return self.plan.hours[0].hour * SECONDS_PER_HOUR

    def reference(self, what: str) -> bytes:
        """A document's hash, different for every day and text."""
        return keccak256(f"auction of {self.day_starts}: {what}".encode())
