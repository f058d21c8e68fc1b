"""The carbon trace against golden values, against its slow twin, by hand at its edges, and on both real grids.

Hand calculation (`test_two_sources_by_hand`): node 0 makes 10 MW at 100 g/kWh and sends 8.0 MW, of which 7.5 arrive at
node 1; there 2.5 MW at 900 g/kWh join. Node 0 has 100 g/kWh; node 1 has (7.5 * 100 + 2.5 * 900) / 10 = 300 g/kWh; the
branch loses 0.5 MW * 100 = 50 kg/h; loads take 2 MW * 100 = 200 and 10 MW * 300 = 3000 kg/h; 200 + 3000 + 50 = 3250 =
10 * 100 + 2.5 * 900.
"""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from flow_cases import dense_trace, random_snapshot, snapshot_of
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.carbon.factors import generator_intensities, load_factors
from offchain.carbon.laws import check_trace
from offchain.carbon.snapshot import flow_snapshot
from offchain.carbon.trace import trace
from offchain.errors import InputError
from offchain.grid.case import load_case
from offchain.grid.power_flow import solve
from offchain.grid.profiles import day_profile, load_profiles
from offchain.units import milligrams_per_kwh

ROOT = Path(__file__).parents[3]
GOLDEN = json.loads((ROOT / "tests" / "vectors" / "carbon_four_node.json").read_text())
FACTORS = load_factors(ROOT / "data" / "factors" / "emission_factors.toml")


def test_two_sources_by_hand():
    snapshot = snapshot_of([(0, 1, 8.0, -7.5)], generation=[(0, 10.0), (1, 2.5)], load=[(0, 2.0), (1, 10.0)], nodes=2)
    result = trace(snapshot, np.array([100.0, 900.0]))
    assert result.intensity[0] == pytest.approx([100, 300], rel=1e-14)
    assert result.load_rate[0] == pytest.approx([200, 3000], rel=1e-14)
    assert result.branch_rate[0, 0] == pytest.approx([800, -750], rel=1e-14)
    assert result.loss_rate[0] == pytest.approx([50], rel=1e-12)
    assert [float(total[0]) for total in result.totals] == pytest.approx([3250, 3200, 50], rel=1e-14)


def test_golden_four_nodes():
    """Intensities there are tCO2/MWh, so rates are tCO2/h."""
    nodes, branches = 4, GOLDEN["branches"]
    snapshot = snapshot_of(
        [(b["f"], b["t"], b["p_from"], b["p_to"]) for b in branches],
        generation=[(0, GOLDEN["PG"][0]), (1, GOLDEN["PG"][1])],
        load=list(enumerate(GOLDEN["PL"][:nodes])),
        nodes=nodes,
    )
    intensities = np.array(GOLDEN["E_G"])
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    assert result.intensity[0] == pytest.approx(GOLDEN["rho"][:nodes], abs=1e-9)
    assert result.load_rate[0] == pytest.approx(GOLDEN["R_load"][:nodes], abs=1e-9)
    assert result.loss_rate[0] == pytest.approx(GOLDEN["R_load"][nodes:], abs=1e-9)
    sent, received = GOLDEN["R_branch"][0::2], GOLDEN["R_branch"][1::2]
    assert result.branch_rate[0, :, 0] == pytest.approx([rate for _, _, rate in sent], abs=1e-9)
    assert -result.branch_rate[0, :, 1] == pytest.approx([rate for _, _, rate in received], abs=1e-9)
    expected = [GOLDEN["gen_total"], GOLDEN["load_total"], GOLDEN["loss_total"]]
    assert [float(total[0]) for total in result.totals] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 25), st.integers(0, 30), st.booleans())
def test_equals_the_dense_equations_on_random_networks(seed, nodes, extra, circulating):
    snapshot, intensities = random_snapshot(seed, nodes, extra_branches=extra, circulating=circulating)
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    rho, R, sent, received = dense_trace(snapshot, intensities)
    scale = max(1.0, float(R.sum()))
    assert result.intensity[0] == pytest.approx(rho, rel=1e-9)
    assert result.load_rate[0] == pytest.approx(R[:nodes], abs=1e-11 * scale)
    assert result.loss_rate[0] == pytest.approx(R[nodes:], abs=1e-11 * scale)
    ends = np.sort(result.branch_rate[0], axis=1)
    assert ends[:, 1] == pytest.approx(sent, abs=1e-11 * scale)
    assert -ends[:, 0] == pytest.approx(received, abs=1e-11 * scale)


@given(st.integers(0, 2**32), st.floats(0.001, 1000))
def test_carbon_is_linear_in_the_intensities(seed, factor):
    snapshot, intensities = random_snapshot(seed, 8, extra_branches=5, circulating=True)
    once, scaled = trace(snapshot, intensities), trace(snapshot, intensities * factor)
    assert scaled.intensity == pytest.approx(once.intensity * factor, rel=1e-9)


def test_equal_generators_give_that_intensity_everywhere():
    snapshot, intensities = random_snapshot(11, 20, extra_branches=15, circulating=True)
    assert trace(snapshot, np.full_like(intensities, 77.0)).intensity[0] == pytest.approx(np.full(20, 77.0), rel=1e-12)


def test_intensities_may_change_from_step_to_step():
    one, intensities = random_snapshot(5, 6, extra_branches=4, circulating=False)
    arrays = {
        name: np.repeat(getattr(one, name), 2, axis=0) for name in ("p_from_mw", "p_to_mw", "generation_mw", "load_mw")
    }
    two = replace(one, **arrays)
    hourly = np.stack([intensities, intensities[::-1]])
    result = trace(two, hourly)
    check_trace(two, result, intensities=hourly)
    for step in (0, 1):
        assert (result.intensity[step] == trace(one, hourly[step]).intensity[0]).all()


def test_a_branch_fed_from_both_ends_delivers_nothing():
    snapshot = snapshot_of([(0, 1, 0.3, 0.1)], generation=[(0, 1.0), (1, 2.0)], load=[(0, 0.7), (1, 1.9)], nodes=2)
    intensities = np.array([100.0, 500.0])
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    assert result.intensity[0] == pytest.approx([100, 500])
    assert result.branch_rate[0, 0] == pytest.approx([30, 50])
    assert result.loss_rate[0] == pytest.approx([80])


def test_a_branch_that_gains_power_adds_no_carbon():
    """2 MW at 300 g/kWh go in, 3 MW come out: 600 kg/h on 3 MW are 200 g/kWh."""
    snapshot = snapshot_of([(0, 1, 2.0, -3.0)], generation=[(0, 2.0)], load=[(1, 3.0)], nodes=2)
    result = trace(snapshot, np.array([300.0]))
    check_trace(snapshot, result, intensities=np.array([300.0]))
    assert result.intensity[0] == pytest.approx([300, 200])
    assert result.loss_rate[0] == pytest.approx([0], abs=1e-12)


def test_a_node_without_throughflow_has_no_intensity_and_loses_no_carbon():
    """The branch to node 1 carries a round-off of 0.1 mW there; the branch 1-2 hands on more than it got."""
    snapshot = snapshot_of(
        [(0, 1, 2e-4, -1e-10), (1, 2, 3e-10, -3e-10)],
        generation=[(0, 1.0), (2, 1.0)],
        load=[(0, 1.0 - 2e-4), (2, 1.0)],
        nodes=3,
    )
    intensities = np.array([400.0, 50.0])
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    assert result.intensity[0, 1] == 0
    assert result.loss_rate[0, 0] == pytest.approx(2e-4 * 400, rel=1e-12)
    assert result.intensity[0, [0, 2]] == pytest.approx([400, 50], rel=1e-9)


def test_generation_below_the_threshold_gives_no_intensity():
    snapshot = snapshot_of([(0, 1, 0.0, 0.0)], generation=[(0, 1.0), (1, 5e-10)], load=[(0, 1.0), (1, 5e-10)], nodes=2)
    intensities = np.array([400.0, 400.0])
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    assert result.intensity[0].tolist() == [400, 0]


def test_a_single_watt_hour_has_the_intensity_of_its_source():
    snapshot = snapshot_of([(0, 1, 1.1e-6, -1e-6)], generation=[(0, 1.1e-6)], load=[(1, 1e-6)], nodes=2)
    result = trace(snapshot, np.array([400.0]))
    check_trace(snapshot, result, intensities=np.array([400.0]))
    assert result.intensity[0] == pytest.approx([400, 400], rel=1e-12)


def test_power_that_only_a_branch_gains_carries_no_carbon():
    """The branch hands 1 MW to either side and was sent nothing."""
    snapshot = snapshot_of([(0, 1, -1.0, -1.0)], generation=[(0, 1.0)], load=[(0, 2.0), (1, 1.0)], nodes=2)
    result = trace(snapshot, np.array([300.0]))
    check_trace(snapshot, result, intensities=np.array([300.0]))
    assert result.intensity[0] == pytest.approx([150, 0])


def test_a_grid_at_rest_has_no_carbon():
    snapshot = snapshot_of([(0, 1, 0.0, 0.0)], generation=[(0, 0.0)], load=[(1, 0.0)], nodes=2)
    result = trace(snapshot, np.array([400.0]))
    check_trace(snapshot, result, intensities=np.array([400.0]))
    assert not result.intensity.any()


def test_power_that_circulates_unfed_is_refused():
    ring = [(1, 2, 5.0, -5.0), (2, 3, 5.0, -5.0), (3, 1, 5.0, -5.0), (0, 4, 1.0, -1.0)]
    snapshot = snapshot_of(ring, generation=[(0, 1.0)], load=[(4, 1.0)], nodes=5)
    with pytest.raises(InputError) as caught:
        trace(snapshot, np.array([400.0]))
    assert str(caught.value) == "no generator feeds the power that circulates in step 0 through nodes 1, 2, 3"


@pytest.mark.parametrize("wrong", [[-1.0], [float("nan")], [1.0, 2.0]])
def test_intensities_that_do_not_fit_are_refused(wrong):
    snapshot = snapshot_of([(0, 1, 1.0, -1.0)], generation=[(0, 1.0)], load=[(1, 1.0)], nodes=2)
    with pytest.raises(InputError, match=r"^intensities must be \(1,\) or \(1, 1\) numbers of at least 0, not "):
        trace(snapshot, np.array(wrong))


def real_day(code, day):
    folder = ROOT / "data" / "grids" / code
    case = load_case(folder)
    injections = day_profile(case, load_profiles(folder, case), day=day)
    snapshot = flow_snapshot(case, injections, flow=solve(case, injections))
    return case, snapshot, generator_intensities(case, FACTORS, country="DE")


@pytest.mark.parametrize("code", ["1-MV-rural--0-sw", "1-MV-urban--0-sw"])
@pytest.mark.parametrize("day", [date(2016, 1, 20), date(2016, 7, 20)])
def test_a_day_on_a_real_grid(code, day):
    case, snapshot, intensities = real_day(code, day)
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    generated, loads, losses = result.totals
    assert np.abs((generated - loads - losses) / generated).max() < 1e-9
    assert (losses > 0).all()
    connection = case.external_grid.node
    importing = snapshot.generation_mw[:, -1] > 0
    mix = FACTORS.mixes["DE"].intensity
    assert importing.any()
    assert result.intensity[importing, connection] == pytest.approx(np.full(importing.sum(), mix))
    exporting = snapshot.load_mw[:, -1] > 0
    assert (result.intensity[exporting, connection] < mix).all()
    assert (milligrams_per_kwh(result.intensity) <= round(mix * 1000)).all()
    again = trace(snapshot, intensities)
    assert (again.intensity == result.intensity).all()


def test_a_real_day_equals_the_dense_equations_at_its_windiest_hour():
    """Hour 0 of the Sunday before the summer week: the rural grid feeds back into the upper grid."""
    _, snapshot, intensities = real_day("1-MV-rural--0-sw", date(2016, 7, 17))
    hour = int(np.argmax(snapshot.load_mw[:, -1]))
    arrays = {
        name: getattr(snapshot, name)[hour : hour + 1] for name in ("p_from_mw", "p_to_mw", "generation_mw", "load_mw")
    }
    one = replace(snapshot, **arrays)
    rho, _, _, _ = dense_trace(one, intensities)
    assert one.load_mw[0, -1] > 3
    assert trace(one, intensities).intensity[0] == pytest.approx(rho, rel=1e-9)
