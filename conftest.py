"""Every test run starts its own anvil: on a free port, so that nothing else on the machine can be in its way."""

import socket

import pytest
from brownie._config import CONFIG


def pytest_configure(config: pytest.Config) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        CONFIG.networks["anvil"]["cmd_settings"]["port"] = probe.getsockname()[1]
