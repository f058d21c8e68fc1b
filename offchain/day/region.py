"""A region's chain on a trading day: who acts on it, what was sent, what it answered.

The stages of the day are functions over a `RegionDay`, in modules by subject: `entry`, `trade`, `metering`,
`certification`, `emissions`. Members and meters sign with their own keys; what anybody may bring is brought by
`courier`, who has no role.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from offchain.chain.abi import Contract
from offchain.chain.client import Client
from offchain.chain.events import Event
from offchain.chain.keys import Key, local_key
from offchain.chain.receipts import Receipt
from offchain.chain.sender import Transaction
from offchain.day.journal import Journal, Progress
from offchain.day.plan import DayPlan
from offchain.day.signing import Domain, domain_of, member_key
from offchain.market_time import SECONDS_PER_HOUR
from offchain.merkle import keccak256

Own = tuple[Key, str, str, tuple[Any, ...], int | None]
"""Key, contract, function, arguments, gas."""
Sent = tuple[str, str, tuple[Any, ...], int]
"""Contract, function, arguments, and how many items the transaction carries."""


class RegionDay:
    """One region's chain on one trading day."""

    def __init__(self, plan: DayPlan, client: Client, *, progress: Progress) -> None:
        self.plan = plan
        self.client = client
        self.journal = Journal(client, progress)
        self.courier = local_key("courier")
        self.ids: dict[int, int] = {}
        """Agreement of the plan -> its id on chain, the digest that both parties signed."""

    def contract(self, name: str) -> Contract:
        """A contract of the region."""
        return self.client.contract(name)

    def domain(self, name: str) -> Domain:
        """The EIP-712 domain of a contract."""
        return domain_of(self.client, self.contract(name))

    def member(self, member: int) -> Key:
        """A member's key."""
        return member_key(self.plan.region.name, member)

    def role(self, name: str) -> Key:
        """The key of a role's holder."""
        return local_key(name)

    def reference(self, what: str) -> bytes:
        """A document's hash, different for every region, date and text."""
        return keccak256(f"{self.plan.region.name}, {self.plan.date}: {what}".encode())

    def send(self, calls: Sequence[Sent], key: Key) -> list[Receipt]:
        """Send transactions by one key, in their order."""
        return self.journal.send(
            [
                (Transaction(self.contract(name)(function, *arguments), key), items)
                for name, function, arguments, items in calls
            ]
        )

    def send_each(self, calls: Sequence[Own]) -> list[Receipt]:
        """Send (key, contract, function, arguments, gas), one item each.

        Gas is estimated where it is None; it must be given where a call stands on one that is sent with it.
        """
        return self.journal.send(
            [
                (Transaction(self.contract(name)(function, *arguments), key, gas=gas), 1)
                for key, name, function, arguments, gas in calls
            ]
        )

    def events(self, receipts: Sequence[Receipt], name: str) -> list[Event]:
        """The events of a name in some receipts, in their order."""
        found = [event for receipt in receipts for event in self.client.receipt_events(receipt)]
        return [event for event in found if event.name == name]

    @property
    def day_starts(self) -> int:
        """Local midnight of the day of delivery [s]."""
        return self.plan.hours.start * SECONDS_PER_HOUR


def struct(**fields: Any) -> Mapping[str, Any]:
    """A contract's struct by the names of its fields."""
    return fields
