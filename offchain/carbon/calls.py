"""What is sent to CarbonLedger."""

from collections.abc import Sequence

from offchain.chain.batches import batches
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction

CONTRACT = "CarbonLedger"
ROOT_BATCH = 24


def post_roots(client: Client, roots: Sequence[bytes], *, first_hour: int, key: Key) -> list[Transaction]:
    """Post the roots of consecutive unix hours, up to 24 in a transaction; `key` is the carbon provider's."""
    contract = client.contract(CONTRACT)
    return [
        Transaction(contract("post", first_hour + number * ROOT_BATCH, batch), key, items=len(batch))
        for number, batch in enumerate(batches(roots, ROOT_BATCH))
    ]
