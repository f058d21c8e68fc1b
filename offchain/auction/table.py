"""The table of coalition values that a poster commits to, and its openings; docs/AUCTION.md has the preimages.

A region's part is a Merkle tree over blocks of 16 coalitions. A block holds its emissions in the clear, which is what
an Owen value is recomputed from, and the root of its 16 entries, which say with which dispatch each emission comes
about.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from offchain.auction.clearing import Clearing
from offchain.auction.coalitions import Coalitions, emissions
from offchain.auction.packing import POWER_BYTES
from offchain.errors import InputError
from offchain.merkle import MerkleTree, keccak256, merkle_tree
from offchain.units import Integers

BLOCK = 16
"""Coalitions in a block."""
POSITION_BYTES = 4
VALUE_BYTES = 16
EMISSION_BYTES = 6
NO_DISPATCH = bytes(32)


class Entry(NamedTuple):
    """One coalition of a region's part; a day has a quarter of a million of them."""

    position: int
    value: int
    """Objective [W x point-wei/kWh]."""
    emission: int
    """[mgCO2e]"""
    dispatch_hash: bytes

    @property
    def hash(self) -> bytes:
        """Leaf of the block's tree of entries; the emission stands in the block."""
        position = self.position.to_bytes(POSITION_BYTES, "big")
        return keccak256(position + self.value.to_bytes(VALUE_BYTES, "big", signed=True) + self.dispatch_hash)


@dataclass(frozen=True, kw_only=True)
class Block:
    """Sixteen consecutive coalitions of a region's part."""

    number: int
    entries: tuple[Entry, ...]
    tree: MerkleTree
    """Over the entries."""

    @property
    def emissions(self) -> bytes:
        """The 16 emissions [mgCO2e], 6 bytes each."""
        return b"".join(entry.emission.to_bytes(EMISSION_BYTES, "big") for entry in self.entries)

    @property
    def hash(self) -> bytes:
        """Leaf of the region's tree."""
        return keccak256(self.number.to_bytes(POSITION_BYTES, "big") + self.emissions + self.tree.root)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One entry with everything that leads from it to its region's root."""

    entry: Entry
    entry_proof: tuple[bytes, ...]
    emissions: bytes
    """Of the whole block, 96 bytes."""
    block_proof: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class RegionTable:
    """A region's part of the table."""

    blocks: tuple[Block, ...]
    tree: MerkleTree
    """Over the blocks."""

    @property
    def packed(self) -> bytes:
        """What recomputing an Owen value takes: of each block its emissions and its entries' root, 128 bytes."""
        return b"".join(block.emissions + block.tree.root for block in self.blocks)

    def opening(self, position: int) -> Opening:
        """Open the entry of a coalition.

        Raises:
            InputError: there is no such position.
        """
        if not 0 <= position < len(self.blocks) * BLOCK:
            raise InputError(f"coalition {position} is not in the table: 0 to {len(self.blocks) * BLOCK - 1}")
        block = self.blocks[position // BLOCK]
        return Opening(
            entry=block.entries[position % BLOCK],
            entry_proof=block.tree.proof(position % BLOCK),
            emissions=block.emissions,
            block_proof=self.tree.proof(block.number),
        )


@dataclass(frozen=True, kw_only=True)
class CoalitionTable:
    """The whole table."""

    regions: tuple[RegionTable, ...]

    @property
    def roots(self) -> bytes:
        """Roots of the regions, 32 bytes each: what a challenge shows."""
        return b"".join(region.tree.root for region in self.regions)

    @property
    def hash(self) -> bytes:
        """What the poster commits to."""
        return keccak256(self.roots)


def coalition_table(clearing: Clearing, coalitions: Coalitions, *, power: Integers) -> CoalitionTable:
    """The table of a first clearing and its coalitions' dispatches [W, (coalitions, orders)].

    Raises:
        InputError: an emission needs more than 48 bits.
    """
    market = clearing.market
    emission = emissions(market, power)
    if emission.max(initial=0) >= 1 << 8 * EMISSION_BYTES:
        raise InputError(
            f"a coalition emits {emission.max()} mgCO2e, at most {(1 << 8 * EMISSION_BYTES) - 1} have room"
        )
    signs = np.array([1 if order.is_load else -1 for order in market.orders], dtype=object)
    values = (power.astype(object) @ (signs * np.array(market.prices, dtype=object))).tolist()
    hashes = _dispatch_hashes(power)
    parts = []
    for rows in coalitions.tables:
        entries = [
            Entry(position=p, value=values[row], emission=int(emission[row]), dispatch_hash=hashes[row])
            for p, row in enumerate(rows.ravel().tolist())
        ]
        entries += [
            Entry(position=p, value=0, emission=0, dispatch_hash=NO_DISPATCH) for p in range(len(entries), BLOCK)
        ]
        parts.append(_region_table(entries))
    return CoalitionTable(regions=tuple(parts))


def _region_table(entries: list[Entry]) -> RegionTable:
    blocks = []
    for number in range(len(entries) // BLOCK):
        inside = tuple(entries[number * BLOCK : (number + 1) * BLOCK])
        blocks.append(Block(number=number, entries=inside, tree=merkle_tree([entry.hash for entry in inside])))
    return RegionTable(blocks=tuple(blocks), tree=merkle_tree([block.hash for block in blocks]))


def _dispatch_hashes(power: Integers) -> list[bytes]:
    """Hash of each row [W], packed 5 bytes an order."""
    packed = np.ascontiguousarray(power.astype(">u8")).view(np.uint8).reshape(*power.shape, 8)[:, :, 8 - POWER_BYTES :]
    return [keccak256(row.tobytes()) for row in np.ascontiguousarray(packed)]
