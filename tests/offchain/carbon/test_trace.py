"""The carbon trace against golden values, against its slow twin, by hand at its edges, and on both real grids.

Hand calculation (`test_two_sources_by_hand`): node 0 makes 10 MW at 100 g/kWh and sends 8.0 MW, of which 7.5 arrive at
node 1; there 2.5 MW at 900 g/kWh join. Node 0 has 100 g/kWh; node 1 has (7.5 * 100 + 2.5 * 900) / 10 = 300 g/kWh; the
branch loses 0.5 MW * 100 = 50 kg/h; loads take 2 MW * 100 = 200 and 10 MW * 300 = 3000 kg/h; 200 + 3000 + 50 = 3250 =
10 * 100 + 2.5 * 900.
"""

import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from offchain.carbon.adapters.grid_case import flow_snapshot
from offchain.carbon.factors import FACTOR_TABLE, generator_intensities, load_factors
from offchain.carbon.laws import check_trace
from offchain.carbon.shares import ROW_ESTIMATE
from offchain.carbon.trace import trace
from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.grid.case import load_case
from offchain.grid.power_flow import solve
from offchain.grid.profiles import day_profile, load_profiles
from offchain.grid.solvers.table import DEFAULT_SOLVER
from offchain.units import milligrams_per_kwh
from tests.offchain.carbon.flow_cases import dense_trace, equations, random_snapshot, snapshot_of

GOLDEN = json.loads((PROJECT / "tests" / "vectors" / "carbon" / "four_node.json").read_text())
FACTORS = load_factors(FACTOR_TABLE)


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
    assert result.generator_loss_mw[0] == pytest.approx(GOLDEN["dPG"], abs=1e-9)
    assert result.generator_loss_rate[0] == pytest.approx(GOLDEN["R_G"], abs=1e-9)
    sender, lost = [b["f"] for b in branches], np.sum([[b["p_from"], b["p_to"]] for b in branches], axis=1)
    taken, shares = np.append(snapshot.load_mw[0], lost), result.shares().toarray()[[*range(nodes), *sender], :2]
    assert taken == pytest.approx(GOLDEN["PL"], abs=1e-9)
    assert taken[:, np.newaxis] * shares == pytest.approx(np.array(GOLDEN["load_from_gen_MW"]), abs=1e-9)
    assert result.intensity[0, sender] == pytest.approx(GOLDEN["rho"][nodes:], abs=1e-9)
    assert result.throughflow_mw[0] == pytest.approx(GOLDEN["P"][:nodes], abs=1e-9)
    assert equations(snapshot, intensities).matrix == pytest.approx(np.array(GOLDEN["A_u"]), abs=1e-9)


def test_equal_generators_give_that_intensity_everywhere():
    snapshot, intensities = random_snapshot(11, 20, extra_branches=15, warts=frozenset({"circle"}))
    assert trace(snapshot, np.full_like(intensities, 77.0)).intensity[0] == pytest.approx(np.full(20, 77.0), rel=1e-12)


def test_intensities_may_change_from_step_to_step():
    one, intensities = random_snapshot(5, 6, extra_branches=4)
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
    snapshot = snapshot_of([(0, 1, 2.0, -3.0)], generation=[(0, 2.0)], load=[(1, 3.0)], nodes=2, may_gain=True)
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


def test_a_generator_keeps_its_node_alive_however_little_it_gives():
    snapshot = snapshot_of([(0, 1, 0.0, 0.0)], generation=[(0, 1.0), (1, 5e-10)], load=[(0, 1.0), (1, 5e-10)], nodes=2)
    intensities = np.array([400.0, 300.0])
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    assert result.intensity[0].tolist() == [400, 300]


def test_a_single_watt_hour_has_the_intensity_of_its_source():
    snapshot = snapshot_of([(0, 1, 1.1e-6, -1e-6)], generation=[(0, 1.1e-6)], load=[(1, 1e-6)], nodes=2)
    result = trace(snapshot, np.array([400.0]))
    check_trace(snapshot, result, intensities=np.array([400.0]))
    assert result.intensity[0] == pytest.approx([400, 400], rel=1e-12)


def test_power_that_only_a_branch_gains_carries_no_carbon():
    """The branch hands 1 MW to either side and was sent nothing."""
    snapshot = snapshot_of(
        [(0, 1, -1.0, -1.0)], generation=[(0, 1.0)], load=[(0, 2.0), (1, 1.0)], nodes=2, may_gain=True
    )
    result = trace(snapshot, np.array([300.0]))
    check_trace(snapshot, result, intensities=np.array([300.0]))
    assert result.intensity[0] == pytest.approx([150, 0])


def test_a_grid_at_rest_has_no_carbon():
    snapshot = snapshot_of([(0, 1, 0.0, 0.0)], generation=[(0, 0.0)], load=[(1, 0.0)], nodes=2)
    result = trace(snapshot, np.array([400.0]))
    check_trace(snapshot, result, intensities=np.array([400.0]))
    assert not result.intensity.any()


def test_power_that_circulates_unfed_is_refused():
    """Node 4 joins the ring to the rest of the grid but sends it nothing."""
    ring = [(1, 2, 5.0, -5.0), (2, 3, 5.0, -5.0), (3, 1, 5.0, -5.0), (0, 4, 1.0, -1.0), (4, 1, 0.0, 0.0)]
    snapshot = snapshot_of(ring, generation=[(0, 1.0)], load=[(4, 1.0)], nodes=5)
    with pytest.raises(InputError) as caught:
        trace(snapshot, np.array([400.0]))
    assert re.fullmatch(r"no generator feeds the power that circulates in step 0 through node [123]", str(caught.value))


def test_a_circle_that_is_hardly_fed_is_exact():
    """1 mW at 600 g/kWh feeds a ring in which 1,000 MW go round: the mixture is known, to the last digits."""
    feed = 1e-9
    ring = [(1, 2, 1e3, -1e3), (2, 3, 1e3, -1e3), (3, 1, 1e3, -1e3), (0, 1, feed, -feed)]
    snapshot = snapshot_of(ring, generation=[(0, feed)], load=[(2, feed)], nodes=4)
    result = trace(snapshot, np.array([600.0]))
    assert result.intensity[0] == pytest.approx(np.full(4, 600.0), rel=1e-15)
    assert result.shares()[3, 0] == pytest.approx(1, rel=1e-15)


def test_groups_add_up_the_shares_of_their_generators():
    snapshot, intensities = random_snapshot(9, 10, extra_branches=8, warts=frozenset({"gain"}))
    result = trace(snapshot, intensities)
    groups = ["wind" if position % 3 else "coal" for position in range(len(intensities))]
    names, parts = result.shares_by(groups)
    shares = result.shares().toarray()
    assert names == ("coal", "wind", "unattributed")
    assert parts[:, 0] == pytest.approx(shares[:, :-1][:, [g == "coal" for g in groups]].sum(axis=1), rel=1e-12)
    assert parts[:, 2] == pytest.approx(shares[:, -1], rel=1e-12)
    assert parts[:, 2].max() > 0
    assert result.share(generator=4, node=7) == shares[7, 4]
    with pytest.raises(InputError, match=r"^1 groups for 21 generators$"):
        result.shares_by(["wind"])


def test_more_parts_than_there_is_room_for_at_first():
    """400 generators of 1 MW in a row, all load at the end: each node has equal parts of all before it."""
    count = 400
    flows = [(k, k + 1, k + 1.0, -(k + 1.0)) for k in range(count - 1)]
    generation = [(k, 1.0) for k in range(count)]
    snapshot = snapshot_of(flows, generation=generation, load=[(count - 1, float(count))], nodes=count)
    shares = trace(snapshot, np.arange(count, dtype=float)).shares()
    assert shares.nnz == count * (count + 1) // 2 > ROW_ESTIMATE * count
    expected = np.tril(np.ones((count, count))) / np.arange(1, count + 1)[:, np.newaxis]
    assert shares.toarray()[:, :count] == pytest.approx(expected, rel=1e-12)


def test_arrays_may_be_of_other_types_and_orders():
    snapshot, intensities = random_snapshot(3, 10, extra_branches=6, warts=frozenset({"circle"}))
    whole = replace(
        snapshot,
        **{name: getattr(snapshot, name).astype(np.int32)[::-1][::-1] for name in ("from_node", "to_node")},
        generator_node=np.repeat(snapshot.generator_node, 2)[::2],
        p_from_mw=np.asfortranarray(np.repeat(snapshot.p_from_mw, 2, axis=1))[:, ::2],
    )
    result, expected = trace(whole, intensities), trace(snapshot, intensities)
    assert (result.intensity == expected.intensity).all()
    assert (result.generator_loss_rate == expected.generator_loss_rate).all()
    assert (result.shares() != expected.shares()).nnz == 0


@pytest.mark.parametrize("wrong", [[-1.0], [float("nan")], [1.0, 2.0]])
def test_intensities_that_do_not_fit_are_refused(wrong):
    snapshot = snapshot_of([(0, 1, 1.0, -1.0)], generation=[(0, 1.0)], load=[(1, 1.0)], nodes=2)
    with pytest.raises(InputError, match=r"^intensities must be \(1,\) or \(1, 1\) numbers of at least 0, not "):
        trace(snapshot, np.array(wrong))


def real_day(code, day):
    folder = PROJECT / "data" / "grids" / code
    case = load_case(folder)
    injections = day_profile(case, load_profiles(folder, case), day=day)
    snapshot = flow_snapshot(case, injections, flow=solve(case, injections, solver=DEFAULT_SOLVER))
    return case, snapshot, generator_intensities(case, FACTORS, country="DE")


@pytest.mark.parametrize("code", ["1-MV-rural--0-sw", "1-MV-urban--0-sw"])
@pytest.mark.parametrize("day", [date(2016, 1, 20), date(2016, 7, 20)])
def test_a_day_on_a_real_grid(code, day):
    case, snapshot, intensities = real_day(code, day)
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    generated, loads, losses = result.totals
    assert np.abs((generated - loads - losses) / generated).max() < 1e-12
    assert np.abs((result.generator_loss_rate.sum(axis=1) - losses) / losses).max() < 1e-12
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
    one = snapshot.only(hour)
    assert one.load_mw[0, -1] > 3
    assert trace(one, intensities).intensity[0] == pytest.approx(dense_trace(one, intensities).rho, rel=1e-10)
