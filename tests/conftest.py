"""Brownie starts its chain only for tests that use one, on a port that nobody else has."""

import itertools
import os
import socket
from contextlib import ExitStack
from pathlib import Path

import brownie
import pytest
from brownie._config import CONFIG

from scripts.brownie_network import wait_until_mined

CHAIN_TESTS = ("contracts", "integration")  # folders below tests/ whose tests run on Brownie's chain
TRANSACTION_GAS_CAP = 16_777_216  # EIP-7825


FIRST_PORT, LAST_PORT = 10_000, 32_000  # below the range from which systems hand out ports
_starts = itertools.count(os.getpid() % 700 * 30, 30)


@pytest.fixture
def first_port() -> int:
    """The first of three neighbouring ports that nobody uses; every test and test process looks elsewhere."""
    for start in _starts:
        first = FIRST_PORT + start % (LAST_PORT - FIRST_PORT)
        with ExitStack() as held:
            try:
                for port in range(first, first + 3):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise AssertionError("unreachable: the count does not end")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> bool | None:
    """Any true answer tells Brownie, whose hook comes last, to start no chain."""
    here = Path(__file__).parent
    if not any(item.path.relative_to(here).parts[0] in CHAIN_TESTS for item in session.items):
        return True
    name = CONFIG.argv["network"]
    if CONFIG.argv["coverage"]:
        CONFIG.networks[name]["cmd_settings"]["steps_tracing"] = True  # without it every report is empty
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        CONFIG.networks[name]["cmd_settings"]["port"] = probe.getsockname()[1]
    brownie.network.connect(name)
    CONFIG.active_network["settings"]["gas_limit"] = TRANSACTION_GAS_CAP
    wait_until_mined()
    return None
