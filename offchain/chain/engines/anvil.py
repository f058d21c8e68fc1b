"""anvil: a chain in one process, whose blocks, time and accounts are all ours."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from offchain.chain.connection import Connection
from offchain.chain.endpoints import Endpoint
from offchain.chain.engines.abilities import Abilities, Mining, Requests, Saving
from offchain.chain.engines.port import Engine, Start, endpoint_of
from offchain.chain.engines.process import held_folder, running
from offchain.errors import InputError
from offchain.files import PROJECT

BLOCK_GAS_LIMIT = 60_000_000
STATES_KEPT = 128  # blocks whose state can be read; each costs anvil about 100 bytes of memory for every slot in use
LISTENING = r"Listening on \S+:(\d+)"
RICH = 10**24  # [wei] what `fund` gives


def program() -> str:
    """The anvil program itself; its node wrapper would leave it behind when killed.

    Raises:
        InputError: it is not installed.
    """
    candidates = [Path(sys.prefix) / "bin" / "anvil", *PROJECT.glob("node_modules/@foundry-rs/anvil-*/bin/anvil")]
    for candidate in candidates:
        if candidate.is_file():
            return str(candidate)
    raise InputError("anvil is not installed; `make setup` installs it")


@contextmanager
def _run(start: Start) -> Iterator[Endpoint]:
    """One chain, from an empty folder to its end."""
    anvil = program()
    with held_folder(start.folder):
        log, states = start.folder / "anvil.log", start.folder / "states"
        shutil.rmtree(states, ignore_errors=True)
        try:
            with running([anvil, *_options(start, states)], start.plan, log=log, listening=LISTENING) as port:
                endpoint = endpoint_of(start.plan, abilities=ABILITIES, port=port, log=log)
                connection = Connection(endpoint)
                connection.check_chain_id()
                connection.request("anvil_setBlockTimestampInterval", 1)
                yield endpoint
        finally:
            shutil.rmtree(states, ignore_errors=True)


def _options(start: Start, states: Path) -> list[str]:
    values = {
        "host": "127.0.0.1",
        "port": start.plan.port,
        "chain-id": start.plan.chain_id,
        "timestamp": start.genesis_time,
        "hardfork": "prague",
        "gas-limit": BLOCK_GAS_LIMIT,
        "base-fee": start.base_fee,
        "gas-price": start.base_fee,
        "order": "fifo",
        "accounts": 1,
        "prune-history": STATES_KEPT,
        "cache-path": states,
    }
    return [word for name, value in values.items() for word in (f"--{name}", str(value))]


def _fund(chain: Requests, addresses: Sequence[str]) -> None:
    chain.batch(("anvil_setBalance", [address, hex(RICH)]) for address in addresses)


def _hold(chain: Requests) -> None:
    chain.request("evm_setAutomine", False)


def _release(chain: Requests) -> None:
    chain.request("evm_setAutomine", True)


def _mine(chain: Requests) -> None:
    chain.request("evm_mine")


def _mine_at(chain: Requests, moment: int) -> None:
    chain.request("evm_setNextBlockTimestamp", moment)
    chain.request("evm_mine")


def _save(chain: Requests) -> str:
    return str(chain.request("evm_snapshot"))


def _restore(chain: Requests, state: str) -> None:
    chain.request("evm_revert", state)


def _reorganise(chain: Requests, depth: int) -> None:
    chain.request("anvil_reorg", depth, [])


def _roll_back(chain: Requests, depth: int) -> None:
    chain.request("anvil_rollback", depth)


ABILITIES = Abilities(
    fund=_fund,
    mining=Mining(hold=_hold, release=_release, mine=_mine, mine_at=_mine_at),
    saving=Saving(save=_save, restore=_restore),
    reorganise=_reorganise,
    roll_back=_roll_back,
    ordered_batches=False,
)
ANVIL = Engine(name="anvil", run=_run, abilities=ABILITIES)
