"""The index against real chains that reorganise at the worst moments."""

from types import SimpleNamespace

import pytest

from deployment.plan.anchoring import ANCHORING
from deployment.settings import MainSettings
from offchain.chain.client import Client
from offchain.chain.connection import RpcError
from offchain.errors import ChainError, InputError
from offchain.index.logs import block_point
from offchain.index.store import Store
from offchain.index.sync import ATTEMPTS, sync
from offchain.market.history.terms import market_facts
from tests.support.live_region import POINT, key_of

CHAIN = "rural"


class Interfering:
    """A client that does something to the chain before some of its requests."""

    def __init__(self, client, *, before):
        self.client = client
        self.before = before  # called with the number of the request, from 0, and its methods
        self.requests = 0
        self.connection = SimpleNamespace(request=self.request, batch=self.batch)

    def __getattr__(self, name):
        return getattr(self.client, name)

    def block(self, number="latest"):
        self.interfere(["eth_getBlockByNumber"])
        return self.client.block(number)

    def request(self, method, *params):
        self.interfere([method])
        return self.client.connection.request(method, *params)

    def batch(self, requests):
        asked = list(requests)
        self.interfere([method for method, _ in asked])
        return self.client.connection.batch(asked)

    def interfere(self, methods):
        number, self.requests = self.requests, self.requests + 1
        self.before(number, methods)


def pay(region, count, *, name="payer"):
    """Make blocks with events: mints to an account."""
    for _ in range(count):
        region.mint(key_of(name).address, POINT)


def on_chain(region):
    """All events of all contracts, read one contract at a time, in the chain's order."""
    found = [event for contract in region.client.contracts for event in region.client.events(contract)]
    return [
        (e.block, e.index, e.contract, e.name, e.transaction) for e in sorted(found, key=lambda e: (e.block, e.index))
    ]


def indexed(store):
    return [(e.block, e.index, e.contract, e.name, e.transaction) for e in store.events(CHAIN)]


def consumed(changes):
    """What a consumer ends up with that applies every change in turn; additions must be new, removals known."""
    known = {}
    for change in changes:
        place = change.event.block, change.event.index
        if change.removed:
            assert known.pop(place) == change.event
        else:
            assert place not in known
            known[place] = change.event
    return [known[place] for place in sorted(known)]


def test_every_event_of_every_contract_in_the_order_of_the_chain(region, store):
    pay(region, 3)
    synced = sync(region.client, store, facts=market_facts)
    assert indexed(store) == on_chain(region)
    assert synced.changes == synced.cursor == len(on_chain(region)) > 20
    assert synced.head.number == region.client.block().number
    event = store.events(CHAIN)[-1]
    assert event.values == {
        "to": key_of("payer").address,
        "amount": POINT,
        "bankReference": f"0x{region.client.events(region.contract('PowerPoint'))[-1].values.bankReference.hex()}",
    }
    block = region.client.block(event.block)
    assert (event.time, event.block_hash) == (block.time, block.hash)
    assert event.address == region.contract("PowerPoint").address
    transfer = store.events(CHAIN)[-2]
    assert set(transfer.values) == {"from", "to", "value"}


def test_it_goes_on_where_it_stopped_and_nothing_comes_twice(region, store):
    first = sync(region.client, store, facts=market_facts)
    assert sync(region.client, store, facts=market_facts).changes == 0
    pay(region, 2)
    second = sync(region.client, store, facts=market_facts)
    assert second.cursor == first.cursor + second.changes
    assert [change.cursor for change in store.changes(CHAIN)] == list(range(1, second.cursor + 1))
    assert indexed(store) == on_chain(region)


@pytest.mark.parametrize("span", [1, 3, 10_000])
def test_any_span_gives_the_same(region, index, span):
    pay(region, 2)
    sync(region.client, index, span=span, facts=market_facts)
    assert indexed(index) == on_chain(region)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_reorganisation_takes_back_what_is_gone_and_no_more(region, store, depth):
    pay(region, 3)
    pay(region, 2, name="later")
    before = sync(region.client, store, facts=market_facts)
    height = region.client.block().number
    gone = [event for event in store.events(CHAIN) if event.block > height - depth]
    region.reorganise(depth)
    pay(region, 1, name="other")
    after = sync(region.client, store, facts=market_facts)
    news = store.changes(CHAIN, after=before.cursor)
    assert [change.event for change in news if change.removed] == gone[::-1]
    assert [change.cursor for change in news] == list(range(before.cursor + 1, after.cursor + 1))
    assert indexed(store) == on_chain(region)
    assert consumed(store.changes(CHAIN)) == store.events(CHAIN)
    sync(region.client, store, facts=market_facts)
    assert sync(region.client, store, facts=market_facts).changes == 0


def test_a_chain_that_is_shorter_now_is_followed_back(region, store):
    pay(region, 1)
    snapshot = region.endpoint.abilities.saving.save(region.client.connection)
    pay(region, 4)
    sync(region.client, store, facts=market_facts)
    region.endpoint.abilities.saving.restore(region.client.connection, snapshot)
    region.connect()
    assert sync(region.client, store, facts=market_facts).head.number == region.client.block().number
    assert indexed(store) == on_chain(region)
    assert consumed(store.changes(CHAIN)) == store.events(CHAIN)


def test_a_reorganisation_between_any_two_requests(region, tmp_path):
    """The chain gets other blocks instead of its last two before request 0, 1, 2, ... of a sync with both to read."""
    number, last = 0, None
    while last is None or number <= last:
        store = Store(f"sqlite:///{tmp_path / f'{number}.db'}")
        pay(region, 2, name="old")
        sync(region.client, store, span=2, facts=market_facts)
        pay(region, 3, name=f"new {number}")
        worker = region.client

        def strike(request, methods, at=number):
            if request == at:
                region.roll_back(2)
                pay(region, 3, name=f"instead {at}")

        interfering = Interfering(worker, before=strike)
        head = sync(interfering, store, span=2, facts=market_facts).head
        last = interfering.requests if last is None else last
        assert indexed(store) == [e for e in on_chain(region) if e[0] <= head.number], f"before request {number}"
        assert block_point(region.client, head.number) == head
        sync(region.client, store, facts=market_facts)
        assert indexed(store) == on_chain(region)
        assert consumed(store.changes(CHAIN)) == store.events(CHAIN)
        removed = {change.event.block: change.event.block_hash for change in store.changes(CHAIN) if change.removed}
        assert all(block_point(region.client, n).hash != value for n, value in removed.items()), "taken back in vain"
        store.close()
        number += 1
    assert number > 8


def test_a_chain_that_never_holds_still_is_an_error(region, index):
    struck = []

    def strike(_, methods):
        if "eth_getLogs" in methods:
            struck.append(methods)
            region.reorganise(2)
            pay(region, 1, name="instead")  # else the new block would be the old one

    pay(region, 2)
    with pytest.raises(ChainError, match=r"chain rural .* did not hold still while block \d+ was read"):
        sync(Interfering(region.client, before=strike), index, facts=market_facts)
    assert len(struck) == ATTEMPTS
    sync(region.client, index, facts=market_facts)
    assert indexed(index) == on_chain(region)


def test_ranges_that_a_node_refuses_are_read_in_halves(region, index):
    class Narrow(Interfering):
        def request(self, method, *params):
            if method == "eth_getLogs" and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) > 3:
                error = {"code": -32005, "message": "query exceeds the allowed range"}
                raise RpcError(self.endpoint, method=method, error=error)
            return super().request(method, *params)

    pay(region, 3)
    sync(Narrow(region.client, before=lambda *_: None), index, facts=market_facts)
    assert indexed(index) == on_chain(region)


def test_a_node_that_refuses_every_range_is_an_error(region, index):
    class Refusing(Interfering):
        def request(self, method, *params):
            raise RpcError(self.endpoint, method=method, error={"code": -32005, "message": "no logs here"})

    with pytest.raises(ChainError, match=r"refused eth_getLogs: no logs here"):
        sync(Refusing(region.client, before=lambda *_: None), index, facts=market_facts)
    assert (index.events(CHAIN), index.chain(CHAIN).cursor) == ([], 0)


def test_an_index_of_a_chain_that_was_replaced_altogether_is_refused(own_region, index):
    points = own_region.contract("PowerPoint")
    own_region.add(ANCHORING, settings=MainSettings(utc_offset_hours=1, regional_chain_ids=(), grid_company=""))
    late = Client(own_region.endpoint, contracts=[own_region.contract("AnchorBoard")])
    sync(late, index, facts=market_facts)
    own_region.endpoint.abilities.reorganise(
        own_region.client.connection, own_region.client.block().number - points.block
    )
    with pytest.raises(
        InputError, match=r"nothing that database sqlite:.* has read of chain rural .* is on it any more"
    ):
        sync(late, index, facts=market_facts)


def test_a_client_without_contracts_is_refused(region, index):
    with pytest.raises(InputError, match=r"chain rural .* has no contracts to follow"):
        sync(Client(region.endpoint), index, facts=market_facts)
