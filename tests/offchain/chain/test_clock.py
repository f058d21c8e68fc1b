"""The market's clock is block time: the same on all simulated chains, awaited on real ones."""

import threading
import time
from dataclasses import replace

import pytest

from offchain.chain.client import Client
from offchain.chain.clock import ChainClock, SimulatedClock
from offchain.chain.engines.abilities import NO_ABILITIES
from offchain.errors import ChainError, InputError


def as_real(client):
    """The same chain as if it were not ours."""
    return Client(replace(client.endpoint, abilities=NO_ABILITIES))


@pytest.fixture
def clients(chains):
    return [Client(endpoint) for endpoint in chains]


@pytest.fixture
def clock(clients):
    return SimulatedClock(clients)


def test_both_chains_get_exactly_the_same_time(clients, clock):
    noon = clients[0].block().time + 12 * 3600
    clock.reach(noon)
    assert [client.block().time for client in clients] == [noon, noon]
    assert clock.now() == noon


def test_chains_that_drifted_apart_meet_again(clients, clock):
    for _ in range(5):
        clients[0].connection.request("evm_mine")
    start = clients[1].block().time
    assert clock.now() == start
    clock.reach(start + 5)  # the first chain is there already and gets no block
    assert [client.block().time for client in clients] == [start + 5, start + 5]
    assert clients[0].block().number == 5


def test_the_clock_refuses_to_go_back_and_moves_no_chain(clients, clock):
    clients[1].connection.request("evm_mine")
    start = clients[0].block().time
    with pytest.raises(InputError, match=rf"chain urban .* is at {start + 1}, its time cannot go back to {start}"):
        clock.reach(start)
    assert [client.block().number for client in clients] == [0, 1]


def test_blocks_after_a_jump_go_on_by_seconds(clients, clock):
    moment = clock.now() + 86_400
    clock.reach(moment)
    clients[0].connection.request("evm_mine")
    assert clients[0].block().time == moment + 1


def test_a_real_chain_is_awaited(clients):
    moment = clients[0].block().time + 100

    def later():
        time.sleep(0.3)
        SimulatedClock(clients).reach(moment)

    worker = threading.Thread(target=later)
    worker.start()
    clock = ChainClock(clients, patience=20, pause=0.02)
    clock.reach(moment)
    worker.join()
    assert clock.now() == moment


def test_a_real_chain_that_stands_still_ends_patience(clients):
    start = clients[0].block().time
    begin = time.monotonic()
    with pytest.raises(ChainError, match=rf"chain rural .* is at {start} after 0.2 s of waiting for {start + 1}"):
        ChainClock(clients, patience=0.2, pause=0.02).reach(start + 1)
    assert time.monotonic() - begin < 20


def test_a_chain_that_makes_its_own_blocks_is_not_set(clients):
    with pytest.raises(InputError, match=r"chain urban .* makes its blocks itself; its time cannot be set"):
        SimulatedClock([clients[0], as_real(clients[1])])


def test_an_endpoint_that_is_not_simulated_answers_the_same_times(clients):
    real = [as_real(client) for client in clients]
    assert ChainClock(real, patience=1).now() == SimulatedClock(clients).now()
