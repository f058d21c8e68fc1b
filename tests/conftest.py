"""Brownie starts its chain only for tests that use one, on a port that nobody else has."""

import itertools
import os
import socket
from contextlib import ExitStack
from typing import Any

import brownie
import pytest
from brownie._config import CONFIG
from hypothesis import HealthCheck, settings

from offchain.chain.engines import anvil as engine
from offchain.chain.sender import TRANSACTION_GAS_LIMIT
from scripts.brownie_network import wait_until_mined
from tests.support import lanes, short_ways
from tests.support.durations import WANTED, Durations, LongestFirst, Stopwatch
from tests.support.long_runs import PROFILE

FIRST_PORT, LAST_PORT = 10_000, 32_000  # below the range from which systems hand out ports
_starts = itertools.count(os.getpid() % 700 * 30, 30)


@pytest.fixture(scope="session")
def anvil() -> str:
    """The program that runs chains: whatever starts one asks for it, which puts its tests into their lane."""
    return engine.program()


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


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """What is slow beside other work is no fault: hypothesis judges no times."""
    unhurried = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("gridleaf", settings(), derandomize=PROFILE == "push", **unhurried)
    settings.load_profile("gridleaf")
    for lane, need in lanes.LANES.items():
        config.addinivalue_line("markers", f"{lane}: {need}")
    if os.environ.get(WANTED):
        config.pluginmanager.register(Stopwatch())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in its lane, the longest first."""
    for item in items:
        lanes.mark(item)
    held = {item.nodeid: item for item in items}
    items[:] = [held[node] for node in Durations.read().longest_first(held)]


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LongestFirst:
    """Before Brownie's own, which keeps every file together, however long."""
    return LongestFirst(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> bool | None:
    """Any true answer tells Brownie, whose hook comes last, to start no chain."""
    if not any(lanes.lane_of(item) == "contracts" for item in session.items):
        return True
    name = CONFIG.argv["network"]
    if CONFIG.argv["coverage"]:
        CONFIG.networks[name]["cmd_settings"]["steps_tracing"] = True  # without it every report is empty
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        CONFIG.networks[name]["cmd_settings"]["port"] = probe.getsockname()[1]
    brownie.network.connect(name)
    if CONFIG.argv["coverage"]:
        CONFIG.active_network["settings"]["gas_limit"] = TRANSACTION_GAS_LIMIT
        wait_until_mined()
    else:
        short_ways.shorten()
    return None
