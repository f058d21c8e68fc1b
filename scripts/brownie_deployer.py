"""Brownie as the sender of a deployment's transactions."""

from typing import Any
from urllib.parse import urlsplit

from brownie import network, project, web3
from brownie._config import CONFIG

from deployment.deployer import Created
from offchain.chain.abi import Abi, Call, Value
from offchain.chain.client import Client
from offchain.chain.endpoints import Endpoint
from offchain.chain.engines.abilities import NO_ABILITIES
from offchain.chain.engines.table import ENGINES
from offchain.chain.reverts import error_book
from offchain.errors import InputError

LOCAL_HOSTS = ("127.0.0.1", "localhost")


class BrownieDeployer:
    """Deploys with one of Brownie's accounts on the network that Brownie is connected to."""

    def __init__(self, account: Any) -> None:
        self._account = account
        self.client = brownie_client()

    @property
    def address(self) -> str:
        """The account."""
        return str(self._account.address)

    def abi(self, name: str) -> Abi:
        """The interface of the project's contract of that name."""
        return brownie_abi(name)

    def create(self, name: str, *arguments: Value) -> Created:
        """Create a contract of the project; Brownie raises what goes wrong."""
        contract = _project()[name].deploy(*arguments, {"from": self._account})
        return Created(address=contract.address, block=contract.tx.block_number)

    def send(self, *calls: Call) -> None:
        """Send one after the other; Brownie raises what goes wrong."""
        for call in calls:
            self._account.transfer(call.to, 0, data=f"0x{call.data.hex()}")


def brownie_client() -> Client:
    """A client of the network that Brownie is connected to.

    Raises:
        InputError: it is not reached over HTTP.
    """
    url = str(getattr(web3.provider, "endpoint_uri", ""))
    if urlsplit(url).scheme not in {"http", "https"}:
        raise InputError(f"network {network.show_active()} is reached by {url or 'no address'}; only HTTP is allowed")
    engine = ENGINES.get(str(CONFIG.active_network.get("cmd")))
    endpoint = Endpoint(
        network.show_active(),
        url,
        web3.eth.chain_id,
        abilities=engine.abilities if engine else NO_ABILITIES,
        local=urlsplit(url).hostname in LOCAL_HOSTS,
    )
    return Client(endpoint, errors=error_book(container.abi for container in _project()))


def brownie_abi(name: str) -> Abi:
    """The interface of the project's contract of that name."""
    abi: Abi = _project()[name].abi
    return abi


def _project() -> Any:
    (loaded,) = project.get_loaded_projects()
    return loaded
