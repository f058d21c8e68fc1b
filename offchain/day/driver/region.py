"""A region's chain on a trading day.

Members and meters sign with their own keys; what anybody may bring is brought by `courier`, who has no role.
"""

from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.day.driver.chain_day import ChainDay
from offchain.day.driver.journal import Journal, Progress
from offchain.day.world.keys import member_key
from offchain.day.world.plan import DayPlan
from offchain.market_time import SECONDS_PER_HOUR
from offchain.merkle import keccak256


class RegionDay(ChainDay):
    """One region's chain on one trading day."""

    def __init__(self, plan: DayPlan, client: Client, *, progress: Progress) -> None:
        super().__init__(Journal(client, progress))
        self.plan = plan

    def member(self, member: int) -> Key:
        """A member's key."""
        return member_key(self.plan.region.name, member)

    def reference(self, what: str) -> bytes:
        """A document's hash, different for every region, date and text."""
        return keccak256(f"{self.plan.region.name}, {self.plan.date}: {what}".encode())

    @property
    def day_starts(self) -> int:
        """Local midnight of the day of delivery [s]."""
        return self.plan.hours.start * SECONDS_PER_HOUR
