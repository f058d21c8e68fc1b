"""Logs of every shape become events; foreign logs are told apart."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from offchain.chain.abi import contract_at
from offchain.chain.events import decode_log
from offchain.errors import ChainError

ADDRESS = "0x757EAA9fB1C1621078a68a33D8e91E6293caeDF9"
ABI = [
    {
        "type": "event",
        "name": "Retired",
        "inputs": [
            {"name": "amount", "type": "uint256", "indexed": False},
            {"name": "purpose", "type": "string", "indexed": True},
            {"name": "holder", "type": "address", "indexed": True},
            {"name": "note", "type": "string", "indexed": False},
        ],
    }
]
TOPIC = keccak(text="Retired(uint256,string,address,string)")


@pytest.fixture
def certificate():
    return contract_at("Certificate", ADDRESS, abi=ABI)


def log(*, topics, data):
    return {
        "address": ADDRESS.lower(),
        "topics": [f"0x{topic.hex()}" for topic in topics],
        "data": f"0x{data.hex()}",
        "blockNumber": "0x10",
        "logIndex": "0x2",
        "transactionHash": f"0x{'ab' * 32}",
    }


def test_indexed_texts_are_their_hashes_and_values_keep_the_interface_s_order(certificate):
    holder = bytes(12) + bytes.fromhex(ADDRESS[2:])
    found = decode_log(
        certificate,
        log(topics=[TOPIC, keccak(text="scope 2"), holder], data=encode(["uint256", "string"], [5, "for May"])),
    )
    assert found.values._asdict() == {
        "amount": 5,
        "purpose": keccak(text="scope 2"),
        "holder": ADDRESS,
        "note": "for May",
    }
    assert (found.contract, found.name, found.block, found.index) == ("Certificate", "Retired", 16, 2)


def test_logs_that_the_interface_does_not_know_are_none(certificate):
    assert decode_log(certificate, log(topics=[keccak(text="Other()")], data=b"")) is None
    assert decode_log(certificate, log(topics=[], data=b"anonymous")) is None


def test_a_log_that_does_not_fit_is_an_error(certificate):
    with pytest.raises(ChainError, match=r"Certificate\.Retired returned 32 bytes that do not fit its interface"):
        decode_log(certificate, log(topics=[TOPIC, keccak(text="x")], data=encode(["uint256", "string"], [5, ""])))
