"""What a deployment needs from whoever sends its transactions, and the sender that needs nothing but a chain."""

from dataclasses import dataclass
from typing import Protocol

from offchain.chain.abi import Abi, Call, Value, creation
from offchain.chain.build import Build
from offchain.chain.client import Client
from offchain.chain.endpoints import Endpoint
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction
from offchain.errors import ChainError


@dataclass(frozen=True, kw_only=True)
class Created:
    """Where a contract was created."""

    address: str
    block: int


class Deployer(Protocol):
    """One account on one chain: administrator of what it deploys until it hands over."""

    @property
    def address(self) -> str:
        """The account."""

    @property
    def client(self) -> Client:
        """Reads the chain."""

    def abi(self, name: str) -> Abi:
        """The interface of a contract by its name."""

    def create(self, name: str, *arguments: Value) -> Created:
        """Create a contract and wait until it is there."""

    def send(self, *calls: Call) -> None:
        """Send calls that do not stand on one another, in their order, and wait until they are done."""


class ClientDeployer:
    """Deploys with a key what was compiled."""

    def __init__(self, endpoint: Endpoint, key: Key, *, build: Build) -> None:
        self._key = key
        self._build = build
        self.client = Client(endpoint, errors=build.errors)

    @property
    def address(self) -> str:
        """The key's account."""
        return self._key.address

    def abi(self, name: str) -> Abi:
        """The interface in the artefact of that name."""
        return self._build.artefact(name).abi

    def create(self, name: str, *arguments: Value) -> Created:
        """Create a contract.

        Raises:
            InputError: it takes other arguments, or is not compiled.
            ChainError: it refused them, or the chain did not answer.
        """
        artefact = self._build.artefact(name)
        call = creation(name, *arguments, abi=artefact.abi, bytecode=artefact.bytecode)
        receipt = self.client.send(call, self._key)
        if receipt.contract_address is None:
            raise ChainError(f"{self.client.endpoint}: {receipt.label} left no contract")
        return Created(address=receipt.contract_address, block=receipt.block)

    def send(self, *calls: Call) -> None:
        """Send all at once.

        Raises:
            ChainError: a contract refused one, or the chain did not answer.
        """
        self.client.send_many([Transaction(call, self._key) for call in calls])
