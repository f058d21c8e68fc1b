"""Brownie on chains that somebody else started."""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from threading import Event, Thread, main_thread
from typing import Any
from urllib.parse import urlsplit

from brownie import network, web3
from brownie import project as brownie_project
from brownie._config import CONFIG
from requests.exceptions import RequestException
from web3.exceptions import TransactionNotFound

from offchain.chain.endpoints import Endpoint
from offchain.errors import ChainError
from offchain.files import PROJECT

MINING_DEADLINE = 60  # [s]
WATCH_INTERVAL = 1  # [s]


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
def connected(endpoint: Endpoint) -> Iterator[None]:
    """Connect Brownie to a running local chain and disconnect without stopping it.

    Raises:
        ChainError: the chain ended meanwhile.
    """
    parts = urlsplit(endpoint.url)
    before = CONFIG.active_network["id"] if network.is_connected() else None
    if before:
        network.disconnect(kill_rpc=False)
    identifier = f"gridleaf-{endpoint.name}"
    CONFIG.networks[identifier] = {
        "name": endpoint.name,
        "id": identifier,
        "cmd": "anvil",
        "host": f"{parts.scheme}://{parts.hostname}",
        "cmd_settings": {"port": parts.port},
    }
    ended = Event()
    try:
        network.connect(identifier, launch_rpc=False)
        wait_until_mined()
        # Brownie's own setting for silence does not reach deployments.
        with _watched(endpoint, ended=ended), redirect_stdout(StringIO()):
            yield
    except (RequestException, ConnectionError, KeyboardInterrupt) as error:
        if isinstance(error, KeyboardInterrupt) and not ended.is_set():
            raise
        raise ChainError(f"{endpoint} ended while contracts were deployed; its log is {endpoint.log}") from error
    finally:
        if network.is_connected():
            network.disconnect(kill_rpc=False)
        del CONFIG.networks[identifier]
        if before:
            network.connect(before)


@contextmanager
def _watched(endpoint: Endpoint, *, ended: Event) -> Iterator[None]:
    """Interrupt the main thread when the chain is gone: Brownie would wait for its receipts for ever."""
    done = Event()

    def watch() -> None:
        while not done.wait(WATCH_INTERVAL):
            if not _is_listening(endpoint) and not _is_listening(endpoint):
                ended.set()
                signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)
                return

    watcher = Thread(target=watch, name=f"watch {endpoint.name}", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _is_listening(endpoint: Endpoint) -> bool:
    parts = urlsplit(endpoint.url)
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=MINING_DEADLINE):
            return True
    except OSError:
        return False


def wait_until_mined() -> None:
    """Let sending return when the transaction has its receipt.

    Anvil answers before it mines, and shows the sender's new nonce before the transaction. Brownie 1.22 takes that
    moment for a dropped transaction, and sleeps a second where it is not reached yet. Accounts whose keys Brownie has
    send signed transactions, those of the chain unsigned ones.
    """
    eth = web3.eth
    if eth.send_transaction.__name__ != _WAITING:
        eth.send_raw_transaction = _waiting(eth.send_raw_transaction)
        eth.send_transaction = _waiting(eth.send_transaction)


_WAITING = "send_and_wait"


def _waiting(send: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def send_and_wait(transaction: Any) -> Any:
        identifier = send(transaction)
        deadline = time.monotonic() + MINING_DEADLINE
        while time.monotonic() < deadline:
            try:
                web3.eth.get_transaction_receipt(identifier)
            except TransactionNotFound:
                time.sleep(0.002)
            else:
                return identifier
        raise TimeoutError(f"transaction {identifier.hex()} was not mined in {MINING_DEADLINE} s")

    return send_and_wait
