"""What is sent to RoleManager: a label."""

from collections.abc import Sequence

from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction

CONTRACT = "RoleManager"


def label_role(client: Client, role: int, *, label: str, key: Key) -> Sequence[Transaction]:
    return [Transaction(client.contract(CONTRACT)("labelRole", role, label), key)]
