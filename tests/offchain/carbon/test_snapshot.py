"""Flow snapshots: every rule with a good and a bad case, what adapters share, how the external grid changes sides."""

from dataclasses import replace

import numpy as np
import pytest

from offchain.carbon.adapters.grid_case import flow_snapshot
from offchain.carbon.snapshot import numbered, positions, split_signs
from offchain.carbon.snapshot_checks import imbalance
from offchain.errors import InputError
from offchain.grid.case import ExternalGrid, Generator, GridCase, Line, Load, Node
from offchain.grid.power_flow import Injections, solve
from offchain.grid.solvers.table import DEFAULT_SOLVER
from tests.offchain.carbon.flow_cases import random_snapshot, snapshot_of

SOUND = snapshot_of(
    [(0, 1, 1.0, -0.9), (1, 2, 0.5, -0.4)], generation=[(0, 1.0), (2, 0.1)], load=[(1, 0.4), (2, 0.5)], nodes=3
)


def one(*values):
    return np.array([values])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"p_to_mw": np.zeros((1, 3))}, "p_to_mw has shape (1, 3), expected (1, 2)"),
        ({"load_mw": np.zeros((2, 2))}, "load_mw has shape (2, 2), expected (1, 2)"),
        ({"load_node": np.array([1])}, "load_node has shape (1,), expected (2,)"),
        ({"may_gain": np.array([True])}, "may_gain has shape (1,), expected (2,)"),
        ({"tolerance_mw": -1.0}, "tolerance_mw must be at least 0, not -1.0"),
        ({"tolerance_mw": float("nan")}, "tolerance_mw must be at least 0, not nan"),
        ({"nodes": ("a", "b", "a")}, "nodes a: names must be unique"),
        ({"branches": ("x", "x")}, "branches x: names must be unique"),
        ({"generators": ("7", "7")}, "generators 7: names must be unique"),
        ({"loads": ("7", "7")}, "loads 7: names must be unique"),
        ({"generation_mw": one(np.inf, 0.1)}, "generation_mw of generators 0 must be finite"),
        ({"p_from_mw": one(1.0, np.nan)}, "p_from_mw of branches 1 must be finite"),
        ({"load_mw": one(0.4, -0.25)}, "load_mw of loads 1 must not be negative"),
        ({"generation_mw": one(1.0, -0.25)}, "generation_mw of generators 1 must not be negative"),
        ({"to_node": np.array([1, 3])}, "to_node of branches 1 is unknown"),
        ({"from_node": np.array([-1, 1])}, "from_node of branches 0 is unknown"),
        ({"generator_node": np.array([-1, 2])}, "generator_node of generators 0 is unknown"),
        ({"load_node": np.array([1, 3])}, "load_node of loads 1 is unknown"),
        ({"to_node": np.array([1, 1])}, "branches 1 must join two nodes"),
        ({"load_mw": one(0.4, 0.500002)}, "nodes 2 are out of balance by up to 2e-06 MW, allowed 1e-06"),
    ],
)
def test_each_rule_finds_its_fault(fault, message):
    with pytest.raises(InputError) as caught:
        replace(SOUND, **fault)
    assert str(caught.value) == f"flow snapshot: {message}"


@pytest.mark.parametrize(
    "change",
    [
        {"load_mw": one(0.4, 0.5000009)},
        {"load_mw": one(0.4, 0.51), "tolerance_mw": 0.02},
        {"nodes": ("a", "b", "A"), "generators": ("a", "b")},
        {"may_gain": np.array([True, True])},
    ],
)
def test_what_no_rule_forbids_is_taken(change):
    assert replace(SOUND, **change).steps == 1


def test_problems_are_named_together():
    with pytest.raises(InputError) as caught:
        replace(SOUND, load_mw=one(-1.0, np.nan), to_node=np.array([5, 1]))
    assert str(caught.value) == (
        "flow snapshot: load_mw of loads 1 must be finite; to_node of branches 0 is unknown; "
        "branches 1 must join two nodes"
    )


def test_a_branch_gains_power_only_where_it_may():
    gaining = {"generation": [(0, 2.0)], "load": [(1, 3.0)], "nodes": 2}
    assert snapshot_of([(0, 1, 2.0, -3.0)], **gaining, may_gain=True).steps == 1
    with pytest.raises(InputError) as caught:
        snapshot_of([(0, 1, 2.0, -3.0)], **gaining)
    assert str(caught.value) == "flow snapshot: branches 0 gain up to 1 MW, allowed 1e-06"


def test_an_island_needs_a_source():
    flows = [(0, 1, 1.0, -1.0), (2, 3, 1.0, -1.0), (3, 2, 1.0, -1.0)]
    grid = {"load": [(1, 1.0), (2, 0.0)], "nodes": 5}
    with pytest.raises(InputError) as caught:
        snapshot_of(flows, generation=[(0, 1.0), (4, 0.0)], **grid)
    assert str(caught.value) == ("flow snapshot: nodes 2, 3 have load or flow, but nothing in their island generates")
    fed = replace(
        snapshot_of(flows[:1], generation=[(0, 1.0), (2, 1.0)], load=[(1, 1.0), (2, 1.0)], nodes=5), tolerance_mw=0.0
    )
    assert fed.node_count == 5  # node 4 has neither load nor flow


def test_long_lists_are_cut():
    with pytest.raises(InputError, match=r"loads 0, 1, 2, 3, 4, 5, 6, 7 and 2 more must not be negative"):
        snapshot_of([], generation=[(0, 1.0)], load=[(0, -1.0)] * 10, nodes=1)


def test_closing_moves_what_is_unbalanced_to_the_strongest_branch_end():
    """Node 1 gets 0.9, gives 0.5 and takes 0.3999995: the 0.5 W left are lost where 0.9 MW come in."""
    snapshot = replace(SOUND, load_mw=one(0.3999995, 0.5))
    closed = snapshot.closed()
    assert closed.p_to_mw[0] == pytest.approx([-0.8999995, -0.4], rel=1e-15)
    assert (closed.p_from_mw == snapshot.p_from_mw).all()
    assert np.abs(imbalance(closed)).max() < 1e-15
    assert np.abs(imbalance(snapshot)).max() == pytest.approx(5e-7)


def test_one_step_of_many():
    snapshot, _ = random_snapshot(1, 6, extra_branches=4)
    names = ("p_from_mw", "p_to_mw", "generation_mw", "load_mw")
    double = replace(snapshot, **{name: np.concatenate([getattr(snapshot, name)] * 2) * [[1], [2]] for name in names})
    assert (double.only(1).load_mw == 2 * snapshot.load_mw).all()
    assert double.only(0).steps == 1


def test_ids_become_positions_and_signs_become_sides():
    assert positions(np.array([30, 10, 99]), np.array([10, 20, 30, 10])).tolist() == [2, 0, -1]
    positive, negative = split_signs(np.array([2.0, -3.0, 0.0]))
    assert (positive.tolist(), negative.tolist()) == ([2, 0, 0], [0, 3, 0])
    assert numbered(3) == ("0", "1", "2")


def test_the_external_grid_is_a_generator_or_a_load():
    """Step 0: 2 MW load, 0.5 MW generation; step 1: 0.1 MW load, 1.5 MW generation, so power flows back."""
    case = GridCase(
        "pair",
        50.0,
        (Node(0, "grid", 20.0, None, None), Node(1, "village", 20.0, None, None)),
        (Line(0, "line", 0, 1, True, True, 2.0, 0.2, 0.1, 200.0, 0.0, 1, 0.3),),
        (),
        ExternalGrid("upper grid", 0, 1.0, 0.0),
        (Load(0, "houses", 1, 2.0, 0.0, "A"),),
        (Generator(0, "turbine", 1, "wind", 2.0, 0.0, "W"),),
    )
    none = np.zeros((2, 1), dtype=np.int64)
    injections = Injections(np.array([[2_000_000], [100_000]]), none, np.array([[500_000], [1_500_000]]), none)
    flow = solve(case, injections, solver=DEFAULT_SOLVER)
    snapshot = flow_snapshot(case, injections, flow=flow)
    assert snapshot.generators == ("0", "upper grid")
    assert snapshot.generator_node.tolist() == [1, 0]
    assert snapshot.load_node.tolist() == [1, 0]
    assert snapshot.generation_mw.tolist() == [[0.5, flow.external_mw[0]], [1.5, 0.0]]
    assert snapshot.load_mw.tolist() == [[2.0, 0.0], [0.1, -flow.external_mw[1]]]
    assert 1.5 < flow.external_mw[0] < 1.51
    assert -1.4 < flow.external_mw[1] < -1.39
    assert np.abs(imbalance(snapshot)).max() < 1e-15
