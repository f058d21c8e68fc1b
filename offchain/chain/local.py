"""Local chains: one anvil process each, started, watched and stopped; none outlives us."""

import fcntl
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from os import getpid
from pathlib import Path

from offchain.chain.connection import Connection
from offchain.chain.endpoints import Endpoint
from offchain.errors import ChainError, InputError
from offchain.files import PROJECT

PORT_OPTION = "--first-port"
FOLDER_OPTION = "--chains-folder"
MAIN = "main"
MAIN_CHAIN_ID = 31000  # the regional chains take the next ones
FIRST_PORT = 8600
FIRST_FREE_PORT, LAST_PORT = 1024, 65535
BLOCK_GAS_LIMIT = 60_000_000
STATES_KEPT = 128  # blocks whose state can be read; each costs anvil about 100 bytes of memory for every slot in use
READY_DEADLINE = 20.0  # [s]
STOP_DEADLINE = 5.0  # [s]
RICH = 10**24  # [wei] what `fund` gives


@dataclass(frozen=True)
class ChainPlan:
    """What a local chain is to be; port 0 is any free one."""

    name: str
    chain_id: int
    port: int


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


def local_endpoints(chains: Sequence[ChainPlan]) -> tuple[Endpoint, ...]:
    """Where the chains of these plans answer when somebody else runs them."""
    return tuple(_endpoint(chain, chain.port, log=None) for chain in chains)


@contextmanager
def local_chains(
    chains: Sequence[ChainPlan], *, genesis_time: int, folder: Path, base_fee: int = 0
) -> Iterator[tuple[Endpoint, ...]]:
    """Run `chains` from `genesis_time` [s, unix] on until the context ends, however it ends.

    Every chain starts empty and has its log in `folder/<name>/`. Each block is one second after the one before, so
    the same transactions give the same blocks everywhere. Enter the context in the main thread: the chains end
    with the thread that started them.

    Raises:
        InputError: a port or a folder is in use, or anvil is not installed.
        ChainError: a chain does not start.
    """
    for chain in chains:
        _check_port(chain)
    with ExitStack() as stack:
        yield tuple(
            stack.enter_context(
                _running(chain, genesis_time=genesis_time, folder=folder / chain.name, base_fee=base_fee)
            )
            for chain in chains
        )


def fund(endpoint: Endpoint, addresses: Sequence[str]) -> None:
    """Give accounts on a local chain enough of its coin to pay for any number of transactions."""
    Connection(endpoint).batch(("anvil_setBalance", [address, hex(RICH)]) for address in addresses)


@contextmanager
def _running(chain: ChainPlan, *, genesis_time: int, folder: Path, base_fee: int) -> Iterator[Endpoint]:
    """One chain, from an empty folder to its end."""
    program = anvil()
    with _folder(folder):
        log, states = folder / "anvil.log", folder / "states"
        options = _options(chain, genesis_time=genesis_time, base_fee=base_fee, states=states)
        shutil.rmtree(states, ignore_errors=True)
        with log.open("w") as output:
            process = subprocess.Popen(
                [*_ending_with_us(), program, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we stop the chain when we are done with it
            )
        try:
            endpoint = _endpoint(chain, _await_port(chain, process, log), log=log)
            connection = Connection(endpoint)
            connection.check_chain_id()
            connection.request("anvil_setBlockTimestampInterval", 1)
            yield endpoint
        finally:
            _stop(process)
            shutil.rmtree(states, ignore_errors=True)


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Hold a chain's folder; the lock ends with us, however we end.

    Raises:
        InputError: another run holds it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise InputError(f"folder {folder} cannot be used: {error}; choose another with {FOLDER_OPTION}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"folder {folder} is in use by another run; choose another with {FOLDER_OPTION}"
            raise InputError(message) from error
        yield


def anvil() -> str:
    """The anvil program itself; its node wrapper would leave it behind when killed.

    Raises:
        InputError: it is not installed.
    """
    candidates = [Path(sys.prefix) / "bin" / "anvil", *PROJECT.glob("node_modules/@foundry-rs/anvil-*/bin/anvil")]
    for candidate in candidates:
        if candidate.is_file():
            return str(candidate)
    raise InputError("anvil is not installed; `make setup` installs it")


def _endpoint(chain: ChainPlan, port: int, *, log: Path | None) -> Endpoint:
    return Endpoint(chain.name, f"http://127.0.0.1:{port}", chain.chain_id, simulated=True, log=log)


def _options(chain: ChainPlan, *, genesis_time: int, base_fee: int, states: Path) -> list[str]:
    values = {
        "host": "127.0.0.1",
        "port": chain.port,
        "chain-id": chain.chain_id,
        "timestamp": genesis_time,
        "hardfork": "prague",
        "gas-limit": BLOCK_GAS_LIMIT,
        "base-fee": base_fee,
        "gas-price": base_fee,
        "order": "fifo",
        "accounts": 1,
        "prune-history": STATES_KEPT,
        "cache-path": states,
    }
    return [word for name, value in values.items() for word in (f"--{name}", str(value))]


def _ending_with_us() -> list[str]:
    """What to start a program through so that the kernel ends it when we die, even by kill -9 (Linux only).

    setpriv asks the kernel; the shell then makes sure that we did not die before it had asked.
    """
    if not shutil.which("setpriv"):
        return []
    return ["setpriv", "--pdeathsig", "KILL", "--", "sh", "-c", f'[ "$PPID" = {getpid()} ] && exec "$@"', "sh"]


def _check_port(chain: ChainPlan) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", chain.port))
        except OSError as error:
            raise _port_in_use(chain) from error


def _port_in_use(chain: ChainPlan) -> InputError:
    return InputError(f"port {chain.port} for chain {chain.name} is in use; choose others with {PORT_OPTION}")


def _await_port(chain: ChainPlan, process: subprocess.Popen[bytes], log: Path) -> int:
    """The port that our own process says it listens on: nobody else's chain can answer for it."""
    end = time.monotonic() + READY_DEADLINE
    while time.monotonic() < end:
        text = log.read_text(errors="replace")
        if listening := re.search(r"Listening on \S+:(\d+)", text):
            return int(listening[1])
        if process.poll() is not None:
            if "already in use" in text:
                raise _port_in_use(chain)
            raise ChainError(f"chain {chain.name} ended with status {process.returncode} on start; its log is {log}")
        time.sleep(0.01)
    raise ChainError(f"chain {chain.name} is not ready after {READY_DEADLINE:g} s; its log is {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
