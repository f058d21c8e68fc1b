"""No contract comes near to what a chain takes (EIP-170), so that the wall is seen before it is hit."""

import pytest

from offchain.files import PROJECT

LIMIT = 24_576  # [byte]
MARGIN = 1_000  # [byte]
CONTRACTS = PROJECT / "contracts"
DEPLOYED = sorted(file.stem for file in CONTRACTS.rglob("*.sol") if f"\ncontract {file.stem} " in file.read_text())


def test_the_contracts_are_found():
    assert len(DEPLOYED) == 24, DEPLOYED


@pytest.mark.parametrize("name", DEPLOYED)
def test_a_contract_leaves_a_margin_to_its_limit(project, name):
    runtime = project.dict()[name]._build["deployedBytecode"]
    assert 0 < len(runtime) // 2 <= LIMIT - MARGIN
