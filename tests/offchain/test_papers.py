"""What people sign off chain is what the contracts hash: both sides have the same types."""

import re
from importlib import import_module

from offchain.files import PROJECT

HASHED = re.compile(r'keccak256\(\s*"([A-Z]\w*\([^"]*\))"')
PERMIT = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
"""ERC-2612; its contract is OpenZeppelin's."""


def papers():
    """Every type in a `papers.py`, by the module's package."""
    found = {}
    for file in sorted((PROJECT / "offchain").glob("*/papers.py")):
        module = import_module(f"offchain.{file.parent.name}.papers")
        found[file.parent.name] = [value for name, value in vars(module).items() if name.isupper()]
    return found


def encoded(types):
    """The type as EIP-712 hashes it: the message's struct first, then those that it contains, by name."""
    contained = {field["type"].partition("[")[0] for fields in types.values() for field in fields}
    (outer,) = (name for name in types if name not in contained)
    order = [outer, *sorted(types.keys() - {outer})]
    fields = {name: ",".join(f"{field['type']} {field['name']}" for field in types[name]) for name in order}
    return "".join(f"{name}({fields[name]})" for name in order)


def hashed(folder):
    """The types that the contracts of a folder hash; a struct of another one is part of its type."""
    sources = "".join(file.read_text() for file in sorted(folder.rglob("*.sol")))
    found = set(HASHED.findall(re.sub(r'"\s*"', "", sources)))
    return {text for text in found if not any(text != other and other.endswith(text) for other in found)}


def test_a_subject_s_papers_are_the_types_that_its_contracts_hash():
    for subject, types in papers().items():
        expected = hashed(PROJECT / "contracts" / subject) | ({PERMIT} if subject == "points" else set())
        assert {encoded(entry) for entry in types} == expected, subject


def test_no_type_is_hashed_without_a_paper():
    signing = {folder.name for folder in (PROJECT / "contracts").iterdir() if hashed(folder)}
    assert signing == papers().keys() == {"certificates", "market", "members", "points"}
