"""The laws of the trace find every fault put into one, and name node, step and residual."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from offchain.carbon.laws import check_trace
from offchain.carbon.trace import trace
from offchain.errors import LawViolation
from tests.offchain.carbon.flow_cases import random_snapshot, snapshot_of

SNAPSHOT, INTENSITIES = random_snapshot(3, 10, extra_branches=6, warts=frozenset({"circle"}))
TRACE = trace(SNAPSHOT, INTENSITIES)
TOTAL = float(TRACE.generation_rate.sum())


def faulty(sound, **values):
    """Return a copy of a trace whose results are replaced, computed ones too."""
    copied = copy(sound)
    copied.__dict__.update(values)
    return copied


def shifted(array, position, amount):
    changed = array.copy()
    changed[position] += amount
    return changed


def violation(trace_with_fault, snapshot=SNAPSHOT, intensities=INTENSITIES):
    with pytest.raises(LawViolation) as caught:
        check_trace(snapshot, trace_with_fault, intensities=intensities)
    return str(caught.value)


def test_a_sound_trace_passes():
    check_trace(SNAPSHOT, TRACE, intensities=INTENSITIES)


@pytest.mark.parametrize("size", [3e-12, 1e-3, float("nan")])
def test_carbon_added_to_a_load_is_found(size):
    fault = faulty(TRACE, load_rate=shifted(TRACE.load_rate, (0, 4), size * TOTAL))
    message = violation(fault)
    assert message.startswith("carbon balance: node 4 in step 0 is off by ")
    assert message.endswith(f"kgCO2e/h, allowed {1e-12 * TOTAL:.1e}")


def test_carbon_added_to_a_branch_is_found_where_it_enters():
    fault = faulty(TRACE, branch_rate=shifted(TRACE.branch_rate, (0, 2, 0), -1.0))
    assert violation(fault).startswith(f"carbon balance: node {SNAPSHOT.from_node[2]} in step 0 is off by 1.000e+00")


def test_loss_that_is_not_what_enters_the_branch_is_found():
    fault = faulty(TRACE, loss_rate=shifted(TRACE.loss_rate, (0, 1), 1.0))
    assert violation(fault).startswith("carbon conservation: step 0 is off by -1.000e+00 kgCO2e/h")


def test_carbon_moved_between_two_loads_of_one_node_is_found_by_its_sign():
    """A second load at the node of load 0: node and sum still balance, but one of the loads is paid for carbon."""
    snapshot = replace(
        SNAPSHOT,
        loads=(*SNAPSHOT.loads, "second"),
        load_node=np.append(SNAPSHOT.load_node, SNAPSHOT.load_node[0]),
        load_mw=np.append(SNAPSHOT.load_mw, [[0.0]], axis=1),
    )
    sound = trace(snapshot, INTENSITIES)
    check_trace(snapshot, sound, intensities=INTENSITIES)
    rates = shifted(shifted(sound.load_rate, (0, 0), 5.0), (0, -1), -5.0)
    message = violation(faulty(sound, load_rate=rates), snapshot=snapshot)
    assert message == f"carbon sign: load {len(snapshot.load_node) - 1} in step 0 has -5.000e+00 kgCO2e/h"


@pytest.mark.parametrize("wrong", [-1e-3, 1001.0])
def test_an_intensity_no_mixture_can_have_is_found(wrong):
    values = TRACE.intensity.copy()
    values[0, 7] = wrong
    message = violation(faulty(TRACE, intensity=values, load_rate=TRACE.load_rate, branch_rate=TRACE.branch_rate))
    assert message.startswith(f"carbon mixture: node 7 in step 0 has {wrong:.6f} gCO2e/kWh, generators have 0 to ")


def test_a_trace_of_other_intensities_is_found():
    assert "carbon balance: node" in violation(TRACE, intensities=INTENSITIES * 1.001)


def test_a_trace_of_other_flows_is_found():
    """A generator of node 1 and a load there, both 0.01 MW larger."""
    other = replace(
        SNAPSHOT,
        generation_mw=shifted(SNAPSHOT.generation_mw, (0, 3), 0.01),
        load_mw=shifted(SNAPSHOT.load_mw, (0, 1), 0.01),
    )
    assert violation(TRACE, snapshot=other).startswith("carbon balance: node 1 in step 0")


def test_loss_borne_by_the_wrong_generators_is_found():
    borne = TRACE.generator_loss_rate
    assert violation(faulty(TRACE, generator_loss_rate=borne * 1.001)).startswith(
        "carbon of losses borne by generators: step 0 is off by "
    )
    moved = shifted(shifted(borne, (0, 0), -2 * borne.max()), (0, 1), 2 * borne.max())
    message = violation(faulty(TRACE, generator_loss_rate=moved))
    assert message.startswith("carbon sign: loss borne by generator 0 in step 0 has -")


def test_what_the_solver_left_unbalanced_takes_its_carbon_along_and_no_more():
    """0.9 W vanish at a node of 300 g/kWh: 0.27 g/h that no load and no branch takes."""
    snapshot = snapshot_of([(0, 1, 2.0, -2.0)], generation=[(0, 2.0)], load=[(1, 2.0 - 9e-7)], nodes=2)
    intensities = np.array([300.0])
    sound = trace(snapshot, intensities)
    check_trace(snapshot, sound, intensities=intensities)
    generated, loads, losses = (float(total[0]) for total in sound.totals)
    assert generated - loads - losses == pytest.approx(2.7e-4, rel=1e-6)
    assert violation(
        faulty(sound, load_rate=shifted(sound.load_rate, (0, 0), 2.7e-4)), snapshot=snapshot, intensities=intensities
    ).startswith("carbon balance: node 1 in step 0 is off by -2.700e-04 kgCO2e/h")
