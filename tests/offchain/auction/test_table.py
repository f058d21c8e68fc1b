"""The committed table: its preimages by hand, its openings, and Owen values recomputed from its bytes alone."""

from fractions import Fraction
from math import factorial

import pytest

from offchain.auction.clearing import clear
from offchain.auction.coalitions import clear_coalitions, coalitions_of, emissions, regions_of
from offchain.auction.optimality import emission, infeasibility, objective
from offchain.auction.owen import owen_values
from offchain.auction.packing import pack_dispatch
from offchain.auction.table import coalition_table
from offchain.errors import InputError
from offchain.merkle import keccak256, verify
from tests.offchain.auction.auction_cases import generator, golden_case, load, one_bus


@pytest.fixture(scope="module")
def committed():
    cleared = clear(golden_case(congested=True).market(12))
    coalitions = coalitions_of(regions_of(cleared.market))
    power = clear_coalitions(cleared, coalitions.members)
    return cleared, coalitions, power, coalition_table(cleared, coalitions, power=power)


def recomputed(packed: bytes, *, regions: int, own: int, order: int) -> Fraction:
    """X of one order from a region's bytes, as docs/AUCTION.md defines it for the contract [mgCO2e]."""
    blocks = [packed[start : start + 128] for start in range(0, len(packed), 128)]
    total = 0
    for number, block in enumerate(blocks):
        for slot in range(16):
            position = 16 * number + slot
            if position >> own >= 2 ** (regions - 1):
                continue
            others, part = (position >> own).bit_count(), position & (2**own - 1)
            r = part.bit_count()
            weight = factorial(others) * factorial(regions - others - 1)
            if part >> order & 1:
                weight *= factorial(r - 1) * factorial(own - r)
            else:
                weight *= -factorial(r) * factorial(own - r - 1)
            total += weight * int.from_bytes(block[6 * slot : 6 * slot + 6], "big")
    return Fraction(total, factorial(regions) * factorial(own))


def root_of(packed: bytes) -> bytes:
    """Root of a region from its bytes, as the contract hashes them."""
    level = [
        keccak256(number.to_bytes(4, "big") + packed[start : start + 128])
        for number, start in enumerate(range(0, len(packed), 128))
    ]
    while len(level) > 1:
        level = [keccak256(min(a, b) + max(a, b)) for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def test_region_of_nine_takes_64_kilobytes(committed):
    table = committed[3]
    assert [len(region.packed) for region in table.regions] == [128 * 2 ** (4 + n - 4) for n in (9, 4, 4, 5, 4)]
    assert len(table.regions[0].packed) == 65_536


def test_hash_commits_to_the_roots_which_follow_from_the_bytes(committed):
    table = committed[3]
    assert table.hash == keccak256(b"".join(root_of(region.packed) for region in table.regions))


def test_owen_values_follow_from_the_bytes(committed):
    cleared, coalitions, power, table = committed
    shares = owen_values(emissions(cleared.market, power), coalitions)
    for region, part in zip(coalitions.regions, table.regions, strict=True):
        for order, position in enumerate(region):
            assert recomputed(part.packed, regions=5, own=len(region), order=order) == shares[position]


def test_openings_lead_to_the_root_and_hold_for_their_coalition(committed):
    cleared, coalitions, power, table = committed
    for k in (0, 3):
        own = len(coalitions.regions[k])
        others = [region for r, region in enumerate(coalitions.regions) if r != k]
        for position in range(5, 2 ** (4 + own), 97):
            members = {order for i, order in enumerate(coalitions.regions[k]) if position >> i & 1}
            members.update(o for i, region in enumerate(others) if position >> own + i & 1 for o in region)
            opening = table.regions[k].opening(position)
            entry = opening.entry
            dispatch = power[coalitions.tables[k].ravel()[position]].tolist()
            market = cleared.market.restricted(frozenset(members))
            assert infeasibility(market, dispatch) is None
            assert entry.value == objective(market, dispatch)
            assert entry.emission == emission(market, dispatch)
            assert entry.dispatch_hash == keccak256(pack_dispatch(dispatch))
            value = entry.value.to_bytes(16, "big", signed=True)
            leaf = keccak256(position.to_bytes(4, "big") + value + entry.dispatch_hash)
            entries_root = opening_root(opening.entry_proof, leaf)
            shown = int.from_bytes(opening.emissions[6 * (position % 16) : 6 * (position % 16) + 6], "big")
            assert shown == entry.emission
            block = keccak256((position // 16).to_bytes(4, "big") + opening.emissions + entries_root)
            assert verify(opening.block_proof, root=table.regions[k].tree.root, leaf=block)


def opening_root(proof, leaf):
    for sibling in proof:
        leaf = keccak256(min(leaf, sibling) + max(leaf, sibling))
    return leaf


def test_everybody_is_the_first_clearing(committed):
    cleared, _, _, table = committed
    for region in table.regions:
        everybody = region.opening(16 * len(region.blocks) - 1).entry
        assert everybody.dispatch_hash == keccak256(pack_dispatch(cleared.dispatch))
        assert everybody.emission == cleared.emission


def test_small_region_fills_its_block_with_nothing():
    """One region of two orders has four coalitions; twelve empty entries fill the block."""
    cleared = clear(one_bus(generator(100, 50, intensity=400), load(500, 30)))
    coalitions = coalitions_of(regions_of(cleared.market))
    table = coalition_table(cleared, coalitions, power=clear_coalitions(cleared, coalitions.members))
    (region,) = table.regions
    assert region.packed[:96] == bytes(18) + (30 * 400).to_bytes(6, "big") + bytes(72)
    entries = [keccak256(p.to_bytes(4, "big") + bytes(16 + 32)) for p in range(16)]
    nothing = keccak256(bytes(10))
    welfare = 30 * (5 * 10**16 - 2 * 10**6 - 10**16 - 3 * 10**10 * 400 - 10**6)
    entries[:4] = [keccak256(p.to_bytes(4, "big") + bytes(16) + nothing) for p in range(4)]
    entries[3] = keccak256(
        (3).to_bytes(4, "big") + welfare.to_bytes(16, "big") + keccak256(2 * (30).to_bytes(5, "big"))
    )
    level = entries
    while len(level) > 1:
        level = [keccak256(min(a, b) + max(a, b)) for a, b in zip(level[::2], level[1::2], strict=True)]
    assert region.packed[96:] == level[0]
    with pytest.raises(InputError, match="coalition 16 is not in the table: 0 to 15"):
        region.opening(16)


def test_emission_without_room_is_refused():
    cleared = clear(one_bus(generator(100, 2**40 - 1, intensity=1500), load(500, 2**40 - 1)))
    coalitions = coalitions_of(regions_of(cleared.market))
    with pytest.raises(InputError, match="a coalition emits 1649267441662500 mgCO2e"):
        coalition_table(cleared, coalitions, power=clear_coalitions(cleared, coalitions.members))
