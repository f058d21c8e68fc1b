"""power-grid-model: all steps in one batch of Newton-Raphson solutions.

Three things decide the last digits against pandapower, each settled by test:

- The external grid is an ideal voltage. The library's source has a short-circuit power (1e10 VA if left out, which
  moves the voltages of these grids by up to 9e-4 p.u.); 1e20 VA leaves less than 1e-12 p.u.
- Transformer taps change the rated voltage of their side; magnetising is `i0_percent` and `pfe_kw`, split over both
  sides (pi model; pandapower's T model differs by less than 4e-7 p.u. on these grids).
- A line end that hangs on an open switch stays a line with charging current, it is not left out.

Ids in the solver: nodes, lines, transformers, loads, generators, external grid, in this order and that of the case.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from power_grid_model import (
    CalculationMethod,
    ComponentType,
    DatasetType,
    LoadGenType,
    PowerGridModel,
    WindingType,
    initialize_array,
)
from power_grid_model.errors import PowerGridError  # type: ignore[attr-defined] # it re-exports without __all__

from offchain.errors import InputError
from offchain.grid.case import GridCase
from offchain.grid.power_flow import Floats, Injections, PowerFlow, Solver
from offchain.units import WATTS_PER_MEGAWATT

ERROR_TOLERANCE_PU = 1e-12  # largest voltage change of the last Newton step: far below what other machines differ by
MAX_ITERATIONS = 30
OUTPUTS = {ComponentType.node, ComponentType.line, ComponentType.transformer, ComponentType.source}
SOURCE_SHORT_CIRCUIT_VA = 1e20
DEGREES_PER_CLOCK_HOUR = 30

SolverArray = npt.NDArray[np.void]  # one structured row per component


def _solve(case: GridCase, injections: Injections) -> PowerFlow:
    """The batch's tables as a power flow."""
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
    model_input = _input(case)
    powers = {
        ComponentType.sym_load: (injections.load_w, injections.load_var),
        ComponentType.sym_gen: (injections.generation_w, injections.generation_var),
    }
    update = {
        component: _update(component, model_input[component]["id"], power_w=power_w, power_var=power_var)
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


def _input(case: GridCase) -> dict[Any, SolverArray]:
    """Return the input data set of the case; loads and generators carry no power yet."""
    first_line = len(case.nodes)
    first_transformer = first_line + len(case.lines)
    first_load = first_transformer + len(case.transformers)
    first_generator = first_load + len(case.loads)
    return {
        ComponentType.node: _nodes(case),
        ComponentType.line: _lines(case, first_line),
        ComponentType.transformer: _transformers(case, first_transformer),
        ComponentType.sym_load: _injections(ComponentType.sym_load, [e.node for e in case.loads], first_load),
        ComponentType.sym_gen: _injections(ComponentType.sym_gen, [e.node for e in case.generators], first_generator),
        ComponentType.source: _source(case, first_generator + len(case.generators)),
    }


def _update(
    component: ComponentType,
    ids: npt.NDArray[np.int32],
    *,
    power_w: npt.NDArray[np.int64],
    power_var: npt.NDArray[np.int64],
) -> SolverArray:
    """Return the batch update that gives `ids` their power; power arrays have the shape (steps, components)."""
    update: SolverArray = initialize_array(DatasetType.update, component, power_w.shape)
    update["id"] = ids
    update["p_specified"] = power_w
    update["q_specified"] = power_var
    return update


def _nodes(case: GridCase) -> SolverArray:
    nodes: SolverArray = initialize_array(DatasetType.input, ComponentType.node, len(case.nodes))
    nodes["id"] = [e.id for e in case.nodes]
    nodes["u_rated"] = [e.vn_kv * 1e3 for e in case.nodes]
    return nodes


def _lines(case: GridCase, first_id: int) -> SolverArray:
    lines: SolverArray = initialize_array(DatasetType.input, ComponentType.line, len(case.lines))
    lines["id"] = first_id + np.arange(len(case.lines))
    lines["from_node"] = [e.from_node for e in case.lines]
    lines["to_node"] = [e.to_node for e in case.lines]
    lines["from_status"] = [e.from_closed for e in case.lines]
    lines["to_status"] = [e.to_closed for e in case.lines]
    lines["r1"] = [e.r_ohm_per_km * e.length_km / e.parallel for e in case.lines]
    lines["x1"] = [e.x_ohm_per_km * e.length_km / e.parallel for e in case.lines]
    lines["c1"] = [e.c_nf_per_km * 1e-9 * e.length_km * e.parallel for e in case.lines]
    lines["tan1"] = [
        e.g_us_per_km * 1e-6 / (2 * np.pi * case.frequency_hz * e.c_nf_per_km * 1e-9) if e.g_us_per_km else 0.0
        for e in case.lines
    ]
    lines["i_n"] = [e.max_i_ka * 1e3 * e.parallel for e in case.lines]
    return lines


def _transformers(case: GridCase, first_id: int) -> SolverArray:
    table = case.transformers
    rows: SolverArray = initialize_array(DatasetType.input, ComponentType.transformer, len(table))
    rows["id"] = first_id + np.arange(len(table))
    rows["from_node"] = [e.hv_node for e in table]
    rows["to_node"] = [e.lv_node for e in table]
    rows["from_status"] = [e.hv_closed for e in table]
    rows["to_status"] = [e.lv_closed for e in table]
    rows["u1"] = [e.vn_hv_kv * 1e3 for e in table]
    rows["u2"] = [e.vn_lv_kv * 1e3 for e in table]
    rows["sn"] = [e.sn_mva * 1e6 for e in table]
    rows["uk"] = [e.vk_percent / 100 for e in table]
    rows["pk"] = [e.vkr_percent / 100 * e.sn_mva * 1e6 for e in table]
    rows["i0"] = [e.i0_percent / 100 for e in table]
    rows["p0"] = [e.pfe_kw * 1e3 for e in table]
    clock = np.array([round(e.shift_degree / DEGREES_PER_CLOCK_HOUR) for e in table], dtype=np.int8)
    rows["clock"] = clock
    rows["winding_from"] = WindingType.wye_n
    rows["winding_to"] = np.where(clock % 2, WindingType.delta, WindingType.wye_n)  # the library ties it to the clock
    rows["tap_side"] = [0 if e.tap_side == "hv" else 1 for e in table]
    rows["tap_pos"] = [e.tap_pos for e in table]
    rows["tap_nom"] = [e.tap_neutral for e in table]
    rows["tap_min"] = [min(e.tap_pos, e.tap_neutral) for e in table]
    rows["tap_max"] = [max(e.tap_pos, e.tap_neutral) for e in table]
    rows["tap_size"] = [
        e.tap_step_percent / 100 * (e.vn_hv_kv if e.tap_side == "hv" else e.vn_lv_kv) * 1e3 for e in table
    ]
    return rows


def _injections(component: ComponentType, nodes: list[int], first_id: int) -> SolverArray:
    rows: SolverArray = initialize_array(DatasetType.input, component, len(nodes))
    rows["id"] = first_id + np.arange(len(nodes))
    rows["node"] = nodes
    rows["status"] = 1
    rows["type"] = LoadGenType.const_power
    rows["p_specified"] = 0.0
    rows["q_specified"] = 0.0
    return rows


def _source(case: GridCase, first_id: int) -> SolverArray:
    source: SolverArray = initialize_array(DatasetType.input, ComponentType.source, 1)
    source["id"] = first_id
    source["node"] = case.external_grid.node
    source["status"] = 1
    source["u_ref"] = case.external_grid.vm_pu
    source["u_ref_angle"] = np.deg2rad(case.external_grid.va_degree)
    source["sk"] = SOURCE_SHORT_CIRCUIT_VA
    return source


POWER_GRID_MODEL = Solver(name="power-grid-model", solve=_solve)
