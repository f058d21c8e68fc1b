"""Three theorems on the matrix A_u of Sun et al. 2023, Eq. (8), on random networks, and what the trace owes to each.

- **Conservation.** Columns of A_u sum to r, so r^T A_u^-1 = 1^T: all carbon that is generated reaches loads and losses.
  A residual A_u x - b changes their sum by exactly the sum of the residual.
- **Verification.** A_u^-1 is not negative, and at most 1 where power does not go round, so a solution is off by no more
  than the residual's absolute sum times the largest entry of A_u^-1.
- **Solvability.** A_u is regular unless power goes round that reaches neither load nor loss, and so is fed by nothing.

Dead nodes are left out here: what ends at them, a few mW, is outside the equations.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.carbon.trace import trace
from offchain.errors import InputError
from tests.offchain.carbon.flow_cases import WARTS, equations, numbered, random_snapshot

SEEDS, NODES, EXTRA = st.integers(0, 2**32), st.integers(2, 15), st.integers(0, 15)
SOME_WARTS = st.sets(st.sampled_from(sorted(WARTS - {"dead node"}))).map(frozenset)
GOING_ROUND = (frozenset({"circle"}), frozenset({"opposed parallels"}), frozenset({"fed from both ends", "gain"}))
"""Warts with which power can go round: a branch that gains and is fed from both ends carries power backwards."""


def carbon_flows(snapshot, result):
    """What the trace says of A_u^-1 (P_G E): the carbon through each node and into each branch, (n + m,)."""
    forward = np.maximum(snapshot.p_from_mw[0], 0) * result.intensity[0, snapshot.from_node]
    backward = np.maximum(snapshot.p_to_mw[0], 0) * result.intensity[0, snapshot.to_node]
    return np.concatenate([result.intensity[0] * result.throughflow_mw[0], forward + backward])


@settings(max_examples=200, deadline=None)
@given(SEEDS, NODES, EXTRA, SOME_WARTS)
def test_conservation(seed, nodes, extra, warts):
    snapshot, intensities = random_snapshot(seed, nodes, extra_branches=extra, warts=warts)
    e, result = equations(snapshot, intensities), trace(snapshot, intensities)
    live = e.throughflow > 0
    assert e.matrix.sum(axis=0)[live] == pytest.approx(e.consumed_part[live], abs=1e-13)
    generated, loads, losses = (float(total[0]) for total in result.totals)
    assert abs(generated - loads - losses) <= 1e-12 * generated
    x = np.linalg.solve(e.matrix, e.carbon)
    wrong = x + np.random.Generator(np.random.PCG64(seed)).uniform(-1, 1, len(x)) * live  # +-1 kg/h
    residual = e.matrix @ wrong - e.carbon
    change = e.consumed_part @ wrong - e.consumed_part @ x
    assert change == pytest.approx(residual.sum(), abs=1e-13 * np.abs(x).sum())


@settings(max_examples=200, deadline=None)
@given(SEEDS, NODES, EXTRA, SOME_WARTS)
def test_verification(seed, nodes, extra, warts):
    snapshot, intensities = random_snapshot(seed, nodes, extra_branches=extra, warts=warts)
    e, result = equations(snapshot, intensities), trace(snapshot, intensities)
    inverse = np.linalg.inv(e.matrix)
    assert inverse.min() >= -1e-15
    if not any(round_ <= warts for round_ in GOING_ROUND):
        assert inverse.max() <= 1 + 1e-12
    found, exact = carbon_flows(snapshot, result), inverse @ e.carbon
    size = np.abs(e.matrix @ found - e.carbon).sum()
    assert size <= 1e-13 * len(found) * float(e.carbon.sum())
    assert np.abs(found - exact).max() <= size * inverse.max() + 1e-11 * exact.max()
    wrong = exact.copy()
    wrong[seed % len(wrong)] += 1.0
    assert np.abs(e.matrix @ wrong - e.carbon).sum() * inverse.max() >= 1 - 1e-9


@settings(max_examples=200, deadline=None)
@given(SEEDS, NODES, st.integers(2, 5), st.floats(0.1, 100), st.sampled_from([0.0, 1e-3, 0.5, 20.0]))
def test_solvability(seed, nodes, size, circulating, fed):
    """A lossless ring is joined to node 0 by a branch that feeds it `fed` MW, which a load at the ring takes."""
    plain, intensities = random_snapshot(seed, nodes, extra_branches=3)
    ring = nodes + np.arange(size)
    flows = np.append(np.full(size, circulating), fed)
    snapshot = replace(
        plain,
        nodes=numbered(nodes + size),
        branches=numbered(len(plain.branches) + size + 1),
        generators=(*plain.generators, "feed"),
        loads=(*plain.loads, "ring"),
        from_node=np.concatenate([plain.from_node, ring, [0]]),
        to_node=np.concatenate([plain.to_node, np.roll(ring, -1), ring[:1]]),
        generator_node=np.append(plain.generator_node, 0),
        load_node=np.append(plain.load_node, ring[0]),
        p_from_mw=np.append(plain.p_from_mw, [flows], axis=1),
        p_to_mw=np.append(plain.p_to_mw, [-flows], axis=1),
        generation_mw=np.append(plain.generation_mw, [[fed]], axis=1),
        load_mw=np.append(plain.load_mw, [[fed]], axis=1),
        may_gain=np.append(plain.may_gain, np.zeros(size + 1, dtype=np.bool_)),
    )
    emitted = np.append(intensities, 100.0)
    e = equations(snapshot, emitted)
    regular = np.linalg.matrix_rank(e.matrix) == len(e.matrix)
    if fed:
        assert regular
        expected = np.linalg.solve(e.matrix, e.carbon)[ring] / e.throughflow[ring]
        assert trace(snapshot, emitted).intensity[0, ring] == pytest.approx(expected, rel=1e-8)
    else:
        assert not regular
        with pytest.raises(InputError, match=r"^no generator feeds the power that circulates in step 0 through node "):
            trace(snapshot, emitted)
