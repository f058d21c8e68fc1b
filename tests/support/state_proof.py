"""A storage slot proven against a block's state root, from the rules of the Merkle Patricia trie."""

from collections.abc import Sequence
from typing import Any

import rlp
from brownie import web3
from eth_utils import keccak


def proven_slot(account: str, slot: int, block: int) -> int:
    """The value of an account's storage slot at a block, by inclusion in the block's state root."""
    answer = web3.provider.make_request("eth_getProof", [account, [f"0x{slot:064x}"], hex(block)])
    assert "error" not in answer, answer["error"]
    state_root = bytes(web3.eth.get_block(block)["stateRoot"])
    state = _included(state_root, keccak(hexstr=account), answer["result"]["accountProof"])
    [entry] = answer["result"]["storageProof"]
    return int.from_bytes(
        rlp.decode(_included(rlp.decode(state)[2], keccak(slot.to_bytes(32, "big")), entry["proof"])), "big"
    )


def _included(root: bytes, key: bytes, nodes: Sequence[Any]) -> bytes:
    """Walk from the root along the key's nibbles; every node must have the hash that its parent names."""
    path = [nibble for byte in key for nibble in (byte >> 4, byte & 15)]
    wanted: Any = root
    for text in nodes:
        encoded = bytes.fromhex(text[2:]) if isinstance(text, str) else bytes(text)
        assert encoded == rlp.encode(wanted) if isinstance(wanted, list) else keccak(encoded) == wanted
        node = rlp.decode(encoded)
        if len(node) == 17:
            wanted, path = node[path[0]], path[1:]
            continue
        first, *rest = ((byte >> 4, byte & 15) for byte in node[0])
        nibbles = ([first[1]] if first[0] & 1 else []) + [nibble for pair in rest for nibble in pair]
        assert path[: len(nibbles)] == nibbles, "the key is not in the trie"
        wanted, path = node[1], path[len(nibbles) :]
    assert not path, "the proof ends before the key does"
    return bytes(wanted)
