"""A contract stands on few layers of the project's own: whoever reads it opens at most so many files."""

import re
from collections.abc import Mapping

import pytest

from offchain.files import PROJECT

LAYERS = 4
DECLARED = re.compile(r"^(?:abstract )?contract (\w+)(?:\s+is\s+([^{]+))? {", re.MULTILINE)


def bases_of(source: str) -> dict[str, tuple[str, ...]]:
    """The contracts that a source declares, and what each says that it is."""
    return {
        name: tuple(base.strip() for base in bases.split(",")) if bases else ()
        for name, bases in DECLARED.findall(source)
    }


def layers(name: str, contracts: Mapping[str, tuple[str, ...]]) -> set[str]:
    """All contracts among these that one stands on; interfaces and others' contracts are not among them."""
    own = {base for base in contracts[name] if base in contracts}
    return own.union(*(layers(base, contracts) for base in own))


CONTRACTS = {
    name: bases
    for file in sorted((PROJECT / "contracts").rglob("*.sol"))
    for name, bases in bases_of(file.read_text()).items()
}


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_contract_stands_on_few_layers(name):
    below = layers(name, CONTRACTS)
    assert len(below) <= LAYERS, sorted(below)


def test_layers_are_found():
    """Over two lines, over others' contracts, and over each layer once."""
    source = """
contract Base {
abstract contract Left is Base, IBook {
abstract contract Right is
    Base,
    Pausable {
contract Top is Left, Right {
"""
    contracts = bases_of(source)
    assert contracts["Right"] == ("Base", "Pausable")
    assert layers("Top", contracts) == {"Base", "Left", "Right"}
    assert layers("BilateralMarket", CONTRACTS) == {"MarginAccounts", "PenaltyPools", "MemberCredit", "AgreementBook"}
