"""Sending a day's transactions in batches, with progress, and keeping what each operation cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from offchain.chain.batches import batches
from offchain.chain.client import Client
from offchain.chain.receipts import Receipt
from offchain.chain.sender import Transaction

PIPELINE = 100
"""Transactions sent before their receipts are awaited."""

Progress = Callable[[str, int, int], None]
"""Told the operation, how many items are done and how many there are."""


@dataclass
class Cost:
    """What an operation has used so far."""

    transactions: int = 0
    items: int = 0
    gas: int = 0
    largest: int = 0
    """Gas of the largest transaction."""


@dataclass
class Journal:
    """Sends to one chain and adds up the gas by operation."""

    client: Client
    progress: Progress
    costs: dict[str, Cost] = field(default_factory=dict)

    def send(self, transactions: Sequence[Transaction]) -> list[Receipt]:
        """Send transactions in their order.

        Raises:
            RevertedError: a contract refused; those before it are done.
            ChainError: the chain did not take or mine one.
        """
        receipts: list[Receipt] = []
        total, done = sum(transaction.items for transaction in transactions), 0
        for part in batches(transactions, PIPELINE):
            mined = self.client.send_many(part)
            for receipt, transaction in zip(mined, part, strict=True):
                self._book(receipt, transaction.items)
                done += transaction.items
            receipts += mined
            self.progress(receipts[-1].label, done, total)
        return receipts

    def _book(self, receipt: Receipt, items: int) -> None:
        cost = self.costs.setdefault(receipt.label, Cost())
        cost.transactions += 1
        cost.items += items
        cost.gas += receipt.gas_used
        cost.largest = max(cost.largest, receipt.gas_used)
