"""The power flow against pandapower, and what does not fit a case."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from offchain.errors import InputError
from offchain.grid.power_flow import Injections, solve
from offchain.grid.profiles import day_profile
from offchain.grid.solvers.table import DEFAULT_SOLVER
from tests.offchain.grid.grid_cases import (
    CODES,
    SMALL_INJECTIONS,
    TRANSFORMER,
    line,
    pandapower_net,
    pandapower_voltages,
    real_grid,
    small_case,
    voltages,
)

TARGET_PU = 1e-6
SAME_MODEL_PU = 1e-10  # both solvers converge to about 1e-12; nothing but round-off is left between equal models


@pytest.mark.parametrize("code", CODES)
def test_agrees_with_pandapower_at_twenty_quarter_hours(code):
    case, profiles = real_grid(code)
    net = pandapower_net(case)
    winter, summer = date(2016, 1, 20), date(2016, 7, 20)
    for day in (winter, summer):
        whole = day_profile(case, profiles, day=day, steps=96)
        injections = Injections(*(power[2:96:10] for power in vars(whole).values()))
        flow = solve(case, injections, solver=DEFAULT_SOLVER)
        assert len(flow.vm_pu) == 10
        for step in range(10):
            ours = voltages(flow, step)
            assert np.abs(ours - pandapower_voltages(net, injections, step)).max() < TARGET_PU
            external = net.res_ext_grid.p_mw[0] + 1j * net.res_ext_grid.q_mvar[0]
            assert abs(flow.external_mw[step] + 1j * flow.external_mvar[step] - external) < 1e-4
        pi_model = pandapower_voltages(net, injections, 9, trafo_model="pi")
        assert np.abs(voltages(flow, 9) - pi_model).max() < SAME_MODEL_PU


@pytest.mark.parametrize(
    "case",
    [
        small_case(),
        small_case(replace(TRANSFORMER, tap_pos=-3)),
        small_case(replace(TRANSFORMER, tap_pos=4, tap_neutral=1)),
        small_case(replace(TRANSFORMER, tap_pos=2, tap_side="lv")),
        small_case(replace(TRANSFORMER, shift_degree=0.0)),
        small_case(replace(TRANSFORMER, shift_degree=-30.0)),
        small_case(replace(TRANSFORMER, pfe_kw=0.0, i0_percent=0.0)),
        small_case(replace(TRANSFORMER, pfe_kw=75.0)),
        small_case(lines=(line(0, 1, 2, parallel=2), line(1, 2, 3), line(2, 3, 1))),
        small_case(lines=(line(0, 1, 2, g_us_per_km=5.0), line(1, 2, 3), line(2, 3, 1))),
        small_case(lines=(line(0, 1, 2), line(1, 2, 3, to_closed=False, length_km=30.0), line(2, 3, 1))),
        small_case(lines=(line(0, 1, 2), line(1, 2, 3, from_closed=False, length_km=30.0), line(2, 3, 1))),
        small_case(lines=(line(0, 1, 2), line(1, 2, 3), line(2, 3, 1), line(3, 2, 3, length_km=9.0))),
    ],
    ids=[
        "plain",
        "tap down",
        "tap with neutral",
        "tap on low voltage",
        "no shift",
        "negative shift",
        "no magnetising",
        "iron losses only",
        "parallel line",
        "line conductance",
        "open to end",
        "open from end",
        "two different lines side by side",
    ],
)
def test_every_parameter_means_what_it_means_to_pandapower(case):
    net = pandapower_net(case)
    flow = solve(case, SMALL_INJECTIONS, solver=DEFAULT_SOLVER)
    for step in (0, 1):
        reference = pandapower_voltages(net, SMALL_INJECTIONS, step, trafo_model="pi")
        assert np.abs(voltages(flow, step) - reference).max() < SAME_MODEL_PU
        ours = [*flow.p_from_mw[step], *flow.p_to_mw[step], *flow.q_from_mvar[step], *flow.q_to_mvar[step]]
        theirs = [
            *(*net.res_line.p_from_mw, *net.res_trafo.p_hv_mw, *net.res_line.p_to_mw, *net.res_trafo.p_lv_mw),
            *(*net.res_line.q_from_mvar, *net.res_trafo.q_hv_mvar, *net.res_line.q_to_mvar, *net.res_trafo.q_lv_mvar),
        ]
        assert np.allclose(ours, theirs, rtol=0, atol=1e-6)


def test_injections_that_do_not_fit_are_named_together():
    bad = replace(
        SMALL_INJECTIONS,
        load_w=np.array([[5, -7], [5, 5]]),
        load_var=SMALL_INJECTIONS.load_var.astype(float),
        generation_w=np.array([[1, 2], [3, 4]]),
    )
    with pytest.raises(InputError) as caught:
        solve(small_case(), bad, solver=DEFAULT_SOLVER)
    assert str(caught.value) == (
        "injections do not fit small: load_var has shape (2, 2) of float64, expected (2, 2) of integers; "
        "generation_w has shape (2, 2) of int64, expected (2, 1) of integers; load_w is negative for 1"
    )
