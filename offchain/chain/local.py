"""Local chains: the main chain and those of the regions, started, watched and stopped; none outlives us."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from offchain.chain.connection import Connection
from offchain.chain.endpoints import Endpoint
from offchain.chain.engines.port import ChainPlan, Engine, Start, endpoint_of
from offchain.chain.engines.process import PORT_OPTION, port_in_use
from offchain.chain.engines.table import DEFAULT_ENGINE
from offchain.errors import InputError

MAIN = "main"
MAIN_CHAIN_ID = 31000  # the regional chains take the next ones
FIRST_PORT = 8600
FIRST_FREE_PORT, LAST_PORT = 1024, 65535


def plans(regions: Sequence[str], *, first_port: int = FIRST_PORT) -> tuple[ChainPlan, ...]:
    """The main chain and one chain per region, with consecutive chain ids and ports.

    Raises:
        InputError: there are no such ports.
    """
    names = (MAIN, *regions)
    highest = LAST_PORT - len(names) + 1
    if not FIRST_FREE_PORT <= first_port <= highest:
        raise InputError(f"port {first_port} is not allowed: {PORT_OPTION} is {FIRST_FREE_PORT} to {highest}")
    return tuple(
        ChainPlan(name, chain_id=MAIN_CHAIN_ID + position, port=first_port + position)
        for position, name in enumerate(names)
    )


def local_endpoints(chains: Sequence[ChainPlan], *, engine: Engine = DEFAULT_ENGINE) -> tuple[Endpoint, ...]:
    """Where the chains of these plans answer when somebody else runs them."""
    return tuple(endpoint_of(chain, abilities=engine.abilities) for chain in chains)


@contextmanager
def local_chains(
    chains: Sequence[ChainPlan],
    *,
    genesis_time: int,
    folder: Path,
    base_fee: int = 0,
    engine: Engine = DEFAULT_ENGINE,
) -> Iterator[tuple[Endpoint, ...]]:
    """Run `chains` from `genesis_time` [s, unix] on until the context ends, however it ends.

    Every chain starts empty and has its log in `folder/<name>/`. Each block is one second after the one before, so
    the same transactions give the same blocks everywhere. Enter the context in the main thread: the chains end
    with the thread that started them.

    Raises:
        InputError: a port or a folder is in use, or the engine is not installed.
        ChainError: a chain does not start.
    """
    check_ports(chains)
    starts = [
        Start(plan=chain, genesis_time=genesis_time, base_fee=base_fee, folder=folder / chain.name) for chain in chains
    ]
    with ExitStack() as stack:
        yield tuple(stack.enter_context(engine.run(start)) for start in starts)


def fund(endpoint: Endpoint, addresses: Sequence[str]) -> None:
    """Give accounts on a local chain enough of its coin to pay for any number of transactions.

    Raises:
        InputError: the chain gives nothing away.
        ChainError: it does not answer.
    """
    if endpoint.abilities.fund is None:
        raise InputError(f"{endpoint} gives no coins away")
    endpoint.abilities.fund(Connection(endpoint), addresses)


def check_ports(chains: Sequence[ChainPlan]) -> None:
    """Look whether the chains could listen, for who has much to do before it starts them.

    Raises:
        InputError: a port is in use.
    """
    for chain in chains:
        _check_port(chain)


def _check_port(chain: ChainPlan) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", chain.port))
        except OSError as error:
            raise port_in_use(chain) from error
