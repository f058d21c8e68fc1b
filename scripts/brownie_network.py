"""How Brownie waits for transactions."""

import time
from collections.abc import Callable
from typing import Any

from brownie import web3
from web3.exceptions import TransactionNotFound

MINING_DEADLINE = 60  # [s]


def wait_until_mined() -> None:
    """Let sending return when the transaction has its receipt.

    Anvil answers before it mines, and shows the sender's new nonce before the transaction. Brownie 1.22 takes that
    moment for a dropped transaction, and sleeps a second where it is not reached yet. Accounts whose keys Brownie has
    send signed transactions, those of the chain unsigned ones.
    """
    eth = web3.eth
    if eth.send_transaction.__name__ != _WAITING:
        eth.send_raw_transaction = _waiting(eth.send_raw_transaction)
        eth.send_transaction = _waiting(eth.send_transaction)


_WAITING = "send_and_wait"


def _waiting(send: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def send_and_wait(transaction: Any) -> Any:
        identifier = send(transaction)
        deadline = time.monotonic() + MINING_DEADLINE
        while time.monotonic() < deadline:
            try:
                web3.eth.get_transaction_receipt(identifier)
            except TransactionNotFound:
                time.sleep(0.002)
            else:
                return identifier
        raise TimeoutError(f"transaction {identifier.hex()} was not mined in {MINING_DEADLINE} s")

    return send_and_wait
