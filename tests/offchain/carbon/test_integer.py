"""The integer trace: least fixed point against an independent iteration, laws, and its distance to the float trace."""

import json
from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.carbon import integer
from offchain.carbon.integer import integer_trace, whole_flows
from offchain.carbon.trace import trace
from offchain.errors import InputError, LawViolation
from tests.offchain.carbon.flow_cases import WARTS, random_snapshot, snapshot_of


def iterated(snapshot, flow, emitted):
    """The map of the module's docstring applied to all nodes at once, from 0, in exact fractions."""
    rho = [0] * snapshot.node_count
    while True:
        carbon = [0] * snapshot.node_count
        for node, power, intensity in zip(snapshot.generator_node, flow.generation, emitted, strict=True):
            carbon[node] += int(power) * int(intensity)
        for u, w, received in zip(flow.sender, flow.receiver, flow.received, strict=True):
            carbon[w] += int(received) * rho[u]
        mixed = [
            floor(Fraction(c, int(p)) + Fraction(1, 2)) if p else 0
            for c, p in zip(carbon, flow.throughflow, strict=True)
        ]
        if mixed == rho:
            return rho
        rho = mixed


def node_sums(snapshot, flow):
    """Inflow, generation, outflow and load of each node in W."""
    into, made, out = (np.zeros(snapshot.node_count, dtype=np.int64) for _ in range(3))
    np.add.at(into, flow.receiver, flow.received)
    np.add.at(made, snapshot.generator_node, flow.generation)
    np.add.at(out, flow.sender, flow.sent)
    return into, made + flow.unattributed, out, flow.load


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(2, 15),
    st.integers(0, 15),
    st.sets(st.sampled_from(sorted(WARTS))).map(frozenset),
)
def test_least_fixed_point_balance_and_totals(seed, nodes, extra, warts):
    snapshot, intensities = random_snapshot(seed, nodes, extra_branches=extra, warts=warts)
    result = integer_trace(snapshot, intensities)
    flow = result.flows[0]
    assert result.intensity[0].tolist() == iterated(snapshot, flow, result.generator_intensity[0])
    into, made, out, load = node_sums(snapshot, flow)
    assert (into + made == out + load).all()
    assert (into + made == flow.throughflow).all()
    for values in (flow.sent, flow.received, flow.load, flow.unattributed, flow.sent - flow.received):
        assert (values >= 0).all()
    generated, loads, losses = result.totals[0]
    expected = sum(int(p) * int(e) for p, e in zip(flow.generation, result.generator_intensity[0], strict=True))
    assert generated == expected
    assert abs(generated - loads - losses) <= int(flow.throughflow.sum()) // 2


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 15), st.integers(0, 15))
def test_loads_are_those_of_the_snapshot_to_a_few_watts(seed, nodes, extra):
    """Each branch end and generator at a node rounds by half a W."""
    snapshot, _ = random_snapshot(seed, nodes, extra_branches=extra, warts=frozenset({"pass-through"}))
    flow = whole_flows(snapshot, 0)
    ends = np.bincount(np.concatenate([snapshot.from_node, snapshot.to_node]), minlength=nodes)
    generators = np.bincount(snapshot.generator_node, minlength=nodes)
    load = snapshot.at_nodes(snapshot.load_mw, snapshot.load_node)[0] * 1e6
    assert (np.abs(flow.load - flow.unattributed - load) <= (ends + generators) / 2 + 1e-6).all()


def test_two_sources_by_hand():
    """The example of the float trace; node 1: (7,500,000 W x 100,001 + 2,500,000 x 900,000) / 10 MW = 300,000.75."""
    snapshot = snapshot_of([(0, 1, 8.0, -7.5)], generation=[(0, 10.0), (1, 2.5)], load=[(0, 2.0), (1, 10.0)], nodes=2)
    result = integer_trace(snapshot, np.array([100.001, 900.0]))
    assert result.intensity.tolist() == [[100_001, 300_001]]
    assert result.totals == (
        (10_000_000 * 100_001 + 2_500_000 * 900_000, 2_000_000 * 100_001 + 10**7 * 300_001, 500_000 * 100_001),
    )
    distance = result.distance(trace(snapshot, np.array([100.001, 900.0])))
    assert distance[0] == pytest.approx([0, 0.25], abs=1e-9)


def test_halves_are_rounded_up():
    """1 W at 1 mg/kWh and 1 W at 0: 0.5 becomes 1."""
    snapshot = snapshot_of([], generation=[(0, 1e-6), (0, 1e-6)], load=[(0, 2e-6)], nodes=1)
    assert integer_trace(snapshot, np.array([0.001, 0.0])).intensity.tolist() == [[1]]


def test_parallel_branches_are_one_pair_and_opposed_ones_two():
    flows = [(0, 1, 3.0, -3.0), (1, 0, -4.0, 4.0), (1, 0, 1.0, -1.0)]
    snapshot = snapshot_of(flows, generation=[(0, 6.0)], load=[(1, 6.0)], nodes=2)
    flow = whole_flows(snapshot, 0)
    assert list(zip(flow.sender.tolist(), flow.receiver.tolist(), flow.sent.tolist(), strict=True)) == [
        (0, 1, 7_000_000),
        (1, 0, 1_000_000),
    ]


def test_what_rounding_leaves_missing_is_a_source_without_carbon():
    """Node 1 passes on 3 x 0.5 W of the 1.5 W it gets: 2 W in, 3 x 1 W out; the missing W is unattributed."""
    flows = [(0, 1, 1.5e-6, -1.5e-6)] + [(1, 2 + k, 0.5e-6, -0.5e-6) for k in range(3)]
    snapshot = snapshot_of(flows, generation=[(0, 1.5e-6)], load=[(2 + k, 0.5e-6) for k in range(3)], nodes=5)
    flow = whole_flows(snapshot, 0)
    assert flow.sent.tolist() == [2, 1, 1, 1]
    assert flow.unattributed.tolist() == [0, 1, 0, 0, 0]
    assert flow.throughflow.tolist() == [2, 3, 1, 1, 1]
    assert integer_trace(snapshot, np.array([0.3])).intensity.tolist() == [[300, 200, 200, 200, 200]]


def test_a_node_without_a_whole_watt_has_no_intensity_and_no_distance():
    snapshot = snapshot_of([(0, 1, 4e-7, -4e-7)], generation=[(0, 1.0)], load=[(0, 1 - 4e-7), (1, 4e-7)], nodes=2)
    result = integer_trace(snapshot, np.array([300.0]))
    assert result.intensity.tolist() == [[300_000, 0]]
    assert np.isnan(result.distance(trace(snapshot, np.array([300.0])))).tolist() == [[False, True]]


def test_a_slowly_leaking_circle_ends_at_the_least_fixed_point():
    """5 MW go round, 1 kW is fed: the mixture is 500,000, the least fixed point up to 1/s = 5,001 below."""
    ring = [(1, 2, 5.001, -5.001), (2, 1, 5.0, -5.0), (0, 1, 0.001, -0.001)]
    snapshot = snapshot_of(ring, generation=[(0, 0.001)], load=[(2, 0.001)], nodes=3)
    result = integer_trace(snapshot, np.array([500.0]))
    assert result.intensity[0].tolist() == iterated(snapshot, result.flows[0], result.generator_intensity[0])
    assert 500_000 - 5_001 <= result.intensity[0, 1] <= 500_000


@pytest.mark.parametrize(
    ("generation", "intensity", "message"),
    [
        (1.0, 4194.304, r"intensity 4194304 mgCO2e/kWh is out of range: 0 to 4194303"),
        (1.1e6, 1.0, r"throughflow 1100000000000 W of node 0 is out of range: 0 to 1099511627775"),
        (1.0, -1.0, r"intensities must be \(1,\) or \(1, 1\) numbers of at least 0, not \(1,\)"),
        (1.0, float("nan"), r"intensities must be \(1,\) or \(1, 1\) numbers of at least 0, not \(1,\)"),
    ],
)
def test_what_does_not_fit_is_refused(generation, intensity, message):
    snapshot = snapshot_of([], generation=[(0, generation)], load=[(0, generation)], nodes=1)
    with pytest.raises(InputError, match=f"^{message}$"):
        integer_trace(snapshot, np.array([intensity]))


def test_the_largest_numbers_do_not_overflow():
    power = (2**40 - 1) / 1e6
    snapshot = snapshot_of([(0, 1, power, -power)], generation=[(0, power)], load=[(1, power)], nodes=2)
    result = integer_trace(snapshot, np.array([4194.303]))
    assert result.intensity.tolist() == [[4_194_303, 4_194_303]]
    assert result.totals[0][1] == (2**40 - 1) * 4_194_303


def test_totals_that_rounding_does_not_explain_are_a_violation(monkeypatch):
    snapshot, intensities = random_snapshot(2, 6, extra_branches=4)
    sound = integer_trace(snapshot, intensities)
    monkeypatch.setattr(integer, "_fixed_point", lambda *_: sound.intensity[0] + 1_000)
    with pytest.raises(LawViolation, match=r"^integer carbon: off by -\d+ ugCO2e/h, rounding explains \d+$"):
        integer_trace(snapshot, intensities)


def test_steps_are_traced_one_by_one():
    snapshot, intensities = random_snapshot(4, 8, extra_branches=5, warts=frozenset({"circle"}))
    names = ("p_from_mw", "p_to_mw", "generation_mw", "load_mw")
    double = replace(snapshot, **{name: np.concatenate([getattr(snapshot, name)] * 2) for name in names})
    result = integer_trace(double, np.stack([intensities, intensities / 2]))
    assert (result.intensity[0] == integer_trace(snapshot, intensities).intensity[0]).all()
    assert (result.intensity[1] == integer_trace(snapshot, intensities / 2).intensity[0]).all()
    assert json.dumps(result.totals)  # plain Python integers
