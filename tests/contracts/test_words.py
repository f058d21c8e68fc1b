"""Packed words against the vectors of their subjects, which Python's readers are checked against too."""

import json
from typing import Any

import pytest
from brownie import web3
from eth_utils.crypto import keccak

from offchain.files import PROJECT
from tests.support.region import actor, plain

SUBJECTS = ("market", "members", "certificates", "auction")
VECTORS = {
    subject: json.loads((PROJECT / "tests" / "vectors" / subject / "words.json").read_text()) for subject in SUBJECTS
}
FIELDS = [
    ("market", "agreement", "Agreement"),
    ("market", "account", "Account"),
    ("market", "credit", "Credit"),
    ("market", "day", "Day"),
    ("market", "party", "Party"),
    ("certificates", "id", "Certificate"),
]


@pytest.fixture(scope="module")
def words(region, harness):
    """After the region, so that no test takes it away."""
    return harness["WordHarness"].deploy({"from": actor("deployer")})


@pytest.mark.parametrize(("subject", "kind", "name"), FIELDS)
def test_fields_lie_where_the_vector_has_them(words, subject, kind, name):
    pack, unpack = getattr(words, f"pack{name}"), getattr(words, f"unpack{name}")
    for case in VECTORS[subject][kind]:
        fields, word = tuple(case["fields"].values()), int(case["word"], 16)
        assert pack(fields) == word, case
        assert plain(unpack(word)) == fields, case


def test_every_vector_is_used():
    used = {(subject, kind) for subject, kind, _ in FIELDS} | {
        ("market", "agreement_states"),
        ("members", "sheet_states"),
        ("members", "hours"),
        ("certificates", "book"),
        ("auction", "order"),
        ("auction", "network"),
        ("auction", "prices"),
    }
    assert {(subject, kind) for subject, kinds in VECTORS.items() for kind in kinds} == used


def states(call: Any, case: dict[str, Any], keys: str) -> None:
    word, found = call.call(case[keys], case["states"], case["bucket"], {"from": actor("deployer")})
    assert (word, list(found)) == (int(case["word"], 16), case["states"])


@pytest.mark.parametrize("case", VECTORS["market"]["agreement_states"])
def test_states_of_agreements(words, case):
    states(words.agreementStates, case, "indices")


@pytest.mark.parametrize("case", VECTORS["members"]["sheet_states"])
def test_states_of_sheets(words, case):
    states(words.sheetStates, case, "days")


@pytest.mark.parametrize("case", VECTORS["members"]["hours"])
def test_hours_of_a_register(words, case):
    packed = tuple(int(word, 16) for word in case["words"])
    assert plain(words.packHours(case["wh"])) == packed
    assert plain(words.unpackHours(packed)) == tuple(case["wh"])


@pytest.mark.parametrize("case", VECTORS["certificates"]["book"])
def test_the_book_of_a_device(region, harness, case):
    books = harness["CertifiedEnergyHarness"].deploy({"from": actor("deployer")})
    books.issueAll(case["device"], case["days"], {"from": actor("deployer")})
    assert plain(books.book(case["device"])) == tuple(case["fields"].values())
    place = keccak(case["device"].to_bytes(32, "big") + bytes(32))
    assert int.from_bytes(web3.eth.get_storage_at(books.address, int.from_bytes(place, "big")), "big") == int(
        case["word"], 16
    )


def test_orders_of_an_hour(words):
    cases = VECTORS["auction"]["order"]
    for case in cases:
        assert bytes(words.packOrder(tuple(case["fields"].values()))).hex() == case["record"]
    row = bytes.fromhex("".join(case["record"] for case in cases))
    assert plain(words.unpackOrders(row)) == tuple(tuple(case["fields"].values()) for case in cases)


@pytest.mark.parametrize("case", VECTORS["auction"]["network"])
def test_lines_of_a_network(words, case):
    nodes, flows, limits = plain(words.unpackNetwork(bytes.fromhex(case["bytes"]), case["injections"]))
    assert nodes == case["nodes"]
    assert flows == tuple(case["flows"])
    assert limits == tuple(limit * 10**9 for limit in case["limits"])


@pytest.mark.parametrize("case", VECTORS["auction"]["prices"])
def test_prices_of_a_network(words, case):
    energy, lines = plain(words.unpackPrices(bytes.fromhex(case["bytes"]), len(case["lines"])))
    assert (energy, lines) == (case["energy"], tuple(case["lines"]))
