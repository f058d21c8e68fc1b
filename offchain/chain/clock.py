"""The market's clock: block time, and nothing else. A market stage begins when every chain has reached its time."""

import time
from collections.abc import Sequence
from typing import Protocol

from offchain.chain.client import Client
from offchain.chain.endpoints import Endpoint
from offchain.chain.engines.abilities import Mining
from offchain.errors import ChainError, InputError


class Clock(Protocol):
    """What moves a market through its day."""

    def now(self) -> int:
        """The time that every chain has reached [s, unix]."""

    def reach(self, moment: int) -> None:
        """Return when the latest block of every chain has time `moment` [s, unix] or later."""


class SimulatedClock:
    """Sets the time of local chains: after `reach` the latest block of each has exactly that time.

    Raises:
        InputError: the blocks of a chain are not ours to make.
    """

    def __init__(self, clients: Sequence[Client]) -> None:
        self._clients = clients
        self._mining = [_mining_of(client.endpoint) for client in clients]

    def now(self) -> int:
        """The time that every chain has reached [s, unix]."""
        return min(client.block().time for client in self._clients)

    def reach(self, moment: int) -> None:
        """Mine a block with time `moment` [s, unix] on every chain that is not there yet.

        Raises:
            InputError: a chain is past that moment; then no chain is moved.
        """
        times = [client.block().time for client in self._clients]
        for client, reached in zip(self._clients, times, strict=True):
            if reached > moment:
                raise InputError(f"{client.endpoint} is at {reached}, its time cannot go back to {moment}")
        for client, mining, reached in zip(self._clients, self._mining, times, strict=True):
            if reached < moment:
                mining.mine_at(client.connection, moment)


class ChainClock:
    """Waits for real chains, `patience` seconds of real time at the longest."""

    def __init__(self, clients: Sequence[Client], *, patience: float, pause: float = 1.0) -> None:
        self._clients = clients
        self._patience = patience
        self._pause = pause

    def now(self) -> int:
        """The time that every chain has reached [s, unix]."""
        return min(client.block().time for client in self._clients)

    def reach(self, moment: int) -> None:
        """Wait until the latest block of every chain has time `moment` [s, unix] or later.

        Raises:
            ChainError: a chain has not reached it when patience ends.
        """
        end = time.monotonic() + self._patience
        for client in self._clients:
            while (reached := client.block().time) < moment:
                left = end - time.monotonic()
                if left <= 0:
                    raise ChainError(
                        f"{client.endpoint} is at {reached} after {self._patience:g} s of waiting for {moment}"
                    )
                time.sleep(min(self._pause, left))


def _mining_of(endpoint: Endpoint) -> Mining:
    if endpoint.abilities.mining is None:
        raise InputError(f"{endpoint} makes its blocks itself; its time cannot be set")
    return endpoint.abilities.mining
