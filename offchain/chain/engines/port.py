"""What an engine is: a program that runs chains on this machine."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from offchain.chain.endpoints import Endpoint
from offchain.chain.engines.abilities import Abilities


@dataclass(frozen=True)
class ChainPlan:
    """What a local chain is to be; port 0 is any free one."""

    name: str
    chain_id: int
    port: int


@dataclass(frozen=True, kw_only=True)
class Start:
    """How a chain begins: empty."""

    plan: ChainPlan
    genesis_time: int
    """Of block 0 [s, unix]; each later block is one second after the one before, unless we set its time."""
    base_fee: int
    """[wei/gas]"""
    folder: Path
    """Its own: for its log, and for what it needs while it runs."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A row of `ENGINES`."""

    name: str
    run: Callable[[Start], AbstractContextManager[Endpoint]]
    """Run one chain until the context ends, however it ends.

    Raises `InputError` when the port or the folder is in use or the program is not installed, `ChainError` when the
    chain does not start.
    """
    abilities: Abilities


def endpoint_of(plan: ChainPlan, *, abilities: Abilities, port: int | None = None, log: Path | None = None) -> Endpoint:
    """Where a chain on this machine answers: at the port of its plan, or at the one that it was given."""
    url = f"http://127.0.0.1:{plan.port if port is None else port}"
    return Endpoint(plan.name, url, plan.chain_id, abilities=abilities, local=True, log=log)
