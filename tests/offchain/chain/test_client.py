"""Reading, sending one and many, fees, nonces, deadlines and events, against real chains."""

import time
from dataclasses import replace

import pytest

from offchain.chain.client import Client
from offchain.chain.engines.abilities import NO_ABILITIES
from offchain.chain.engines.anvil import STATES_KEPT
from offchain.chain.engines.port import ChainPlan
from offchain.chain.keys import local_key
from offchain.chain.local import fund, local_chains
from offchain.chain.reverts import RevertedError
from offchain.chain.sender import TRANSACTION_GAS_LIMIT, Transaction
from offchain.errors import ChainError, InputError


def sent(client, receipt):
    """The transaction as the chain has it."""
    return client.connection.request("eth_getTransactionByHash", receipt.transaction)


def as_real(client, *, deadline):
    """The same chain and contracts, as if the chain were not ours to mine."""
    return Client(
        replace(client.endpoint, abilities=NO_ABILITIES), contracts=[client.contract("Counter")], deadline=deadline
    )


def test_reading_gives_one_value_a_named_tuple_or_structs(client, counter, operator):
    client.send(counter("addStep", (7, "noon")), operator)
    assert client.call(counter("total")) == 7
    pair = client.call(counter("pair"))
    assert (pair.sum, pair.who) == (7, operator.address)
    state = client.call(counter("state"))
    assert state == (7, operator.address, ((7, "noon"),))
    assert state.steps[0].note == "noon"


def test_reading_at_a_block_sees_the_state_of_then(client, counter, operator):
    before = client.send(counter("add", 7), operator).block
    client.send(counter("add", 5), operator)
    assert [client.call(counter("total"), block=block) for block in (before - 1, before, "latest")] == [0, 7, 12]


def test_reading_further_back_than_a_local_chain_keeps_states_is_an_error(client, counter):
    client.connection.request("anvil_mine", hex(2 * STATES_KEPT))
    with pytest.raises(
        ChainError, match=rf"Counter\.total .*block height is {2 * STATES_KEPT + 1} but requested was 1"
    ):
        client.call(counter("total"), block=1)
    assert client.call(counter("total"), block=STATES_KEPT + 10) == 0


def test_an_address_without_the_contract_is_an_error_that_says_so(client, counter):
    lost = replace(counter, address=local_key("nobody").address)
    with pytest.raises(ChainError, match=r"Counter\.total returned 0 bytes that do not fit its interface"):
        client.call(lost("total"))


def test_unknown_contracts_and_blocks_are_refused(client):
    with pytest.raises(InputError, match=r"chain rural .* has no contract Market; it has Counter"):
        client.contract("Market")
    with pytest.raises(ChainError, match=r"chain rural .* has no block 99"):
        client.block(99)


def test_a_receipt_says_what_became_of_the_transaction(client, counter, operator):
    receipt = client.send(counter("addStep", (7, "")), operator, value=5)
    assert receipt.succeeded
    assert receipt.label == "Counter.addStep"
    assert receipt.block == client.block().number
    assert 21_000 < receipt.gas_used < 100_000
    assert client.balance(counter.address) == 5


def test_gas_is_the_estimate_with_a_margin_within_what_a_transaction_may_take(client, counter, operator):
    receipt = client.send(counter("burn", 100), operator)
    limit = int(sent(client, receipt)["gas"], 16)
    assert receipt.gas_used * 1.2 < limit < receipt.gas_used * 1.5
    rounds = 45_000  # more than EIP-7825 allows once the margin is on top
    receipt = client.send(counter("burn", rounds), operator)
    assert int(sent(client, receipt)["gas"], 16) == TRANSACTION_GAS_LIMIT
    assert receipt.gas_used > TRANSACTION_GAS_LIMIT / 1.3


def test_a_transaction_above_the_gas_limit_is_not_sent(client, counter, operator):
    height = client.block().number
    with pytest.raises(ChainError, match=r"Counter\.burn needs \d{8} gas, one transaction may take 16777216"):
        client.send(counter("burn", 100_000), operator)
    with pytest.raises(ChainError, match=r"Counter\.add needs 16777217 gas, one transaction may take 16777216"):
        client.send(counter("add", 1), operator, gas=TRANSACTION_GAS_LIMIT + 1)
    assert client.block().number == height


def test_fees_cover_the_base_fee_and_follow_it(anvil, tmp_path, deploy, operator):
    plans = [ChainPlan("rural", 31001, 0)]
    with local_chains(plans, genesis_time=1, folder=tmp_path, base_fee=10**9) as (endpoint,):
        client = deploy(endpoint)
        for base_fee in (None, 5 * 10**9, 3):
            if base_fee is not None:
                client.connection.request("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
                client.connection.request("evm_mine")
            receipt = client.send(client.contract("Counter")("add", 1), operator)
            transaction = sent(client, receipt)
            assert transaction["type"] == "0x2"
            paid = client.block(receipt.block).base_fee
            assert int(transaction["maxFeePerGas"], 16) >= paid
            assert receipt.fee == receipt.gas_used * (paid + int(transaction["maxPriorityFeePerGas"], 16))
        assert paid < 10**9


def test_local_chains_ask_no_fee_so_that_members_need_no_coin(client, counter, stranger):
    receipt = client.send(counter("add", 1), stranger)
    assert receipt.fee == 0
    assert client.balance(stranger.address) == 0


def test_what_the_chain_refuses_names_the_transaction_and_the_next_one_passes(client, counter, stranger):
    with pytest.raises(ChainError, match=r"chain rural .* refused Counter\.addStep: .*[Ii]nsufficient funds"):
        client.send(counter("addStep", (1, "")), stranger, value=1, gas=200_000)
    assert client.send(counter("add", 1), stranger).succeeded


def test_a_missing_receipt_ends_at_the_deadline_and_names_the_transaction(client, counter, operator):
    real = as_real(client, deadline=0.3)
    client.connection.request("evm_setAutomine", False)
    begin = time.monotonic()
    with pytest.raises(
        ChainError, match=r"chain rural .* has no receipt of Counter\.add \(0x[0-9a-f]{64}\) after 0\.3 s"
    ):
        real.send(counter("add", 1), operator)
    assert time.monotonic() - begin < 20
    client.connection.request("evm_mine")
    client.connection.request("evm_setAutomine", True)
    assert real.send(counter("add", 2), operator).succeeded  # its nonce counts the late one
    assert client.call(counter("total")) == 3


def test_two_clients_of_one_account_find_each_other_s_nonces(client, counter, operator):
    other = as_real(client, deadline=5)
    client.send(counter("add", 1), operator)
    other.send(counter("add", 1), operator)
    with pytest.raises(ChainError, match=r"refused Counter\.add: nonce too low"):
        client.send(counter("add", 1), operator)
    assert client.send(counter("add", 1), operator).succeeded
    assert client.call(counter("total")) == 3


def test_many_transactions_keep_their_order_across_senders(client, counter, operator, stranger):
    keys = [operator, stranger, local_key("seller")]
    transactions = [Transaction(counter("addStep", (n % 7, f"step {n}")), keys[n % 3]) for n in range(250)]
    receipts = client.send_many(transactions)
    assert all(receipt.succeeded for receipt in receipts)
    steps = client.call(counter("state")).steps
    assert [step.note for step in steps] == [f"step {n}" for n in range(250)]
    events = [event for receipt in receipts for event in client.receipt_events(receipt)]
    assert [event.values.by for event in events] == [keys[n % 3].address for n in range(250)]
    assert client.send(counter("add", 1), operator).succeeded  # mining is back to itself


def test_many_transactions_give_the_same_blocks_every_time(anvil, tmp_path, deploy, operator, stranger):
    seen = set()
    for _ in range(3):
        with local_chains([ChainPlan("rural", 31001, 0)], genesis_time=1, folder=tmp_path) as (endpoint,):
            client = deploy(endpoint)
            add = client.contract("Counter")("add", 1)
            client.send_many([Transaction(add, key) for key in [operator, stranger, operator] * 40])
            client.send(add, stranger)
            seen.add(client.block().hash)
    assert len(seen) == 1


def test_many_transactions_work_where_the_chain_mines_by_itself(client, counter, operator):
    receipts = as_real(client, deadline=20).send_many([Transaction(counter("add", 1), operator) for _ in range(120)])
    assert [receipt.succeeded for receipt in receipts] == [True] * 120
    assert client.call(counter("total")) == 120


def test_of_many_the_failed_ones_are_named_and_the_others_done(client, counter, operator):
    amounts = [1] * 20
    amounts[7], amounts[12] = 1001, 2002
    with pytest.raises(RevertedError) as caught:
        client.send_many([Transaction(counter("add", amount), operator, gas=100_000) for amount in amounts])
    error = caught.value
    assert "2 of 20 transactions failed, first transaction 8 of 20 (Counter.add) reverted in block 2" in str(error)
    assert {position: str(revert) for position, revert in error.failures.items()} == {
        7: "Counter_TooLarge(amount=1001, largest=1000)",
        12: "Counter_TooLarge(amount=2002, largest=1000)",
    }
    assert [receipt.succeeded for receipt in error.receipts] == [amount == 1 for amount in amounts]
    assert client.call(counter("total")) == 18


def test_of_many_a_failed_estimate_sends_none(client, counter, operator):
    with pytest.raises(
        RevertedError, match=r"transaction 3 of 4 \(Counter\.add\) would fail, nothing was sent: Counter_Too"
    ):
        client.send_many([Transaction(counter("add", amount), operator) for amount in (1, 2, 3000, 4)])
    assert client.call(counter("total")) == 0


def test_of_many_a_refused_one_is_named(client, counter, operator, stranger):
    transactions = [Transaction(counter("add", 1), operator, gas=100_000) for _ in range(3)]
    transactions[1] = Transaction(counter("addStep", (1, "")), stranger, value=1, gas=100_000)
    with pytest.raises(ChainError, match=r"refused transaction 2 of 3 \(Counter\.addStep\): .*[Ii]nsufficient funds"):
        client.send_many(transactions)
    assert client.send(counter("add", 1), operator).succeeded


def test_sending_none_does_nothing(client):
    height = client.block().number
    assert client.send_many([]) == []
    assert client.block().number == height


def test_events_are_decoded_in_order_and_chosen_by_name_and_blocks(client, counter, operator, stranger):
    first = client.send(counter("addStep", (3, "dawn")), operator)
    second = client.send(counter("addAll", [(4, "noon"), (5, "dusk")]), stranger)
    last = client.send(counter("close"), operator)
    events = client.events(counter)
    assert [(event.name, event.block, event.index) for event in events] == [
        ("Added", first.block, 0),
        ("Added", second.block, 0),
        ("Added", second.block, 1),
        ("Closed", last.block, 0),
    ]
    assert events[0].values._asdict() == {"by": operator.address, "amount": 3, "total": 3, "note": "dawn"}
    assert events[2].values == (stranger.address, 5, 12, "dusk")
    assert events[2].transaction == second.transaction
    assert client.events(counter, "Closed") == events[3:]
    assert client.events(counter, first=second.block, last=second.block) == events[1:3]
    assert client.receipt_events(second) == events[1:3]


def test_events_are_found_beyond_one_request_s_blocks(client, counter, operator, monkeypatch):
    monkeypatch.setattr("offchain.chain.client.LOG_BLOCKS", 2)
    blocks = [client.send(counter("add", 1), operator).block for _ in range(5)]
    assert [event.block for event in client.events(counter)] == blocks


def test_funding_pays_for_transactions(chain, client, stranger):
    fund(chain, [stranger.address])
    assert client.balance(stranger.address) >= 10**24
