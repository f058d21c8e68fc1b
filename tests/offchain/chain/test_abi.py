"""Handles encode as web3's own contract class does, and decode what it encodes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3

from offchain.chain.abi import Parameter, contract_at, creation, decode, encode
from offchain.errors import ChainError, InputError

ADDRESS = "0x757EAA9fB1C1621078a68a33D8e91E6293caeDF9"
ROW = (Parameter("amount", "uint256"), Parameter("note", "string"))
PARAMETERS = (
    Parameter("count", "uint32"),
    Parameter("change", "int128"),
    Parameter("who", "address"),
    Parameter("root", "bytes32"),
    Parameter("words", "uint256[3]"),
    Parameter("rows", "(uint256,string)[]", ROW),
    Parameter("", "bool"),
)


@pytest.fixture
def counter(artefact):
    return contract_at("Counter", ADDRESS.lower(), abi=artefact["abi"], block=5)


@pytest.fixture
def peer(artefact):
    """The same contract as web3 sees it."""
    return Web3().eth.contract(ADDRESS, abi=artefact["abi"], bytecode=artefact["bytecode"])


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("add", (2**256 - 1,)),
        ("total", ()),
        ("refuse", (b"r" * 32,)),
        ("addStep", ((7, "noon"),)),
        ("addAll", ([(1, "a"), (2, "b" * 40)],)),
        ("addAll", ([],)),
    ],
)
def test_calls_are_encoded_as_web3_encodes_them(counter, peer, function, arguments):
    call = counter(function, *arguments)
    assert f"0x{call.data.hex()}" == peer.encode_abi(function, args=arguments)
    assert (call.label, call.to) == (f"Counter.{function}", ADDRESS)


def test_a_struct_may_be_given_by_the_names_of_its_fields(counter):
    assert counter("addStep", {"note": "noon", "amount": 7}) == counter("addStep", (7, "noon"))
    assert counter("addAll", [{"note": "", "amount": 1}]) == counter("addAll", [(1, "")])


def test_creation_is_encoded_as_web3_encodes_it(artefact, peer):
    call = creation("Counter", 1000, abi=artefact["abi"], bytecode=artefact["bytecode"])
    assert f"0x{call.data.hex()}" == peer.constructor(1000).data_in_transaction
    assert call.to is None


def test_an_overloaded_function_is_called_by_its_signature(counter, peer):
    assert f"0x{counter('pick(address)', ADDRESS).data.hex()}" == peer.encode_abi("pick(address)", args=[ADDRESS])
    with pytest.raises(InputError) as caught:
        counter("pick", 1)
    assert str(caught.value) == "Counter has no function pick; it has pick(uint256), pick(address)"


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("vanish", (), "Counter has no function vanish; it has add, addAll, addStep, afterTime,"),
        ("add", (), "Counter.add takes 1 arguments (uint256 amount), got 0"),
        ("add", (1, 2), "Counter.add takes 1 arguments (uint256 amount), got 2"),
        ("add", (-1,), "Counter.add: uint256 amount cannot be -1"),
        ("add", (2**256,), "Counter.add: uint256 amount cannot be 1157"),
        ("add", (1.0,), "Counter.add: uint256 amount cannot be 1.0"),
        ("add", ("1",), "Counter.add: uint256 amount cannot be '1'"),
        ("refuse", (b"r" * 33,), "Counter.refuse: bytes32 reason cannot be b'rrr"),
        ("addStep", ((1,),), "Counter.addStep: (uint256,string) step cannot be (1,)"),
        ("addStep", ({"amount": 1},), "Counter.addStep: (uint256,string) step cannot be {'amount': 1}"),
        ("addAll", (5,), "Counter.addAll: (uint256,string)[] steps cannot be 5"),
    ],
)
def test_wrong_calls_are_refused_at_the_handle(counter, function, arguments, message):
    with pytest.raises(InputError) as caught:
        counter(function, *arguments)
    assert str(caught.value).startswith(message)


def test_an_unknown_event_is_refused_with_those_there_are(counter):
    assert str(counter.event("Added")) == "Added(address,uint256,uint256,string)"
    with pytest.raises(InputError, match="Counter has no event Gone; it has Added, Closed"):
        counter.event("Gone")


WORD = st.integers(0, 2**256 - 1)
VALUES = st.tuples(
    st.integers(0, 2**32 - 1),
    st.integers(-(2**127), 2**127 - 1),
    st.binary(min_size=20, max_size=20).map(Web3.to_checksum_address),
    st.binary(min_size=32, max_size=32),
    st.tuples(WORD, WORD, WORD),
    st.lists(st.tuples(WORD, st.text(max_size=40)), max_size=4).map(tuple),
    st.booleans(),
)


@given(values=VALUES)
def test_what_is_encoded_decodes_to_itself(values):
    decoded = decode(PARAMETERS, encode(PARAMETERS, values, label="test"), label="test")
    assert decoded == values
    assert decoded._fields == ("count", "change", "who", "root", "words", "rows", "_6")
    assert [row.note for row in decoded.rows] == [note for _, note in values[5]]


def test_data_that_does_not_fit_is_an_error_of_the_chain():
    with pytest.raises(ChainError, match=r"Counter\.total returned 31 bytes that do not fit its interface"):
        decode((Parameter("", "uint256"),), b"\0" * 31, label="Counter.total")


def test_a_handle_keeps_its_address_in_checksum_case_and_its_block(counter):
    assert (counter.name, counter.address, counter.block) == ("Counter", ADDRESS, 5)
