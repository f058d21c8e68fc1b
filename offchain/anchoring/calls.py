"""What is sent to AnchorBoard."""

from collections.abc import Sequence

from offchain.chain.client import Block, Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction

CONTRACT = "AnchorBoard"


def anchor(client: Client, blocks: Sequence[tuple[int, Block]], *, key: Key) -> list[Transaction]:
    """Record blocks of other chains, each with its chain's id, one in a transaction; `key` is the relayer's."""
    board = client.contract(CONTRACT)
    return [
        Transaction(board("anchor", chain_id, block.number, bytes.fromhex(block.hash.removeprefix("0x"))), key)
        for chain_id, block in blocks
    ]
