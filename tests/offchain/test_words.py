"""Python's readers of packed words, against the vectors that the contracts are checked against."""

import json
from typing import Any

import pytest

from offchain.auction.orders import Network, Order
from offchain.auction.packing import pack_network, pack_order, pack_prices, unpack_orders
from offchain.certificates.ids import CertificateId, pack_id, unpack_id
from offchain.files import PROJECT
from offchain.market.history.agreements import agreement_of
from offchain.members.sheet_words import pack, unpack
from offchain.units import PRICE_TICK

DAY = 16_800


def vector(subject: str, kind: str) -> list[Any]:
    return json.loads((PROJECT / "tests" / "vectors" / subject / "words.json").read_text())[kind]


@pytest.mark.parametrize("case", vector("market", "agreement"))
def test_an_announced_agreement_is_read(case):
    fields = case["fields"]
    values = {"id": DAY << 32, "agreement": int(case["word"], 16)} | {
        name: fields[name] for name in ("seller", "buyer")
    }
    found = agreement_of(values, utc_offset_hours=1)
    assert (found.seller, found.buyer) == (fields["seller"], fields["buyer"])
    assert (found.wh_per_hour, found.price) == (fields["whPerHour"], fields["ticks"] * PRICE_TICK)
    assert (found.first_hour, found.hours) == (DAY * 24 - 1 + fields["first"], fields["hourCount"])
    assert (found.bundled, found.related) == (fields["bundled"], fields["related"])


@pytest.mark.parametrize("case", vector("members", "hours"))
def test_a_register_is_packed_and_read(case):
    words = tuple(int(word, 16) for word in case["words"])
    assert pack(case["wh"]) == words
    assert unpack(words) == tuple(case["wh"])


@pytest.mark.parametrize("case", vector("certificates", "id"))
def test_the_id_of_a_certificate_is_packed_and_read(case):
    parts, number = CertificateId(**case["fields"]), int(case["word"], 16)
    assert pack_id(parts) == number
    assert unpack_id(number) == parts


def test_orders_are_packed():
    for case in vector("auction", "order"):
        fields = case["fields"]
        order = Order(
            node=fields["node"],
            is_load=fields["load"],
            price=fields["ticks"],
            intensity=fields["intensity"],
            lower=fields["minimum"],
            upper=fields["maximum"],
        )
        assert pack_order(order).hex() == case["record"]


def test_orders_are_read():
    cases = vector("auction", "order")
    network = Network(nodes=128, limits=(), factors=())
    market = unpack_orders(bytes.fromhex("".join(case["record"] for case in cases)), network)
    found = [(o.is_load, o.node, o.price, o.intensity, o.lower, o.upper) for o in market.orders]
    assert found == [tuple(case["fields"].values()) for case in cases]


@pytest.mark.parametrize("case", vector("auction", "network"))
def test_a_network_is_packed(case):
    factors = tuple(tuple(row) for row in case["factors"])
    network = Network(nodes=case["nodes"], limits=tuple(case["limits"]), factors=factors)
    assert pack_network(network).hex() == case["bytes"]


@pytest.mark.parametrize("case", vector("auction", "prices"))
def test_prices_of_a_network_are_packed(case):
    assert pack_prices(case["energy"], case["lines"]).hex() == case["bytes"]
