"""The voltages and flows a grid settles at, step by step.

One batch of Newton-Raphson solutions by power-grid-model, from whole watts. Signs: load and generation are what is
consumed and produced, both positive; power at a branch end is positive into the branch, so the two ends of a branch add
up to its loss; external power is positive from the upper grid into this one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from power_grid_model import CalculationMethod, ComponentType, PowerGridModel
from power_grid_model.errors import PowerGridError  # type: ignore[attr-defined] # it re-exports without __all__

from offchain.errors import InputError
from offchain.grid.case import GridCase
from offchain.grid.solver_input import SolverArray, solver_input, solver_update
from offchain.units import WATTS_PER_MEGAWATT

ERROR_TOLERANCE_PU = 1e-12  # largest voltage change of the last Newton step: far below what other machines differ by
MAX_ITERATIONS = 30
OUTPUTS = {ComponentType.node, ComponentType.line, ComponentType.transformer, ComponentType.source}

Floats = npt.NDArray[np.float64]
Watts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Injections:
    """What loads take and generators give in each step: mean power in whole W or var.

    Over a step of one hour, W is the hour's energy in Wh.
    """

    load_w: Watts  # (steps, loads)
    load_var: Watts  # (steps, loads)
    generation_w: Watts  # (steps, generators)
    generation_var: Watts  # (steps, generators)


@dataclass(frozen=True)
class PowerFlow:
    """The solved state of each step. Branches are the lines of the case, then its transformers (from = high voltage).

    A node without voltage (cut off from the external grid) has magnitude 0.
    """

    vm_pu: Floats  # (steps, nodes)
    va_degree: Floats  # (steps, nodes)
    p_from_mw: Floats  # (steps, branches)
    p_to_mw: Floats  # (steps, branches)
    q_from_mvar: Floats  # (steps, branches)
    q_to_mvar: Floats  # (steps, branches)
    external_mw: Floats  # (steps,)
    external_mvar: Floats  # (steps,)


def solve(case: GridCase, injections: Injections) -> PowerFlow:
    """Solve the power flow of every step.

    Raises:
        InputError: shapes or signs of the injections do not fit, or a step has no solution the grid can carry.

    """
    _check_injections(case, injections)
    result = _batch(case, injections)
    tables = [result[kind] for kind in (ComponentType.line, ComponentType.transformer) if kind in result]

    def branches(field: str) -> Floats:
        return np.concatenate([table[field] for table in tables], axis=1) / WATTS_PER_MEGAWATT

    node, source = result[ComponentType.node], result[ComponentType.source]
    return PowerFlow(
        vm_pu=node["u_pu"],
        va_degree=np.rad2deg(node["u_angle"]),
        p_from_mw=branches("p_from"),
        p_to_mw=branches("p_to"),
        q_from_mvar=branches("q_from"),
        q_to_mvar=branches("q_to"),
        external_mw=source["p"][:, 0] / WATTS_PER_MEGAWATT,
        external_mvar=source["q"][:, 0] / WATTS_PER_MEGAWATT,
    )


def _batch(case: GridCase, injections: Injections) -> dict[Any, SolverArray]:
    """Run the solver over all steps; returns its tables by component, each (steps, components)."""
    model_input = solver_input(case)
    powers = {
        ComponentType.sym_load: (injections.load_w, injections.load_var),
        ComponentType.sym_gen: (injections.generation_w, injections.generation_var),
    }
    update = {
        component: solver_update(component, model_input[component]["id"], power_w=power_w, power_var=power_var)
        for component, (power_w, power_var) in powers.items()
        if power_w.size
    }
    try:
        result: dict[Any, SolverArray] = PowerGridModel(
            model_input, system_frequency=case.frequency_hz
        ).calculate_power_flow(
            update_data=update,
            calculation_method=CalculationMethod.newton_raphson,
            error_tolerance=ERROR_TOLERANCE_PU,
            max_iterations=MAX_ITERATIONS,
            output_component_types=OUTPUTS,
        )
    except PowerGridError as error:
        raise InputError(f"the power flow of {case.code} has no solution: {' '.join(str(error).split())}") from error
    return result


def _check_injections(case: GridCase, injections: Injections) -> None:
    """Report every array whose shape, type or sign does not fit the case."""
    steps = len(injections.load_w)
    loads, generators = (steps, len(case.loads)), (steps, len(case.generators))
    problems = [
        f"{name} has shape {array.shape} of {array.dtype}, expected {shape} of integers"
        for name, array, shape in (
            ("load_w", injections.load_w, loads),
            ("load_var", injections.load_var, loads),
            ("generation_w", injections.generation_w, generators),
            ("generation_var", injections.generation_var, generators),
        )
        if array.shape != shape or array.dtype.kind != "i"
    ]
    for name, array in (("load_w", injections.load_w), ("generation_w", injections.generation_w)):
        negative = sorted(set(np.argwhere(array < 0)[:, -1].tolist()))
        if negative:
            problems.append(f"{name} is negative for {', '.join(map(str, negative[:8]))}")
    if problems:
        raise InputError(f"injections do not fit {case.code}: {'; '.join(problems)}")
