"""Merkle trees, against a second encoder (eth_abi), a second hash (eth_hash) and a recursive root."""

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError
from offchain.merkle import carbon_leaf, keccak256, leaf_hash, merkle_tree, verify

WORDS = st.integers(0, 2**256 - 1)
LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True)


def root_by_recursion(nodes):
    """Pairs hashed in ascending order, an odd last one handed up."""
    if len(nodes) == 1:
        return nodes[0]
    pairs = [nodes[i : i + 2] for i in range(0, len(nodes), 2)]
    return root_by_recursion([keccak(b"".join(sorted(pair))) if len(pair) == 2 else pair[0] for pair in pairs])


def test_keccak_is_not_sha3():
    """The published Keccak-256 of the empty string."""
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@given(values=st.lists(WORDS, max_size=5))
def test_leaf_is_the_double_hash_of_the_abi_encoding(values):
    assert leaf_hash(*values) == keccak(keccak(encode(["uint256"] * len(values), values)))


def test_carbon_leaf_golden():
    """Hour 403535, node 17, 412,345 mgCO2e/kWh; changed by any of the three."""
    leaf = carbon_leaf(403535, 17, 412345)
    assert leaf == keccak(keccak(encode(["uint256", "uint256", "uint256"], [403535, 17, 412345])))
    assert leaf not in {
        carbon_leaf(403536, 17, 412345),
        carbon_leaf(403535, 18, 412345),
        carbon_leaf(17, 403535, 412345),
    }


@given(leaves=LEAVES)
def test_root_and_every_proof(leaves):
    tree = merkle_tree(leaves)
    assert tree.root == root_by_recursion(leaves)
    assert all(verify(tree.proof(i), root=tree.root, leaf=leaf) for i, leaf in enumerate(leaves))


@given(leaves=LEAVES, data=st.data())
def test_a_changed_leaf_or_sibling_is_refused(leaves, data):
    tree = merkle_tree(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = tree.proof(index)
    stranger = bytes(32) if leaves[index] != bytes(32) else b"\x01" * 32
    assert not verify(proof, root=tree.root, leaf=stranger)
    for i, sibling in enumerate(proof):
        damaged = (*proof[:i], bytes([sibling[0] ^ 1]) + sibling[1:], *proof[i + 1 :])
        assert not verify(damaged, root=tree.root, leaf=leaves[index])


def test_order_of_leaves_matters():
    leaves = [leaf_hash(i) for i in range(5)]
    assert merkle_tree(leaves).root != merkle_tree(leaves[::-1]).root


def test_single_leaf_is_its_own_root():
    leaf = leaf_hash(1)
    tree = merkle_tree([leaf])
    assert (tree.root, tree.proof(0)) == (leaf, ())


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda: merkle_tree([]), "a Merkle tree needs at least one leaf"),
        (lambda: merkle_tree([bytes(32), bytes(31)]), "leaf 1 has 31 bytes, not 32"),
        (lambda: merkle_tree([bytes(32)]).proof(1), "leaf 1 is not in the tree: 0 to 0"),
        (lambda: leaf_hash(-1), "leaf value -1 is not a uint256"),
        (lambda: leaf_hash(2**256), f"leaf value {2**256} is not a uint256"),
    ],
)
def test_bad_input_is_named(broken, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        broken()
