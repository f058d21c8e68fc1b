"""The trace on random networks with every wart: equal to the dense equations, every watt and gram accounted for."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.carbon.laws import check_trace
from offchain.carbon.trace import trace
from tests.offchain.carbon.flow_cases import WARTS, dense_trace, random_snapshot

NETWORKS = (
    st.integers(0, 2**32),
    st.integers(2, 25),
    st.integers(0, 30),
    st.sets(st.sampled_from(sorted(WARTS))).map(frozenset),
)


@settings(max_examples=1000, deadline=None)
@given(*NETWORKS)
def test_equals_the_dense_equations_on_random_networks_with_every_wart(seed, nodes, extra, warts):
    snapshot, intensities = random_snapshot(seed, nodes, extra_branches=extra, warts=warts)
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    expected = dense_trace(snapshot, intensities)
    live = ~np.isnan(expected.rho)
    assert result.live[0].tolist() == live.tolist()
    scale = float(result.generation_rate.sum())
    assert result.intensity[0, live] == pytest.approx(expected.rho[live], rel=1e-10)
    assert not result.intensity[0, ~live].any()
    assert result.load_rate[0] == pytest.approx(expected.load[snapshot.load_node], abs=1e-10 * scale)
    assert result.loss_rate[0] == pytest.approx(expected.loss, abs=1e-10 * scale)
    assert result.branch_rate[0] == pytest.approx(expected.ends, abs=1e-10 * scale)
    power = float(snapshot.generation_mw.sum())
    assert result.generator_loss_mw[0] == pytest.approx(expected.generator_loss, abs=1e-10 * power)


@settings(max_examples=300, deadline=None)
@given(*NETWORKS)
def test_shares_equal_the_dense_inverse_and_account_for_every_watt(seed, nodes, extra, warts):
    """Rows sum to 1; each generator's power is its part in all loads and losses (the column sums of A_u are r)."""
    snapshot, intensities = random_snapshot(seed, nodes, extra_branches=extra, warts=warts)
    result = trace(snapshot, intensities)
    shares = result.shares().toarray()
    expected = dense_trace(snapshot, intensities)
    live = result.live[0]
    assert shares[live].sum(axis=1) == pytest.approx(np.ones(live.sum()), rel=1e-12)
    assert not shares[~live].any()
    assert (shares >= 0).all()
    by_node = np.zeros((snapshot.node_count, snapshot.node_count))
    np.add.at(by_node.T, snapshot.generator_node, shares[:, :-1].T)
    assert by_node[live] == pytest.approx(expected.part[live, : snapshot.node_count], abs=1e-10)
    assert shares[live, :-1] @ intensities == pytest.approx(result.intensity[0, live], rel=1e-10)
    forward, backward = (delivered[0] for delivered in result.delivered_mw)
    from_loss = np.maximum(snapshot.p_from_mw[0], 0) - forward
    to_loss = np.maximum(snapshot.p_to_mw[0], 0) - backward
    lost = from_loss @ shares[snapshot.from_node] + to_loss @ shares[snapshot.to_node]
    assert lost[:-1] == pytest.approx(result.generator_loss_mw[0], abs=1e-9)
    consumed = snapshot.load_mw[0] @ shares[snapshot.load_node]
    assert (lost + consumed)[:-1] == pytest.approx(snapshot.generation_mw[0], abs=1e-8)


@given(st.integers(0, 2**32), st.floats(0.001, 1000))
def test_carbon_is_linear_in_the_intensities(seed, factor):
    snapshot, intensities = random_snapshot(seed, 8, extra_branches=5, warts=frozenset({"circle"}))
    once, scaled = trace(snapshot, intensities), trace(snapshot, intensities * factor)
    assert scaled.intensity == pytest.approx(once.intensity * factor, rel=1e-9)


def test_the_order_of_branches_and_nodes_does_not_matter():
    snapshot, intensities = random_snapshot(7, 12, extra_branches=10, warts=frozenset({"circle", "gain"}))
    random = np.random.Generator(np.random.PCG64(1))
    node, branch = random.permutation(snapshot.node_count), random.permutation(len(snapshot.branches))
    shuffled = replace(
        snapshot,
        from_node=node[snapshot.from_node[branch]],
        to_node=node[snapshot.to_node[branch]],
        generator_node=node[snapshot.generator_node],
        load_node=node[snapshot.load_node],
        p_from_mw=snapshot.p_from_mw[:, branch],
        p_to_mw=snapshot.p_to_mw[:, branch],
        may_gain=snapshot.may_gain[branch],
    )
    again = trace(shuffled, intensities)
    assert again.intensity[0, node] == pytest.approx(trace(snapshot, intensities).intensity[0], rel=1e-13)
