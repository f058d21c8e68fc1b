"""Brownie on chains that somebody else started."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

from brownie import network
from brownie import project as brownie_project
from brownie._config import CONFIG

from offchain.regions import PROJECT


@contextmanager
def project() -> Iterator[Any]:
    """Gridleaf's contracts, compiled; the one that `brownie run` has loaded already, if so."""
    loaded = brownie_project.get_loaded_projects()
    if loaded:
        yield loaded[0]
        return
    opened = brownie_project.load(PROJECT, name="GridleafProject", raise_if_loaded=False)
    try:
        yield opened
    finally:
        opened.close(raises=False)


@contextmanager
def connected(url: str, *, name: str) -> Iterator[None]:
    """Connect Brownie to a running local chain and disconnect without stopping it."""
    parts = urlsplit(url)
    before = CONFIG.active_network["id"] if network.is_connected() else None
    if before:
        network.disconnect(kill_rpc=False)
    identifier = f"gridleaf-{name}"
    CONFIG.networks[identifier] = {
        "name": name,
        "id": identifier,
        "cmd": "anvil",
        "host": f"{parts.scheme}://{parts.hostname}",
        "cmd_settings": {"port": parts.port},
    }
    network.connect(identifier, launch_rpc=False)
    try:
        with redirect_stdout(StringIO()):  # Brownie's own setting for silence does not reach deployments
            yield
    finally:
        network.disconnect(kill_rpc=False)
        del CONFIG.networks[identifier]
        if before:
            network.connect(before)
