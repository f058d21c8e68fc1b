"""Brownie starts its chain only for tests that use one, on a port that nobody else has."""

import socket
import time
from pathlib import Path
from typing import Any

import brownie
import pytest
from brownie._config import CONFIG
from web3.exceptions import TransactionNotFound

CHAIN_TESTS = ("contracts", "integration")  # folders below tests/ whose tests run on Brownie's chain
TRANSACTION_GAS_CAP = 16_777_216  # EIP-7825
MINING_DEADLINE = 60  # [s]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> bool | None:
    """Any true answer tells Brownie, whose hook comes last, to start no chain."""
    here = Path(__file__).parent
    if not any(item.path.relative_to(here).parts[0] in CHAIN_TESTS for item in session.items):
        return True
    name = CONFIG.argv["network"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        CONFIG.networks[name]["cmd_settings"]["port"] = probe.getsockname()[1]
    brownie.network.connect(name)
    CONFIG.active_network["settings"]["gas_limit"] = TRANSACTION_GAS_CAP
    wait_until_mined()
    return None


def wait_until_mined() -> None:
    """Let sending return when the transaction has its receipt.

    Anvil answers before it mines, and shows the sender's new nonce before the transaction. Brownie 1.22 takes that
    moment for a dropped transaction, and sleeps a second where it is not reached yet.
    """
    eth = brownie.web3.eth
    send = eth.send_raw_transaction

    def send_and_wait(transaction: Any) -> Any:
        identifier = send(transaction)
        deadline = time.monotonic() + MINING_DEADLINE
        while time.monotonic() < deadline:
            try:
                eth.get_transaction_receipt(identifier)
            except TransactionNotFound:
                time.sleep(0.002)
            else:
                return identifier
        raise TimeoutError(f"transaction {identifier.hex()} was not mined in {MINING_DEADLINE} s")

    eth.send_raw_transaction = send_and_wait
