"""Real chains for the tests of offchain/chain, and the contract they talk to."""

import json

import pytest

from offchain.chain.abi import contract_at, creation
from offchain.chain.client import Client
from offchain.chain.engines.port import ChainPlan
from offchain.chain.keys import local_key
from offchain.chain.local import fund, local_chains
from offchain.chain.reverts import error_book
from offchain.files import PROJECT

GENESIS_TIME = 1_450_000_000
LARGEST = 1000  # what the Counter adds at most in one step


@pytest.fixture(scope="session")
def artefact():
    """The compiled Counter."""
    return json.loads((PROJECT / "tests" / "vectors" / "chain" / "Counter.json").read_text())


@pytest.fixture
def chains(anvil, tmp_path):
    """Two fresh chains on any free ports."""
    plans = [ChainPlan("rural", 31001, 0), ChainPlan("urban", 31002, 0)]
    with local_chains(plans, genesis_time=GENESIS_TIME, folder=tmp_path / "chains") as endpoints:
        yield endpoints


@pytest.fixture
def chain(anvil, tmp_path):
    """One fresh chain on any free port."""
    plans = [ChainPlan("rural", 31001, 0)]
    with local_chains(plans, genesis_time=GENESIS_TIME, folder=tmp_path / "chains") as (endpoint,):
        yield endpoint


@pytest.fixture
def operator():
    return local_key("operator")


@pytest.fixture
def stranger():
    return local_key("stranger")


@pytest.fixture
def deploy(artefact, operator):
    """Makes a client of a chain with a new Counter on it."""

    def make(endpoint, *, deadline=60.0):
        fund(endpoint, [operator.address])
        bare = Client(endpoint)
        call = creation("Counter", LARGEST, abi=artefact["abi"], bytecode=artefact["bytecode"])
        receipt = bare.send(call, operator)
        counter = contract_at("Counter", receipt.contract_address, abi=artefact["abi"], block=receipt.block)
        return Client(endpoint, contracts=[counter], errors=error_book([artefact["abi"]]), deadline=deadline)

    return make


@pytest.fixture
def client(chain, deploy):
    return deploy(chain)


@pytest.fixture
def counter(client):
    return client.contract("Counter")
