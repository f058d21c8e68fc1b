"""Freezes of accounts, which two persons of the regulator decide."""

from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction
from offchain.chain.typed_data import domain_of
from offchain.members.papers import FREEZE, LIFT

CONTRACT = "FreezeList"


def freeze(
    client: Client, account: str, *, until: int, reason: bytes, deadline: int, second: Key, key: Key
) -> list[Transaction]:
    """Freeze an account, or move the end of its freeze.

    Args:
        client: of the chain.
        account: its address.
        until: end of the freeze [s].
        reason: hash of the decision.
        deadline: until when the second person's signature holds [s].
        second: the regulator's second person.
        key: the regulator's.

    Raises:
        ChainError: the chain does not answer.
    """
    contract = client.contract(CONTRACT)
    message = {
        "account": account,
        "until": until,
        "reason": reason,
        "nonce": client.call(contract("nonceOf", account)),
        "deadline": deadline,
    }
    signed = domain_of(client, contract).co_sign(second, FREEZE, message)
    return [Transaction(contract("freeze", account, until, reason, deadline, signed), key)]


def lift_freeze(
    client: Client, account: str, *, reason: bytes, deadline: int, second: Key, key: Key
) -> list[Transaction]:
    """End an account's freeze before its time; arguments as of `freeze`.

    Raises:
        ChainError: the chain does not answer.
    """
    contract = client.contract(CONTRACT)
    message = {
        "account": account,
        "reason": reason,
        "nonce": client.call(contract("nonceOf", account)),
        "deadline": deadline,
    }
    signed = domain_of(client, contract).co_sign(second, LIFT, message)
    return [Transaction(contract("lift", account, reason, deadline, signed), key)]
