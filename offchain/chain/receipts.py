"""Receipts of transactions, awaited with a deadline."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offchain.chain.connection import Connection
from offchain.errors import ChainError

FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.5  # [s] between two looks


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction."""

    label: str
    """`Contract.function`."""
    transaction: str
    """The transaction's hash."""
    block: int
    succeeded: bool
    gas_used: int  # [gas]
    fee: int  # [wei]
    contract_address: str | None
    """The contract that it created."""
    logs: tuple[Mapping[str, Any], ...]


def await_receipts(
    connection: Connection,
    hashes: Sequence[str],
    *,
    labels: Sequence[str],
    deadline: float,
    mine: Callable[[], object] | None = None,
) -> list[Receipt]:
    """The receipts of `hashes` in their order; `mine` makes a block on chains that wait for one.

    Raises:
        ChainError: a receipt is not there after `deadline` seconds of real time, or the chain does not answer.
    """
    found: dict[str, dict[str, Any]] = {}
    end = time.monotonic() + deadline
    pause = FIRST_PAUSE
    while missing := [value for value in hashes if value not in found]:
        if mine:
            mine()
        before = len(found)
        answers = connection.batch(("eth_getTransactionReceipt", [value]) for value in missing)
        for value, answer in zip(missing, answers, strict=True):
            if answer is not None:
                found[value] = answer
        if len(found) > before:
            pause = FIRST_PAUSE
        elif time.monotonic() > end:
            first = missing[0]
            raise ChainError(
                f"{connection.endpoint} has no receipt of {labels[hashes.index(first)]} ({first}) after {deadline:g} s"
            )
        else:
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
    return [_receipt(found[value], label=label) for value, label in zip(hashes, labels, strict=True)]


def _receipt(answer: Mapping[str, Any], *, label: str) -> Receipt:
    gas_used = int(answer["gasUsed"], 16)
    return Receipt(
        label=label,
        transaction=answer["transactionHash"],
        block=int(answer["blockNumber"], 16),
        succeeded=int(answer["status"], 16) == 1,
        gas_used=gas_used,
        fee=gas_used * int(answer["effectiveGasPrice"], 16),
        contract_address=answer.get("contractAddress"),
        logs=tuple(answer["logs"]),
    )
