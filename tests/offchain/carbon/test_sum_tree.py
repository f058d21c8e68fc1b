"""Merkle sum trees: totals bound to the root, every leaf provable at its place and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from offchain.carbon.commitment import carbon_tree
from offchain.carbon.integer import integer_trace
from offchain.carbon.sum_tree import SumNode, sum_leaf, sum_tree, verify_sum
from offchain.errors import InputError
from offchain.merkle import carbon_leaf
from tests.offchain.carbon.flow_cases import random_snapshot

SUMS = st.tuples(*[st.integers(0, 2**80)] * 4)


def digest(data):
    return keccak.new(data=data, digest_bits=256).digest()


def packed(sums):
    return b"".join(value.to_bytes(12, "big") for value in sums)


def naive_root(contents, sums):
    """The root as the module's docstring defines it, by recursion over halves."""
    size = 1
    while size < len(contents):
        size *= 2
    rows = list(zip(contents, sums, strict=True)) + [(bytes(32), (0, 0, 0, 0))] * (size - len(contents))

    def top(first, last):
        if last - first == 1:
            content, row = rows[first]
            return digest(b"\0" + first.to_bytes(4, "big") + content + packed(row)), row
        (left, a), (right, b) = top(first, (first + last) // 2), top((first + last) // 2, last)
        return digest(b"\1" + left + packed(a) + right + packed(b)), tuple(x + y for x, y in zip(a, b, strict=True))

    hashed, row = top(0, size)
    return digest(b"\2" + len(contents).to_bytes(4, "big") + hashed + packed(row)), row


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), SUMS), min_size=1, max_size=20))
def test_root_totals_and_every_proof(rows):
    contents, sums = zip(*rows, strict=True)
    tree = sum_tree(contents, sums)
    assert (tree.root, tree.totals) == naive_root(contents, sums)
    for index, (content, row) in enumerate(rows):
        proof, leaf = tree.proof(index), sum_leaf(index, content, sums=row)
        assert verify_sum(proof, root=tree.root, leaves=len(rows), index=index, leaf=leaf)
        for other in {index ^ 1, index + len(rows), -1} - {index}:
            assert not verify_sum(proof, root=tree.root, leaves=len(rows), index=other, leaf=leaf)


CONTENTS = [bytes([i]) * 32 for i in range(5)]
ROWS = [(i, 2 * i, 3 * i, 10 * i) for i in range(5)]
TREE = sum_tree(CONTENTS, ROWS)
LEAF = sum_leaf(3, CONTENTS[3], sums=ROWS[3])
PROOF = TREE.proof(3)


def verified(proof=PROOF, root=TREE.root, leaves=5, index=3, leaf=LEAF):
    return verify_sum(proof, root=root, leaves=leaves, index=index, leaf=leaf)


def test_nothing_can_be_invented():
    assert verified()
    first, second, third = PROOF
    shifted = replace(first, sums=(0, 0, 0, 0)), replace(second, sums=tuple(a + 2 for a in second.sums))
    assert not verified(leaf=sum_leaf(3, CONTENTS[3], sums=(3, 6, 9, 31)))
    assert not verified(leaf=sum_leaf(2, CONTENTS[3], sums=ROWS[3]))
    assert not verified(proof=(*shifted, third))
    assert not verified(proof=(second, first, third))
    assert not verified(proof=(first, second))
    assert not verified(proof=(first, second, third, third))
    assert not verified(leaves=6)
    assert not verified(root=bytes(32))
    assert not verified(leaf=replace(LEAF, sums=(-1, 6, 9, 30)))
    assert not verified(proof=(replace(first, sums=(2**96, 0, 0, 0)), second, third))
    assert not verified(proof=(replace(first, sums=(2**96 - 1, 0, 0, 0)), second, third))
    assert not verified(proof=(replace(first, digest=first.digest[:-1]), second, third))


def test_an_inner_node_is_no_leaf():
    """Two leaves joined by hand cannot stand for one leaf of a tree of half the size."""
    inner = TREE.levels[1][0]
    assert not verify_sum(TREE.proof(0)[1:], root=TREE.root, leaves=5, index=0, leaf=inner)
    assert isinstance(inner, SumNode)


@pytest.mark.parametrize(
    ("contents", "sums", "message"),
    [
        ([], [], "a sum tree needs as many contents as sums, at least one: 0 and 0"),
        (CONTENTS[:2], ROWS[:1], "a sum tree needs as many contents as sums, at least one: 2 and 1"),
        ([b"short"], ROWS[:1], "content of leaf 0 has 5 bytes, not 32"),
        (
            CONTENTS[:1],
            [(0, -1, 0, 0)],
            r"sums \(0, -1, 0, 0\) are out of range: each must be at least 0 and below 2\^96",
        ),
        (CONTENTS[:2], [(2**96 - 1, 0, 0, 0), (1, 0, 0, 0)], r"sums .* are out of range"),
    ],
)
def test_what_does_not_fit_is_refused(contents, sums, message):
    with pytest.raises(InputError, match=message):
        sum_tree(contents, sums).root  # noqa: B018 -- the root packs the totals


@pytest.mark.parametrize("index", [-1, 5])
def test_padding_has_no_proof(index):
    with pytest.raises(InputError, match=f"^leaf {index} is not in the tree: 0 to 4$"):
        TREE.proof(index)


def test_the_tree_of_a_trace_holds_its_totals_and_the_leaves_of_the_ledger():
    snapshot, intensities = random_snapshot(5, 9, extra_branches=6, warts=frozenset({"circle", "gain"}))
    trace = integer_trace(snapshot, intensities)
    tree = carbon_tree(trace, 0, hour=412_000, generator_node=snapshot.generator_node)
    throughflow = int(trace.flows[0].throughflow.sum())
    assert tree.totals == (*trace.totals[0], throughflow)
    node = 4
    into = trace.flows[0].throughflow[node] * trace.intensity[0, node]
    content = carbon_leaf(412_000, node, int(trace.intensity[0, node]))
    sums = tree.levels[0][node].sums
    assert tree.levels[0][node] == sum_leaf(node, content, sums=sums)
    assert sums[3] == trace.flows[0].throughflow[node]
    assert 0 <= sums[1] + sums[2] <= into
    assert all(isinstance(value, int) and not isinstance(value, np.integer) for value in sums)
