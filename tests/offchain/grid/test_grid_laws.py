"""The law of the power flow holds for both grids on every day, and finds every fault put into a solution."""

from dataclasses import replace

import numpy as np
import pytest

from offchain.errors import LawViolation
from offchain.grid.laws import POWER_TOLERANCE_MW, check_power_flow
from offchain.grid.power_flow import solve
from offchain.grid.profiles import day_profile
from offchain.grid.solvers.table import DEFAULT_SOLVER
from tests.offchain.grid.grid_cases import CODES, SMALL_INJECTIONS, real_grid, small_case


@pytest.mark.parametrize("code", CODES)
def test_energy_balance_of_every_day(code):
    case, profiles = real_grid(code)
    assert len(profiles.days) == 16
    for day in profiles.days:
        injections = day_profile(case, profiles, day=day)
        flow = solve(case, injections, solver=DEFAULT_SOLVER)
        check_power_flow(case, injections, flow=flow)
        losses = (flow.p_from_mw + flow.p_to_mw).sum()
        generated, used = injections.generation_w.sum() / 1e6, injections.load_w.sum() / 1e6
        residual = generated + flow.external_mw.sum() - used - losses
        assert abs(residual) < 24 * len(case.nodes) * POWER_TOLERANCE_MW
        moved = generated + np.maximum(flow.external_mw, 0).sum()
        assert 0.003 < losses / moved < 0.02  # what medium voltage loses: about one percent


def shifted(array, position, amount):
    changed = array.copy()
    changed[position] += amount
    return changed


SMALL = small_case()
FLOW = solve(SMALL, SMALL_INJECTIONS, solver=DEFAULT_SOLVER)
NAN = float("nan")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            {"p_from_mw": shifted(FLOW.p_from_mw, (1, 2), 2e-9)},
            "node 3 in step 1 is off by -2.000e-09 MW, allowed 1e-09",
        ),
        ({"p_to_mw": shifted(FLOW.p_to_mw, (0, 3), -5e-3)}, "node 1 in step 0 is off by 5.000e-03 MW"),
        ({"external_mw": shifted(FLOW.external_mw, 1, 1e-6)}, "node 0 in step 1 is off by 1.000e-06 MW"),
        ({"p_from_mw": shifted(FLOW.p_from_mw, (0, 0), NAN)}, "node 1 in step 0 is off by nan MW"),
    ],
)
def test_a_fault_in_the_solution_is_found(fault, message):
    check_power_flow(SMALL, SMALL_INJECTIONS, flow=FLOW)
    with pytest.raises(LawViolation) as caught:
        check_power_flow(SMALL, SMALL_INJECTIONS, flow=replace(FLOW, **fault))
    assert message in str(caught.value)


def test_a_fault_in_the_injections_is_found():
    for name, node in (("load_w", 2), ("generation_w", 3)):
        wrong = replace(SMALL_INJECTIONS, **{name: shifted(getattr(SMALL_INJECTIONS, name), (0, 0), 1)})
        with pytest.raises(LawViolation, match=f"power balance of small: node {node} in step 0 is off by"):
            check_power_flow(SMALL, wrong, flow=FLOW)


def test_a_branch_that_gains_power_is_found():
    """Line 0 hands 0.1 MW more to the mill than it was sent: every node balances, the line does not."""
    flow = replace(FLOW, p_to_mw=shifted(FLOW.p_to_mw, (0, 0), -0.1))
    injections = replace(SMALL_INJECTIONS, load_w=shifted(SMALL_INJECTIONS.load_w, (0, 0), 100_000))
    gain = 0.1 - (FLOW.p_from_mw[0, 0] + FLOW.p_to_mw[0, 0])
    with pytest.raises(LawViolation) as caught:
        check_power_flow(SMALL, injections, flow=flow)
    assert str(caught.value) == f"losses of small: branch 0 in step 0 gains {gain:.3e} MW"
