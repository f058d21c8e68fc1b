"""Real chains for the tests of offchain/chain, and the contract they talk to."""

import json
from pathlib import Path

import pytest

from offchain.chain.abi import contract_at, creation
from offchain.chain.client import Client
from offchain.chain.keys import local_key
from offchain.chain.local import ChainPlan, fund, local_chains
from offchain.chain.reverts import error_book

GENESIS_TIME = 1_450_000_000
LARGEST = 1000
ARTEFACT = json.loads((Path(__file__).parents[2] / "vectors" / "chain" / "Counter.json").read_text())
ABI, BYTECODE = ARTEFACT["abi"], ARTEFACT["bytecode"]


@pytest.fixture
def chain(tmp_path):
    """One fresh chain on any free port."""
    with local_chains([ChainPlan("rural", 31001, 0)], genesis_time=GENESIS_TIME, folder=tmp_path / "chains") as (one,):
        yield one


@pytest.fixture
def operator():
    return local_key("operator")


def deployed(endpoint, key, *, deadline=60.0):
    """A client of the chain with a new Counter on it that `key` has paid for."""
    errors = error_book([ABI])
    fund(endpoint, [key.address])
    bare = Client(endpoint, errors=errors)
    receipt = bare.send(creation("Counter", LARGEST, abi=ABI, bytecode=BYTECODE), key)
    contract = contract_at("Counter", receipt.contract_address, abi=ABI, block=receipt.block)
    return Client(endpoint, contracts=[contract], errors=errors, deadline=deadline)


@pytest.fixture
def client(chain, operator):
    return deployed(chain, operator)


@pytest.fixture
def counter(client):
    return client.contract("Counter")
