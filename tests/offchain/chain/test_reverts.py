"""Reverts in the contract's own words, wherever they happen."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from offchain.chain.reverts import ErrorBook, RevertedError, error_book
from offchain.chain.sender import Transaction
from offchain.errors import ChainError

WORDS = [{"name": name, "type": "uint256"} for name in ("price", "lowest", "highest")]
ABI = [
    {"type": "error", "name": "Market_PriceOutOfBounds", "inputs": WORDS},
    {"type": "error", "name": "Market_Closed", "inputs": []},
]
PRICE_ERROR = keccak(text="Market_PriceOutOfBounds(uint256,uint256,uint256)")[:4]


@pytest.fixture
def book():
    return error_book([ABI, []])


def test_a_custom_error_is_its_name_and_its_values(book):
    revert = book.explain(PRICE_ERROR + encode(["uint256"] * 3, [9, 4, 7]))
    assert str(revert) == "Market_PriceOutOfBounds(price=9, lowest=4, highest=7)"
    assert (revert.name, revert.values.price, revert.values) == ("Market_PriceOutOfBounds", 9, (9, 4, 7))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (keccak(text="Market_Closed()")[:4], "Market_Closed()"),
        (bytes.fromhex("08c379a0") + encode(["string"], ["too late"]), "too late"),
        (bytes.fromhex("08c379a0") + encode(["string"], [""]), "reverted with an empty reason"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [0x12]), "Panic(0x12): division by zero"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [0x99]), "Panic(0x99): unknown code"),
        (b"", "reverted without a reason"),
        (bytes.fromhex("deadbeef01"), "reverted with unknown data 0xdeadbeef01"),
        (PRICE_ERROR + b"\1" * 33, f"Market_PriceOutOfBounds with damaged values 0x{'01' * 33}"),
    ],
)
def test_every_other_kind_of_revert_reads_plainly(book, data, text):
    assert str(book.explain(data)) == text


def test_an_empty_book_still_knows_what_the_language_itself_says():
    assert (
        str(ErrorBook().explain(bytes.fromhex("4e487b71") + encode(["uint256"], [1])))
        == "Panic(0x01): assertion failed"
    )


def test_a_refused_read_names_contract_function_error_and_values(client, counter, stranger):
    with pytest.raises(RevertedError) as caught:
        client.call(counter("refuse", b"\xab" * 32), sender=stranger.address)
    assert str(caught.value) == (
        f"chain rural ({client.endpoint.url}): Counter.refuse reverted: "
        f"Counter_Refused(who={stranger.address}, reason=0x{'ab' * 32}, note=no)"
    )
    assert caught.value.revert.values == (stranger.address, b"\xab" * 32, "no")


def test_reads_that_panic_or_fail_a_requirement_are_decoded(client, counter):
    with pytest.raises(RevertedError, match=r"Counter\.overflow reverted: Panic\(0x11\): arithmetic overflow"):
        client.call(counter("overflow"))
    with pytest.raises(RevertedError, match=r"Counter\.requireNothing reverted: never that many"):
        client.call(counter("requireNothing"))


def test_a_failed_estimate_sends_nothing(client, counter, operator):
    height = client.block().number
    with pytest.raises(RevertedError) as caught:
        client.send(counter("add", 1001), operator)
    assert str(caught.value).endswith(
        "Counter.add would fail, nothing was sent: Counter_TooLarge(amount=1001, largest=1000)"
    )
    assert caught.value.receipts == ()
    assert client.block().number == height
    assert client.send(counter("add", 1000), operator).succeeded


def test_a_mined_revert_is_replayed_and_decoded(client, counter, operator):
    with pytest.raises(RevertedError) as caught:
        client.send(counter("add", 1001), operator, gas=100_000)
    height = client.block().number
    assert str(caught.value).endswith(
        f"Counter.add reverted in block {height}: Counter_TooLarge(amount=1001, largest=1000)"
    )
    (receipt,) = caught.value.receipts
    assert (receipt.succeeded, receipt.block) == (False, height)


def test_a_mined_revert_that_hangs_on_time_is_replayed_at_its_block(client, counter, operator):
    """The block before, when the call was still in time, does not explain it."""
    now = client.block().time
    client.connection.request("evm_setNextBlockTimestamp", now + 100)
    with pytest.raises(RevertedError, match=r"Counter\.afterTime reverted in block 2: too late"):
        client.send(counter("afterTime", now + 50), operator, gas=100_000)


def test_a_mined_revert_that_hangs_on_the_block_s_earlier_transactions_is_decoded(client, counter, operator):
    with pytest.raises(RevertedError) as caught:
        client.send_many([Transaction(counter("close"), operator, gas=100_000) for _ in range(2)])
    assert "transaction 2 of 2 (Counter.close) reverted in block 2: Counter_Closed()" in str(caught.value)


def test_running_out_of_gas_is_said(client, counter, operator):
    with pytest.raises(RevertedError, match=r"Counter\.burn reverted in block 2: ran out of its 40000 gas"):
        client.send(counter("burn", 1000), operator, gas=40_000)


def test_a_call_that_needs_more_than_a_block_holds_is_refused_before_it_is_sent(client, counter, operator):
    with pytest.raises(ChainError, match=r"Counter\.burn would fail, nothing was sent: Out of gas"):
        client.send(counter("burn", 10**7), operator)
