"""The bytes that the contract reads, by hand and back again."""

import random

import pytest

from offchain.auction.orders import FINE, Market, Network
from offchain.auction.packing import (
    pack_dispatch,
    pack_network,
    pack_order,
    pack_orders,
    pack_prices,
    pack_shares,
    unpack_orders,
)
from offchain.errors import InputError
from tests.offchain.auction.auction_cases import generator, golden_case, load, random_orders


def test_records_by_hand():
    coal = generator(140, 600_000_000, node=4, lower=1, intensity=950)
    assert pack_order(coal).hex() == "0400008c03b600000000010023c34600"
    assert pack_order(load(-2, 255, node=127)).hex() == "fffffffe0000000000000000000000ff"


def test_network_dispatch_prices_and_shares_by_hand():
    network = Network(nodes=2, limits=(400_000_000,), factors=((0, -(10**9)),))
    assert pack_network(network).hex() == "02010017d7840000000000c4653600"
    assert pack_dispatch([1, 2**40 - 1]).hex() == "0000000001ffffffffff"
    assert pack_prices(258, [-1]).hex() == "000000000000000000000102ffffffffffffffffffffffff"
    assert pack_shares([-2, 10**6]).hex() == "fffffffffffe0000000f4240"


def test_golden_hour_sizes():
    market = golden_case().market(12)
    assert len(pack_orders(market)) == 26 * 16
    assert len(pack_network(market.network)) == 2 + 2 * (5 + 5 * 4)


def test_orders_come_back():
    draw = random.Random(3)  # noqa: S311  test data
    network = Network(nodes=9, limits=(), factors=())
    for _ in range(100):
        market = Market(network=network, orders=random_orders(draw, 9, count=draw.randrange(30), minima=True))
        assert unpack_orders(pack_orders(market), network) == market


def test_broken_rows_are_refused():
    network = Network(nodes=1, limits=(), factors=())
    with pytest.raises(InputError, match="17 bytes are not a multiple of 16"):
        unpack_orders(bytes(17), network)
    record = pack_order(generator(1, 5, node=1, lower=6))
    with pytest.raises(InputError, match=r"order 0: node 1 .*; order 0: needs 0 <= 6 <= 5"):
        unpack_orders(record, network)
    with pytest.raises(InputError, match="only a market at chain resolution"):
        pack_orders(Market(network=network, orders=(), resolution=FINE))
