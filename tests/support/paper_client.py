"""A client of no chain: it knows contracts, states their domains and answers what it was told."""

from types import SimpleNamespace

from eth_utils import keccak, to_checksum_address

from offchain.chain.abi import contract_at, decode
from offchain.chain.build import Build
from offchain.chain.client import Client
from offchain.chain.endpoints import Endpoint
from offchain.chain.keys import local_key
from offchain.files import PROJECT
from tests.support.signing import digest, domain_of, signer_of

CHAIN_ID = 31_001
BUILD = Build(PROJECT / "build")


def key_of(name):
    return local_key(f"paper {name}")


def addresses_of(names):
    """An address for each contract, from its name."""
    return {name: to_checksum_address(keccak(text=name)[:20]) for name in names}


class PaperClient(Client):
    """Knows the contracts of these names; `answers` are by function or event, those of an event all its values."""

    def __init__(self, *names, **answers):
        contracts = [
            contract_at(name, address, abi=BUILD.artefact(name).abi) for name, address in addresses_of(names).items()
        ]
        super().__init__(Endpoint("paper", "http://127.0.0.1:1", CHAIN_ID), contracts=contracts)
        self.answers = answers

    def call(self, call, **_):
        name, function = call.label.split(".")
        if function == "eip712Domain":
            return SimpleNamespace(**domain_of(f"Gridleaf {name}", call.to, chain_id=CHAIN_ID))
        return self.answers[function]

    def call_many(self, calls):
        return [self.call(call) for call in calls]

    def events(self, contract, name, **_):
        return [SimpleNamespace(name=contract.event(name).name, values=values) for values in self.answers[name]]


def sent(client, transactions):
    """What transactions say: contract, function and arguments as the contract decodes them, then whose they are."""
    return [(*decoded(client, transaction.call), transaction.key.name) for transaction in transactions]


def decoded(client, call):
    """Contract, function and its arguments, by the selector and the bytes alone."""
    (contract,) = (contract for contract in client.contracts if contract.address == call.to)
    (function,) = {str(f): f for f in contract.functions.values() if f.selector == call.data[:4]}.values()
    return contract.name, function.name, plain(decode(function.inputs, call.data[4:], label=call.label))


def plain(value):
    """Decoded values without the names of their fields."""
    return tuple(plain(item) for item in value) if isinstance(value, tuple | list) else value


def signed_by(client, name, *, types, message, signature):
    """The account whose signature under a message this is, in the domain of a contract."""
    domain = domain_of(f"Gridleaf {name}", client.contract(name).address, chain_id=CHAIN_ID)
    return signer_of(digest(domain, types, message), signature)
