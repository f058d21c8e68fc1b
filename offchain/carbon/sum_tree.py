"""Merkle sum trees over the nodes of a grid: who knows the root knows the totals, and nobody can invent them.

The tree has a fixed size, the next power of two; leaf i is node i and its place is proven with it, so no node can have
two leaves. Every tree node carries four sums, each below 2^96: carbon of generation, loads and losses [ugCO2e of the
hour] and throughflow [W]. With `||` for concatenation and sums as four 12-byte numbers,

    leaf  = keccak(0x00 || index as 4 bytes || content as 32 bytes || sums)
    inner = keccak(0x01 || left || sums of left || right || sums of right)
    root  = keccak(0x02 || number of leaves as 4 bytes || top || sums of top)

The first byte keeps the three kinds apart, so that none can pass for another. Leaves beyond the last node are leaves
with content and sums of zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from offchain.errors import InputError
from offchain.merkle import WORD_BYTES, keccak256

SUM_BYTES = 12
INDEX_BYTES = 4

Sums = tuple[int, int, int, int]
NOTHING: Sums = (0, 0, 0, 0)


@dataclass(frozen=True)
class SumNode:
    """A digest and what everything below it adds up to."""

    digest: bytes
    sums: Sums


@dataclass(frozen=True)
class SumTree:
    """All levels of a tree: `levels[0]` are the leaves, `levels[-1]` holds the top alone."""

    leaves: int  # without padding
    levels: tuple[tuple[SumNode, ...], ...]

    @property
    def totals(self) -> Sums:
        """Carbon of generation, loads and losses [ugCO2e] and throughflow [W] of all nodes."""
        return self.levels[-1][0].sums

    @property
    def root(self) -> bytes:
        """The 32 bytes that commit to every leaf, to their number and to the totals."""
        return root_digest(self.leaves, self.levels[-1][0])

    def proof(self, index: int) -> tuple[SumNode, ...]:
        """Collect the siblings from the leaf at `index` up to the top.

        Raises:
            InputError: there is no such leaf.

        """
        if not 0 <= index < self.leaves:
            raise InputError(f"leaf {index} is not in the tree: 0 to {self.leaves - 1}")
        return tuple(level[(index >> height) ^ 1] for height, level in enumerate(self.levels[:-1]))


def sum_tree(contents: Sequence[bytes], sums: Sequence[Sums]) -> SumTree:
    """Build the tree over the nodes' contents (32 bytes each) and sums, in the order of the nodes.

    Raises:
        InputError: there is no node, or a content or sum does not fit.

    """
    if not contents or len(contents) != len(sums):
        raise InputError(f"a sum tree needs as many contents as sums, at least one: {len(contents)} and {len(sums)}")
    size = 1 << (len(contents) - 1).bit_length()
    padding = size - len(contents)
    rows = zip([*contents, *[bytes(WORD_BYTES)] * padding], [*sums, *[NOTHING] * padding], strict=True)
    levels = [tuple(sum_leaf(index, content, sums=row) for index, (content, row) in enumerate(rows))]
    while len(levels[-1]) > 1:
        level = levels[-1]
        levels.append(tuple(_parent(level[i], level[i + 1]) for i in range(0, len(level), 2)))
    return SumTree(len(contents), tuple(levels))


def sum_leaf(index: int, content: bytes, *, sums: Sums) -> SumNode:
    """Hash a node's content and sums to its leaf.

    Raises:
        InputError: the content is not 32 bytes long, or a number does not fit.

    """
    if len(content) != WORD_BYTES:
        raise InputError(f"content of leaf {index} has {len(content)} bytes, not {WORD_BYTES}")
    return SumNode(keccak256(b"\0" + _index(index) + content + _packed(sums)), sums)


def verify_sum(proof: Sequence[SumNode], *, root: bytes, leaves: int, index: int, leaf: SumNode) -> bool:
    """Tell whether a proof leads from a leaf at its place to a root over so many leaves."""
    if not 0 <= index < leaves or len(proof) != (leaves - 1).bit_length():
        return False
    totals = (sum(column) for column in zip(leaf.sums, *(sibling.sums for sibling in proof), strict=True))
    if not all(_fit(sums) for sums in (leaf.sums, *(sibling.sums for sibling in proof), tuple(totals))):
        return False
    if any(len(given.digest) != WORD_BYTES for given in (leaf, *proof)):
        return False
    node = leaf
    for height, sibling in enumerate(proof):
        node = _parent(sibling, node) if index >> height & 1 else _parent(node, sibling)
    return root_digest(leaves, node) == root


def root_digest(leaves: int, top: SumNode) -> bytes:
    """Hash the number of leaves and the top of a tree to its root."""
    return keccak256(b"\2" + _index(leaves) + top.digest + _packed(top.sums))


def _parent(left: SumNode, right: SumNode) -> SumNode:
    generation, load, loss, throughflow = (a + b for a, b in zip(left.sums, right.sums, strict=True))
    inputs = left.digest + _packed(left.sums) + right.digest + _packed(right.sums)
    return SumNode(keccak256(b"\1" + inputs), (generation, load, loss, throughflow))


def _index(index: int) -> bytes:
    if not 0 <= index < 1 << 8 * INDEX_BYTES:
        raise InputError(f"{index} is out of range: 0 to {(1 << 8 * INDEX_BYTES) - 1}")
    return index.to_bytes(INDEX_BYTES, "big")


def _fit(sums: tuple[int, ...]) -> bool:
    """Tell whether every sum can be written."""
    return all(0 <= value < 1 << 8 * SUM_BYTES for value in sums)


def _packed(sums: Sums) -> bytes:
    if not _fit(sums):
        raise InputError(f"sums {sums} are out of range: each must be at least 0 and below 2^{8 * SUM_BYTES}")
    return b"".join(value.to_bytes(SUM_BYTES, "big") for value in sums)
