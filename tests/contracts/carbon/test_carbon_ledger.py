import pytest

from offchain.merkle import carbon_leaf, merkle_tree
from tests.support.region import DAY_END, FIRST_HOUR, Region, actor
from tests.support.reverts import reverts

HOUR = FIRST_HOUR + 5
NODES = {node: 100_000 + node for node in range(1, 12)}  # node -> intensity [mgCO2e/kWh]
TREE = merkle_tree([carbon_leaf(HOUR, node, intensity) for node, intensity in NODES.items()])
ROOTS = [bytes([index]) * 32 for index in range(1, 25)]


def post(region, first_hour, roots, *, by="carbon_provider"):
    return region.ledger.post(first_hour, roots, {"from": actor(by)})


@pytest.fixture(autouse=True)
def day_over(region):
    Region.go(DAY_END)


def test_a_day_of_roots_is_posted(region):
    transaction = post(region, FIRST_HOUR, ROOTS)
    assert [(event["hour"], bytes(event["root"])) for event in transaction.events["RootPosted"]] == [
        (FIRST_HOUR + index, root) for index, root in enumerate(ROOTS)
    ]
    for index, root in enumerate(ROOTS):
        assert region.ledger.hasFinalRoot(FIRST_HOUR + index)
        assert bytes(region.ledger.finalRoot(FIRST_HOUR + index)) == root
    assert not region.ledger.hasFinalRoot(FIRST_HOUR - 1)
    assert not region.ledger.hasFinalRoot(FIRST_HOUR + 24)


def test_only_the_provider_posts(region):
    with reverts("AccessManagedUnauthorized", actor("stranger")):
        post(region, FIRST_HOUR, ROOTS, by="stranger")


def test_a_root_is_never_overwritten(region):
    post(region, FIRST_HOUR + 3, ROOTS[:1])
    for overlapping in (ROOTS, ROOTS[:4]):
        with reverts("CarbonLedger_RootExists", FIRST_HOUR + 3, ROOTS[0]):
            post(region, FIRST_HOUR, overlapping)
    assert not region.ledger.hasFinalRoot(FIRST_HOUR)


def test_an_hour_is_traced_when_it_is_over(region):
    ends = DAY_END + 3_600
    Region.at(ends - 1)
    with reverts("CarbonLedger_HourNotOver", FIRST_HOUR + 24, ends - 1):
        post(region, FIRST_HOUR + 24, ROOTS[:1])
    Region.at(ends)
    post(region, FIRST_HOUR + 24, ROOTS[:1])


def test_malformed_batches_are_refused(region):
    for size in (0, 25):
        with reverts("CarbonLedger_BatchSize", size, 24):
            post(region, FIRST_HOUR, [ROOTS[0]] * size)
    with reverts("CarbonLedger_ZeroRoot", FIRST_HOUR + 1):
        post(region, FIRST_HOUR, [ROOTS[0], bytes(32)])


def test_the_absence_of_a_root_is_named(region):
    with reverts("CarbonLedger_NoFinalRoot", HOUR):
        region.ledger.finalRoot(HOUR)
    with reverts("CarbonLedger_NoFinalRoot", HOUR):
        region.ledger.verify(HOUR, 1, 1, [])


def test_every_entry_is_proven_and_nothing_else(region):
    post(region, HOUR, [TREE.root])
    post(region, HOUR + 1, [TREE.root])
    for index, (node, intensity) in enumerate(NODES.items()):
        proof = list(TREE.proof(index))
        assert region.ledger.verify(HOUR, node, intensity, proof)
        assert not region.ledger.verify(HOUR + 1, node, intensity, proof)  # the leaf names its hour
        assert not region.ledger.verify(HOUR, node + 1, intensity, proof)
        assert not region.ledger.verify(HOUR, node, intensity - 1, proof)
        assert not region.ledger.verify(HOUR, node, intensity, proof[:-1])
        assert not region.ledger.verify(HOUR, node, intensity, [*proof, TREE.root])


def test_a_tree_of_one_leaf_is_its_leaf(region):
    post(region, HOUR, [carbon_leaf(HOUR, 4, 5)])
    assert region.ledger.verify(HOUR, 4, 5, [])
    assert not region.ledger.verify(HOUR, 4, 6, [])
