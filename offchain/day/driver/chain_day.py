"""A chain on a trading day: who acts on it, what was sent, what it answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from offchain.chain.abi import Contract
from offchain.chain.events import Event
from offchain.chain.keys import Key, local_key
from offchain.chain.receipts import Receipt
from offchain.chain.sender import Transaction
from offchain.chain.typed_data import Domain, domain_of
from offchain.day.driver.journal import Journal, chunks
from offchain.points.papers import DEPOSIT_STATEMENT

DEPOSIT_BATCH = 100

Own = tuple[Key, str, str, tuple[Any, ...], int | None]
"""Key, contract, function, arguments, gas."""
Sent = tuple[str, str, tuple[Any, ...], int]
"""Contract, function, arguments, and how many items the transaction carries."""


class ChainDay:
    """One chain on one trading day. What anybody may bring is brought by `courier`, who has no role."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.client = journal.client
        self.courier = local_key("courier")

    def contract(self, name: str) -> Contract:
        """A contract of the chain."""
        return self.client.contract(name)

    def domain(self, name: str) -> Domain:
        """The EIP-712 domain of a contract."""
        return domain_of(self.client, self.contract(name))

    def role(self, name: str) -> Key:
        """The key of a role's holder."""
        return local_key(name)

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

    def mint(self, deposits: Sequence[Mapping[str, Any]], *, deadline: int) -> None:
        """The bank mints against deposits that its second person has confirmed until `deadline` [s]."""
        domain, bank, second = self.domain("PowerPoint"), self.role("bank"), self.role("bank cosigner")
        calls: list[Sent] = []
        for batch in chunks(deposits, DEPOSIT_BATCH):
            statement = struct(deposits=batch, deadline=deadline)
            signature = domain.sign(second, DEPOSIT_STATEMENT, statement)
            calls.append(("PowerPoint", "mint", (statement, (second.address, signature)), len(batch)))
        self.send(calls, bank)

    def state_escrow(self, balance: int, document: bytes) -> None:
        """The bank states what the escrow account held at the end of the day before [point-wei]."""
        self.send([("PowerPoint", "stateEscrow", (balance, document), 1)], self.role("bank"))


def struct(**fields: Any) -> Mapping[str, Any]:
    """A contract's struct by the names of its fields."""
    return fields
