"""What the bank, its second person and the utility sign."""

from collections.abc import Sequence
from typing import Any, Final

from brownie import web3
from eth_utils import keccak

from tests.support.region import FOREVER, actor
from tests.support.signing import DEPOSIT_STATEMENT, domain_of, key_of, sign

BILL: Final = {
    "Bill": [
        {"name": "payer", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "billId", "type": "bytes32"},
        {"name": "deadline", "type": "uint256"},
    ]
}
Deposit = tuple[Any, int, bytes]
CoSignature = tuple[Any, bytes]


def reference(number: int | str) -> bytes:
    """The bank's, or the utility's, name for a movement."""
    return keccak(text=f"reference {number}")


def point_domain(points: Any) -> dict[str, Any]:
    return domain_of("Gridleaf Power Point", points.address, chain_id=web3.chain_id)


def confirmed(
    points: Any, deposits: Sequence[Deposit], *, deadline: int = FOREVER, by: str = "bank_cosigner"
) -> tuple[Any, CoSignature]:
    """A statement of deposits and the signature of the bank's second person."""
    statement = ([(getattr(to, "address", to), amount, movement) for to, amount, movement in deposits], deadline)
    return statement, (actor(by), sign(key_of(by), point_domain(points), DEPOSIT_STATEMENT, statement))


def mint(points: Any, *deposits: Deposit, bank: str = "bank") -> Any:
    """Mint against deposits as two persons of the bank do."""
    return points.mint(*confirmed(points, deposits), {"from": actor(bank)})


def bill_of(payer: Any, amount: int, *, name: int | str = "a bill", deadline: int = FOREVER) -> tuple[Any, ...]:
    return payer.address, amount, reference(name), deadline


def signed_bill(points: Any, bill: tuple[Any, ...], *, by: str = "utility") -> CoSignature:
    """The utility's signature of a bill."""
    return actor(by), sign(key_of(by), point_domain(points), BILL, bill)


def give(points: Any, to: str, amount: int, name: int | str = "a deposit") -> Any:
    """Mint to an actor against one deposit."""
    return mint(points, (actor(to), amount, reference(name)))


def assert_supply_is_escrow(points: Any) -> None:
    deposited, withdrawn = points.escrow()
    assert points.totalSupply() == deposited - withdrawn
