"""No contract is larger than a chain takes (EIP-170)."""

import pytest

from offchain.files import PROJECT

LIMIT = 24_576  # [byte]
CONTRACTS = PROJECT / "contracts"
DEPLOYED = sorted(file.stem for file in CONTRACTS.rglob("*.sol") if f"\ncontract {file.stem} " in file.read_text())


def test_the_contracts_are_found():
    assert len(DEPLOYED) == 23, DEPLOYED


@pytest.mark.parametrize("name", DEPLOYED)
def test_a_contract_fits_its_limit(project, name):
    runtime = project.dict()[name]._build["deployedBytecode"]
    assert 0 < len(runtime) // 2 < LIMIT
