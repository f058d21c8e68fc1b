"""Grids for tests: the two real ones, a small one made by hand, and each of them as a pandapower net."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandapower as pp

from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.grid.case import ExternalGrid, Generator, GridCase, Line, Load, Node, Transformer, load_case
from offchain.grid.power_flow import Injections, PowerFlow, Solver
from offchain.grid.profiles import load_profiles

GRIDS = PROJECT / "data" / "grids"
CODES = ("1-MV-rural--0-sw", "1-MV-urban--0-sw")


@cache
def real_grid(code):
    """Return case and profiles of a grid under data/grids."""
    case = load_case(GRIDS / code)
    return case, load_profiles(GRIDS / code, case)


def line(number, from_node, to_node, **changes):
    usual = Line(
        id=number,
        name=f"line {number}",
        from_node=from_node,
        to_node=to_node,
        from_closed=True,
        to_closed=True,
        length_km=3.0,
        r_ohm_per_km=0.3,
        x_ohm_per_km=0.12,
        c_nf_per_km=250.0,
        g_us_per_km=0.0,
        parallel=1,
        max_i_ka=0.3,
    )
    return replace(usual, **changes)


TRANSFORMER = Transformer(
    id=0,
    name="transformer",
    hv_node=0,
    lv_node=1,
    hv_closed=True,
    lv_closed=True,
    sn_mva=25.0,
    vn_hv_kv=112.0,
    vn_lv_kv=20.5,
    vk_percent=12.0,
    vkr_percent=0.5,
    pfe_kw=14.0,
    i0_percent=0.3,
    shift_degree=150.0,
    tap_side="hv",
    tap_neutral=0,
    tap_pos=0,
    tap_step_percent=1.5,
)


def small_case(transformer=None, lines=None):
    """110 kV node 0, transformer, then a 20 kV ring 1-2-3-1; loads at 2 and 3, a hydro plant at 3."""
    return GridCase(
        code="small",
        frequency_hz=50.0,
        nodes=(Node(0, "upper", 110.0, None, None), *(Node(i, f"node {i}", 20.0, 11.4, 53.6) for i in (1, 2, 3))),
        lines=lines or (line(0, 1, 2), line(1, 2, 3), line(2, 3, 1)),
        transformers=(transformer or TRANSFORMER,),
        external_grid=ExternalGrid("upper grid", 0, 1.02, 10.0),
        loads=(Load(0, "mill", 2, 2.0, 0.5, "A"), Load(1, "town", 3, 1.0, 0.2, "A")),
        generators=(Generator(0, "plant", 3, "hydro", 0.8, 0.0, "H"),),
    )


SMALL_INJECTIONS = Injections(
    load_w=np.array([[2_000_000, 1_000_000], [300_000, 0]]),
    load_var=np.array([[500_000, 200_000], [-100_000, 0]]),
    generation_w=np.array([[800_000], [750_001]]),
    generation_var=np.array([[0], [-50_000]]),
)


def pandapower_net(case):
    """Build the pandapower net of a case, element by element, from the case alone."""
    net = pp.create_empty_network(f_hz=case.frequency_hz)
    for node in case.nodes:
        pp.create_bus(net, vn_kv=node.vn_kv, index=node.id)
    grid = case.external_grid
    pp.create_ext_grid(net, grid.node, vm_pu=grid.vm_pu, va_degree=grid.va_degree)
    for e in case.lines:
        electrical = {
            name: getattr(e, name)
            for name in (
                "length_km",
                "r_ohm_per_km",
                "x_ohm_per_km",
                "c_nf_per_km",
                "g_us_per_km",
                "max_i_ka",
                "parallel",
            )
        }
        pp.create_line_from_parameters(net, e.from_node, e.to_node, index=e.id, **electrical)
        for node, closed in ((e.from_node, e.from_closed), (e.to_node, e.to_closed)):
            pp.create_switch(net, node, e.id, et="l", closed=closed)
    for e in case.transformers:
        rating = {
            name: getattr(e, name)
            for name in ("sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw", "i0_percent")
        }
        tap = {name: getattr(e, name) for name in ("tap_side", "tap_neutral", "tap_pos", "tap_step_percent")}
        pp.create_transformer_from_parameters(
            net, e.hv_node, e.lv_node, shift_degree=e.shift_degree, index=e.id, tap_step_degree=0.0, **rating, **tap
        )
    net.trafo["tap_changer_type"] = "Ratio"
    for e in case.loads:
        pp.create_load(net, e.node, p_mw=0.0, index=e.id)
    for e in case.generators:
        pp.create_sgen(net, e.node, p_mw=0.0, index=e.id)
    return net


def pandapower_voltages(net, injections, step, *, trafo_model="t"):
    """Solve one step with pandapower; complex voltages in p.u., (nodes,)."""
    net.load["p_mw"], net.load["q_mvar"] = injections.load_w[step] / 1e6, injections.load_var[step] / 1e6
    net.sgen["p_mw"], net.sgen["q_mvar"] = injections.generation_w[step] / 1e6, injections.generation_var[step] / 1e6
    pp.runpp(net, trafo_model=trafo_model, calculate_voltage_angles=True, tolerance_mva=1e-9, init="dc", numba=False)
    return net.res_bus.vm_pu.to_numpy() * np.exp(1j * np.deg2rad(net.res_bus.va_degree.to_numpy()))


def voltages(flow, step):
    """Complex voltages of a solved power flow in p.u., (nodes,)."""
    return flow.vm_pu[step] * np.exp(1j * np.deg2rad(flow.va_degree[step]))


def pandapower_flow(case, injections):
    """A power flow as pandapower has it, step by step."""
    net, rows = pandapower_net(case), []
    for step in range(len(injections.load_w)):
        try:
            pandapower_voltages(net, injections, step, trafo_model="pi")
        except pp.LoadflowNotConverged as error:
            raise InputError(f"the power flow of {case.code} has no solution: {error}") from error
        rows.append(
            {
                "vm_pu": net.res_bus.vm_pu,
                "va_degree": net.res_bus.va_degree,
                "p_from_mw": [*net.res_line.p_from_mw, *net.res_trafo.p_hv_mw],
                "p_to_mw": [*net.res_line.p_to_mw, *net.res_trafo.p_lv_mw],
                "q_from_mvar": [*net.res_line.q_from_mvar, *net.res_trafo.q_hv_mvar],
                "q_to_mvar": [*net.res_line.q_to_mvar, *net.res_trafo.q_lv_mvar],
                "external_mw": net.res_ext_grid.p_mw[0],
                "external_mvar": net.res_ext_grid.q_mvar[0],
            }
        )
    return PowerFlow(**{name: np.nan_to_num(np.array([row[name] for row in rows])) for name in rows[0]})


PANDAPOWER = Solver(name="pandapower", solve=pandapower_flow)
"""A second program behind the port, for comparison only."""
