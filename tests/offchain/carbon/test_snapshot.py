"""Flow snapshots: what is refused, and how the external grid changes sides."""

from dataclasses import replace

import numpy as np
import pytest
from flow_cases import snapshot_of

from offchain.carbon.snapshot import flow_snapshot
from offchain.errors import InputError
from offchain.grid.case import ExternalGrid, Generator, GridCase, Line, Load, Node
from offchain.grid.power_flow import Injections, solve

SOUND = snapshot_of([(0, 1, 1.0, -0.9)], generation=[(0, 1.0)], load=[(1, 0.9)], nodes=2)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"load_mw": np.array([[-0.25]])}, "load_mw 0 is negative in step 0: -0.25"),
        ({"generation_mw": np.array([[np.inf]])}, "generation_mw is not finite"),
        ({"p_to_mw": np.zeros((1, 2))}, "p_to_mw has shape (1, 2), expected (1, 1)"),
        ({"load_mw": np.zeros((2, 1))}, "load_mw has shape (2, 1), expected (1, 1)"),
        ({"to_node": np.array([2])}, "nodes of p_to_mw must be from 0 to 1"),
        ({"generator_node": np.array([-1])}, "nodes of generation_mw must be from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_refused(fault, message):
    with pytest.raises(InputError) as caught:
        replace(SOUND, **fault)
    assert str(caught.value) == f"flow snapshot: {message}"


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
    flow = solve(case, injections)
    snapshot = flow_snapshot(case, injections, flow=flow)
    assert snapshot.generator_node.tolist() == [1, 0]
    assert snapshot.load_node.tolist() == [1, 0]
    assert snapshot.generation_mw.tolist() == [[0.5, flow.external_mw[0]], [1.5, 0.0]]
    assert snapshot.load_mw.tolist() == [[2.0, 0.0], [0.1, -flow.external_mw[1]]]
    assert 1.5 < flow.external_mw[0] < 1.51
    assert -1.4 < flow.external_mw[1] < -1.39
