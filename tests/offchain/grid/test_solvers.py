"""Every solver of the table does as its port says; so does pandapower, which the tests put behind the same port.

Hand calculation (`test_one_line_by_hand`): a lossless-charging line R + jX = 1 + j2 ohm at 10 kV feeds P + jQ at its
end. With |U1| given, |U2|^2 solves

    |U2|^4 + (2 (R P + X Q) - |U1|^2) |U2|^2 + (R^2 + X^2) (P^2 + Q^2) = 0

(line-to-line voltages, three-phase powers), and the loss is R (P^2 + Q^2) / |U2|^2.
"""

import re
from dataclasses import fields, replace

import numpy as np
import pytest

from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.grid.case import ExternalGrid, GridCase, Load, Node
from offchain.grid.laws import check_power_flow
from offchain.grid.power_flow import Injections, PowerFlow, solve
from offchain.grid.solvers.table import DEFAULT_SOLVER, SOLVERS
from tests.offchain.grid.grid_cases import PANDAPOWER, SMALL_INJECTIONS, line, small_case

EVERY = (*SOLVERS.values(), PANDAPOWER)


@pytest.fixture(params=EVERY, ids=lambda solver: solver.name)
def solver(request):
    return request.param


def test_the_table_knows_its_solvers_by_their_names():
    assert {name: solver.name for name, solver in SOLVERS.items()} == {"power-grid-model": "power-grid-model"}
    assert DEFAULT_SOLVER is SOLVERS["power-grid-model"]


def test_every_step_has_its_row_of_every_node_and_branch(solver):
    flow = solve(small_case(), SMALL_INJECTIONS, solver=solver)
    shapes = {"vm_pu": (2, 4), "va_degree": (2, 4), "external_mw": (2,), "external_mvar": (2,)}
    found = {field.name: getattr(flow, field.name) for field in fields(PowerFlow)}
    assert {name: array.shape for name, array in found.items()} == {name: shapes.get(name, (2, 4)) for name in found}
    assert {array.dtype for array in found.values()} == {np.dtype(np.float64)}


def test_the_laws_of_the_grid_hold(solver):
    """Signs included: at every node what comes in, is generated or taken goes somewhere."""
    case = small_case()
    check_power_flow(case, SMALL_INJECTIONS, flow=solve(case, SMALL_INJECTIONS, solver=solver))


def test_the_same_steps_in_another_order_give_the_same_rows(solver):
    turned = Injections(*(power[::-1] for power in vars(SMALL_INJECTIONS).values()))
    flow, other = (solve(small_case(), injections, solver=solver) for injections in (SMALL_INJECTIONS, turned))
    for field in fields(PowerFlow):
        assert np.array_equal(getattr(flow, field.name), getattr(other, field.name)[::-1]), field.name


def two_node_case():
    plain = line(0, 0, 1, length_km=1.0, r_ohm_per_km=1.0, x_ohm_per_km=2.0, c_nf_per_km=0.0)
    nodes = (Node(0, "feeder", 10.0, None, None), Node(1, "end", 10.0, None, None))
    return GridCase(
        "two", 50.0, nodes, (plain,), (), ExternalGrid("grid", 0, 1.0, 0.0), (Load(0, "mill", 1, 1.0, 0.0, "A"),), ()
    )


def injections_of(load_w, load_var):
    none = np.zeros((1, 0), dtype=np.int64)
    return Injections(np.array([[load_w]]), np.array([[load_var]]), none, none)


def test_one_line_by_hand(solver):
    flow = solve(two_node_case(), injections_of(1_500_000, 400_000), solver=solver)
    p, q, r, x = 1.5, 0.4, 1.0, 2.0
    half = (2 * (r * p + x * q) - 100) / 2
    u2_squared = -half + np.sqrt(half**2 - (r**2 + x**2) * (p**2 + q**2))
    loss = r * (p**2 + q**2) / u2_squared
    assert flow.vm_pu[0] == pytest.approx([1.0, np.sqrt(u2_squared) / 10], abs=1e-11)
    assert flow.p_from_mw[0, 0] == pytest.approx(p + loss, abs=1e-9)
    assert flow.p_to_mw[0, 0] == pytest.approx(-p, abs=1e-9)
    assert flow.external_mw[0] == pytest.approx(p + loss, abs=1e-9)


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
def test_a_node_behind_open_switches_has_no_voltage_and_no_flow(solver):
    """To the last bit, where pandapower leaves some 1e-12 MW."""
    case = small_case(lines=(line(0, 1, 2), line(1, 2, 3, to_closed=False), line(2, 3, 1, from_closed=False)))
    nothing = replace(
        SMALL_INJECTIONS,
        load_w=SMALL_INJECTIONS.load_w * [1, 0],
        load_var=SMALL_INJECTIONS.load_var * [1, 0],
        generation_w=SMALL_INJECTIONS.generation_w * 0,
        generation_var=SMALL_INJECTIONS.generation_var * 0,
    )
    flow = solve(case, nothing, solver=solver)
    assert (flow.vm_pu[:, 3] == 0).all()
    assert (flow.vm_pu[:, :3] > 0.9).all()
    assert (flow.p_to_mw[:, 1] == 0).all()
    assert (flow.p_from_mw[:, 2] == 0).all()


def test_more_than_a_line_can_carry_is_refused(solver):
    limit = 100 / (2 * (np.hypot(1, 2) + 1))  # MW at cos phi = 1 where the root above vanishes: U^2 / (2 (|Z| + R))
    assert solve(two_node_case(), injections_of(round(limit * 0.99e6), 0), solver=solver).vm_pu[0, 1] < 0.7
    with pytest.raises(InputError, match=r"^the power flow of two has no solution: "):
        solve(two_node_case(), injections_of(round(limit * 1.01e6), 0), solver=solver)


def test_nobody_else_knows_the_program_of_a_solver():
    solvers = PROJECT / "offchain" / "grid" / "solvers"
    program = re.compile(r"^(?:from|import) power_grid_model\b", re.MULTILINE)
    using = [file for file in (PROJECT / "offchain").rglob("*.py") if program.search(file.read_text())]
    assert using == [solvers / "power_grid_model.py"]
