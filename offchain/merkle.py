"""Merkle trees whose proofs OpenZeppelin's `MerkleProof.verify` accepts.

A leaf is `keccak256(keccak256(abi.encode(values...)))`: hashed twice, so that no inner node can pass for a leaf. A
parent is the hash of its two children in ascending order. Leaves keep the order in which they are given; a level with
an odd number of nodes hands its last one up unchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sha3

from offchain.errors import InputError

WORD_BYTES = 32


def keccak256(data: bytes) -> bytes:
    """Compute Keccak-256 as the EVM does."""
    digest: bytes = sha3.keccak_256(data).digest()
    return digest


def leaf_hash(*values: int) -> bytes:
    """Hash values of type uint256 to a leaf.

    Raises:
        InputError: a value is negative or needs more than 256 bits.

    """
    for value in values:
        if not 0 <= value < 1 << 8 * WORD_BYTES:
            raise InputError(f"leaf value {value} is not a uint256")
    return keccak256(keccak256(b"".join(value.to_bytes(WORD_BYTES, "big") for value in values)))


def carbon_leaf(hour: int, node: int, intensity: int) -> bytes:
    """Hash an entry of the carbon ledger to its leaf: unix hour, node of the grid, carbon intensity [mgCO2e/kWh]."""
    return leaf_hash(hour, node, intensity)


def _parent(left: bytes, right: bytes) -> bytes:
    return keccak256(left + right if left < right else right + left)


@dataclass(frozen=True)
class MerkleTree:
    """All levels of a tree: `levels[0]` are the leaves, `levels[-1]` holds the root alone."""

    levels: tuple[tuple[bytes, ...], ...]

    @property
    def root(self) -> bytes:
        """The 32 bytes that commit to every leaf."""
        return self.levels[-1][0]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """Collect the siblings from the leaf at `index` up to the root.

        Raises:
            InputError: there is no such leaf.

        """
        if not 0 <= index < len(self.levels[0]):
            raise InputError(f"leaf {index} is not in the tree: 0 to {len(self.levels[0]) - 1}")
        siblings = []
        for level in self.levels[:-1]:
            if index ^ 1 < len(level):
                siblings.append(level[index ^ 1])
            index //= 2
        return tuple(siblings)


def merkle_tree(leaves: Sequence[bytes]) -> MerkleTree:
    """Build the tree over leaves in the given order.

    Raises:
        InputError: there is no leaf, or one is not 32 bytes long.

    """
    if not leaves:
        raise InputError("a Merkle tree needs at least one leaf")
    for index, leaf in enumerate(leaves):
        if len(leaf) != WORD_BYTES:
            raise InputError(f"leaf {index} has {len(leaf)} bytes, not {WORD_BYTES}")
    levels = [tuple(leaves)]
    while len(levels[-1]) > 1:
        level = levels[-1]
        paired = [_parent(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        levels.append(tuple(paired) + level[len(level) & ~1 :])
    return MerkleTree(tuple(levels))


def verify(proof: Sequence[bytes], *, root: bytes, leaf: bytes) -> bool:
    """Tell whether a proof leads from a leaf to a root, as `MerkleProof.verify` decides it."""
    node = leaf
    for sibling in proof:
        node = _parent(node, sibling)
    return node == root
