"""Carbon traced along the active power flow: what was emitted for the power at each node, load and branch.

Proportional sharing after Sun et al. 2023, Eqs. (6)-(8), (37), (38) (corrected, see docs/PAPERS.md). The paper gives
each branch a virtual node that consumes its loss. Virtual nodes have one inflow, so they are eliminated exactly: power
that a branch delivers has the intensity of the node that sent it. Multiplying Eq. (8) by the throughflows P leaves one
sparse system of the order of the real nodes for the nodal intensities rho of Eq. (38),

    P_i rho_i - sum_u F_ui rho_u = sum_k P_Gk E_k    (u sends to i, F_ui arrives there, generators k are at i)

Where we differ from the paper, or have to decide what it leaves open:

- A node with less throughflow than `THROUGHFLOW_MW` has no intensity (0). What flows towards it is booked as loss of
  the branch that carries it, so carbon stays conserved.
- A branch fed from both ends delivers nothing: all that enters is loss, at the intensity of either end.
- A branch that delivers more than it was sent (negative resistance) passes on the carbon it was sent; the gained power
  carries none.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from offchain.carbon.snapshot import FlowSnapshot
from offchain.errors import InputError

THROUGHFLOW_MW = 1e-9  # a thousandth of one Wh in an hour, and fifty times what the power flow leaves at a node

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Trace:
    """Traced carbon of each step. Rates are in kgCO2e/h: MW times gCO2e/kWh."""

    intensity: Floats  # (steps, nodes) gCO2e/kWh
    generation_rate: Floats  # (steps, generators)
    load_rate: Floats  # (steps, loads)
    branch_rate: Floats  # (steps, branches, 2): carbon entering the branch at its from end and at its to end
    loss_rate: Floats  # (steps, branches): the sum of both ends

    @property
    def totals(self) -> tuple[Floats, Floats, Floats]:
        """Carbon of generation, loads and losses, each (steps,) in kgCO2e/h; the first is the sum of the others."""
        return self.generation_rate.sum(axis=1), self.load_rate.sum(axis=1), self.loss_rate.sum(axis=1)


@dataclass(frozen=True)
class _Transfers:
    """What one end of each branch sends and the other receives in one step; both directions, in MW."""

    sender: Indices
    receiver: Indices
    sent: Floats  # leaves the sender
    received: Floats  # enters the receiver, 0 if the receiver feeds the branch too


def trace(snapshot: FlowSnapshot, intensities: Floats) -> Trace:
    """Trace every step; `intensities` are those of the generators in gCO2e/kWh, (generators,) or (steps, generators).

    Raises:
        InputError: an intensity is negative or missing, or power circulates that no generator feeds.

    """
    shape = snapshot.generation_mw.shape
    if intensities.shape not in (shape, shape[1:]) or not (np.isfinite(intensities) & (intensities >= 0)).all():
        raise InputError(f"intensities must be {shape[1:]} or {shape} numbers of at least 0, not {intensities.shape}")
    generation_rate = snapshot.generation_mw * intensities
    steps = [_trace_step(snapshot, step, generation_rate=generation_rate[step]) for step in range(shape[0])]
    intensity = np.array([rho for rho, _ in steps]).reshape(shape[0], snapshot.node_count)
    branch_rate = np.array([rate for _, rate in steps]).reshape(*snapshot.p_from_mw.shape, 2)
    return Trace(
        intensity=intensity,
        generation_rate=generation_rate,
        load_rate=snapshot.load_mw * intensity[:, snapshot.load_node],
        branch_rate=branch_rate,
        loss_rate=branch_rate.sum(axis=2),
    )


def _trace_step(snapshot: FlowSnapshot, step: int, *, generation_rate: Floats) -> tuple[Floats, Floats]:
    """Return the nodal intensities (nodes,) and the carbon entering both ends of the branches (branches, 2)."""
    flows = _transfers(snapshot, step)
    throughflow = np.zeros(snapshot.node_count)
    np.add.at(throughflow, snapshot.generator_node, snapshot.generation_mw[step])
    np.add.at(throughflow, flows.receiver, flows.received)
    live = throughflow > THROUGHFLOW_MW
    carried = np.minimum(flows.sent, flows.received) * live[flows.receiver]  # a sender that is not live has intensity 0
    _check_fed(snapshot, step, flows=flows, carried=carried, live=live)
    generated = np.zeros(snapshot.node_count)
    np.add.at(generated, snapshot.generator_node, generation_rate)
    nodes = np.arange(snapshot.node_count)
    matrix = csc_array(
        (
            np.concatenate([np.where(live, throughflow, 1.0), -carried]),
            (np.concatenate([nodes, flows.receiver]), np.concatenate([nodes, flows.sender])),
        ),
        shape=(snapshot.node_count, snapshot.node_count),
    )
    intensity = splu(matrix).solve(np.where(live, generated, 0.0))

    leaving = flows.sent * intensity[flows.sender]
    arriving = carried * intensity[flows.sender]
    count = len(snapshot.from_node)
    from_end = leaving[:count] - arriving[count:]
    to_end = leaving[count:] - arriving[:count]
    return intensity, np.stack([from_end, to_end], axis=1)


def _transfers(snapshot: FlowSnapshot, step: int) -> _Transfers:
    """List the flows from -> to of all branches, then to -> from; what does not flow that way is 0."""
    p_from, p_to = snapshot.p_from_mw[step], snapshot.p_to_mw[step]
    return _Transfers(
        sender=np.concatenate([snapshot.from_node, snapshot.to_node]),
        receiver=np.concatenate([snapshot.to_node, snapshot.from_node]),
        sent=np.maximum(np.concatenate([p_from, p_to]), 0),
        received=np.maximum(np.concatenate([-p_to, -p_from]), 0),
    )


def _check_fed(
    snapshot: FlowSnapshot, step: int, *, flows: _Transfers, carried: Floats, live: npt.NDArray[np.bool_]
) -> None:
    """Check that every live node gets power from somewhere: then, and only then, the system has one solution."""
    fed = np.zeros(snapshot.node_count, dtype=np.bool_)
    fed[snapshot.generator_node[snapshot.generation_mw[step] > 0]] = True
    fed[flows.receiver[flows.received > carried]] = True
    reached = -1
    while reached != (reached := int(fed.sum())):
        fed[flows.receiver[(carried > 0) & fed[flows.sender]]] = True
    circulating = np.flatnonzero(live & ~fed)
    if circulating.size:
        named = ", ".join(map(str, circulating[:8].tolist()))
        raise InputError(f"no generator feeds the power that circulates in step {step} through nodes {named}")
