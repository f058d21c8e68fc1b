"""What every engine of the table does as its port says, on a chain of its own; and that a foreign chain can nothing."""

import re

import pytest

from offchain.chain.client import Client
from offchain.chain.endpoints import Endpoint
from offchain.chain.engines.abilities import NO_ABILITIES
from offchain.chain.engines.port import ChainPlan
from offchain.chain.engines.table import DEFAULT_ENGINE, ENGINES
from offchain.chain.keys import local_key
from offchain.chain.local import fund, local_chains
from offchain.errors import ChainError, InputError
from offchain.files import PROJECT

GENESIS = 1_450_000_000
BASE_FEE = 7
FIRST, SECOND = (local_key(name).address for name in ("first", "second"))


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def endpoint(engine, tmp_path):
    plan = [ChainPlan("rural", 31001, 0)]
    with local_chains(plan, genesis_time=GENESIS, folder=tmp_path, base_fee=BASE_FEE, engine=engine) as (found,):
        yield found


@pytest.fixture
def client(endpoint):
    return Client(endpoint)


def ability(endpoint, name):
    """What the engine states; the test is not for engines without it."""
    found = getattr(endpoint.abilities, name)
    if found is None:
        pytest.skip(f"this engine does not state {name}")
    return found


def balance(client, address):
    return int(client.connection.request("eth_getBalance", address, "latest"), 16)


def hashes(client, *heights):
    return [client.connection.request("eth_getBlockByNumber", hex(height), False)["hash"] for height in heights]


def test_the_table_knows_its_engines_by_their_names():
    assert {name: engine.name for name, engine in ENGINES.items()} == {"anvil": "anvil"}
    assert DEFAULT_ENGINE is ENGINES["anvil"]


def test_a_chain_starts_as_planned(client, endpoint, engine):
    block = client.block()
    assert (block.number, block.time) == (0, GENESIS)
    assert client.connection.request("eth_chainId") == hex(31001)
    assert client.connection.request("eth_getBlockByNumber", "0x0", False)["baseFeePerGas"] == hex(BASE_FEE)
    assert (endpoint.name, endpoint.chain_id, endpoint.local) == ("rural", 31001, True)
    assert endpoint.abilities is engine.abilities


def test_a_chain_ends_with_its_context_and_its_folder_is_free_again(engine, tmp_path):
    plan = [ChainPlan("rural", 31001, 0)]
    for _ in range(2):
        with local_chains(plan, genesis_time=GENESIS, folder=tmp_path, engine=engine) as (endpoint,):
            assert Client(endpoint).block().number == 0
            log = endpoint.log
            assert log.is_relative_to(tmp_path / "rural")
        with pytest.raises(ChainError, match=rf"^chain rural .* does not answer .*its log is {re.escape(str(log))}$"):
            Client(endpoint).block()


def test_who_is_funded_can_pay_and_nobody_else(client, endpoint):
    ability(endpoint, "fund")
    fund(endpoint, [FIRST])
    assert balance(client, FIRST) > 10**6 * 30_000_000 * BASE_FEE
    assert balance(client, SECOND) == 0


def test_a_block_has_the_time_that_is_asked_for_and_the_next_is_a_second_later(client, endpoint):
    mining = ability(endpoint, "mining")
    mining.mine_at(client.connection, GENESIS + 86_400)
    assert (client.block().number, client.block().time) == (1, GENESIS + 86_400)
    mining.mine(client.connection)
    assert (client.block().number, client.block().time) == (2, GENESIS + 86_401)


def test_held_transactions_share_the_block_that_is_mined(client, endpoint):
    mining = ability(endpoint, "mining")
    accounts = client.connection.request("eth_accounts")
    transfer = {"from": accounts[0], "to": SECOND, "value": "0x1"}
    mining.hold(client.connection)
    for _ in range(3):
        client.connection.request("eth_sendTransaction", transfer)
    assert (client.block().number, balance(client, SECOND)) == (0, 0)
    mining.mine(client.connection)
    assert (client.block().number, balance(client, SECOND)) == (1, 3)
    mining.release(client.connection)
    client.connection.request("eth_sendTransaction", transfer)
    assert (client.block().number, balance(client, SECOND)) == (2, 4)


def test_a_saved_state_comes_back(client, endpoint):
    saving, mining = ability(endpoint, "saving"), ability(endpoint, "mining")
    mining.mine(client.connection)
    state = saving.save(client.connection)
    mining.mine(client.connection)
    fund(endpoint, [FIRST])
    saving.restore(client.connection, state)
    assert (client.block().number, balance(client, FIRST)) == (1, 0)


def test_a_reorganisation_replaces_the_last_blocks(client, endpoint):
    reorganise, mining = ability(endpoint, "reorganise"), ability(endpoint, "mining")
    for _ in range(3):
        mining.mine_at(client.connection, client.block().time + 100)
    before = hashes(client, 1, 2, 3)
    reorganise(client.connection, 2)
    after = hashes(client, 1, 2, 3)
    assert client.block().number == 3
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, False]


def test_blocks_that_are_rolled_back_are_gone(client, endpoint):
    roll_back, mining = ability(endpoint, "roll_back"), ability(endpoint, "mining")
    for _ in range(3):
        mining.mine(client.connection)
    kept = hashes(client, 1)
    roll_back(client.connection, 2)
    assert (client.block().number, hashes(client, 1)) == (1, kept)


def test_a_chain_that_is_not_ours_gives_no_coins_away():
    foreign = Endpoint("rural", "http://127.0.0.1:1", 31001)
    assert foreign.abilities is NO_ABILITIES
    with pytest.raises(InputError, match=r"^chain rural \(http://127\.0\.0\.1:1\) gives no coins away$"):
        fund(foreign, [FIRST])


def test_nobody_else_knows_what_is_asked_of_an_engine():
    """Requests that only some program answers are made by its engine alone."""
    special = re.compile(r"[\"'](?:anvil|evm|hardhat|ganache)_\w+")
    engines = PROJECT / "offchain" / "chain" / "engines"
    files = {file: special.findall(file.read_text()) for file in (PROJECT / "offchain").rglob("*.py")}
    assert [file for file, found in files.items() if found and not file.is_relative_to(engines)] == []
    assert files[engines / "anvil.py"]
