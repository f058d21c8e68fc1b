"""Carbon traced along the active power flow: what was emitted for the power at each node, load, branch and loss.

Proportional sharing after Sun et al. 2023, Eqs. (6)-(9), (37)-(39) (corrected, see docs/PAPERS.md). The paper gives
each branch a virtual node that consumes its loss. Virtual nodes have one inflow, so they are eliminated exactly: power
that a branch delivers has the intensity of the node that sent it. Multiplying Eq. (8) by the throughflows P leaves, for
the nodal intensities rho of Eq. (38),

    P_i rho_i - sum_u F_ui rho_u = sum_k P_Gk E_k    (u sends to i, F_ui arrives there, generators k are at i)

which is solved from node to node in the order of the flow. What real grids need, and the rule for it:

- **Circles of flow.** Nodes that feed each other (phase shifters, parallel branches that flow against each other) are
  solved together, without subtraction. A circle that nothing feeds has no solution and is refused.
- **Parallel branches** each stay their own; they are not netted.
- **Dead nodes.** A node without a generator and with a throughflow of `THROUGHFLOW_MW` or less has no intensity (0).
  What flows towards it is a loss of the branch that carries it; what it passes on is unattributed.
- **Branches fed from both ends** deliver nothing: all that enters is loss, at the intensity of either end.
- **Branches that gain power** (negative resistance) pass on the carbon they were sent. The gain comes from a source of
  its own, *unattributed*, with intensity 0: no generator is charged for it, and carbon balances.
- **Negative load and generation, shunts** change sides in the adapters: a snapshot has none.
- **Imbalance** that a solver leaves at a node, within the tolerance of the snapshot, takes the intensity of the node
  with it: generation = load + loss + imbalance, in power and in carbon alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from offchain.carbon.flow_graph import THROUGHFLOW_MW, at_nodes, flow_graph
from offchain.carbon.ordering import NONE
from offchain.carbon.shares import share_rows
from offchain.carbon.snapshot import FlowSnapshot
from offchain.carbon.sweep import sweep_downstream, sweep_upstream
from offchain.errors import InputError

UNATTRIBUTED = "unattributed"

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Trace:
    """Traced carbon of each step; everything but intensity and throughflow is computed when it is first asked for.

    Rates are MW times the unit of the intensities: kgCO2e/h from gCO2e/kWh, tCO2/h from tCO2/MWh.
    """

    snapshot: FlowSnapshot
    intensities: Floats  # (steps, generators) gCO2e/kWh, as given
    intensity: Floats  # (steps, nodes) gCO2e/kWh
    throughflow_mw: Floats  # (steps, nodes)

    @cached_property
    def generation_rate(self) -> Floats:
        """Carbon of each generator, (steps, generators)."""
        return self.snapshot.generation_mw * self.intensities

    @cached_property
    def load_rate(self) -> Floats:
        """Carbon carried to each load, (steps, loads): Eq. (37)."""
        return self.snapshot.load_mw * self.intensity[:, self.snapshot.load_node]

    @cached_property
    def branch_rate(self) -> Floats:
        """Carbon entering each branch at its from end and at its to end, (steps, branches, 2): Eq. (38)."""
        from_rho = self.intensity[:, self.snapshot.from_node]
        to_rho = self.intensity[:, self.snapshot.to_node]
        forward, backward = self.delivered_mw
        from_end = np.maximum(self.snapshot.p_from_mw, 0) * from_rho - backward * to_rho
        to_end = np.maximum(self.snapshot.p_to_mw, 0) * to_rho - forward * from_rho
        return np.stack([from_end, to_end], axis=2)

    @cached_property
    def loss_rate(self) -> Floats:
        """Carbon of the loss of each branch, (steps, branches): Eq. (37) at its virtual node, the sum of both ends."""
        return np.asarray(self.branch_rate.sum(axis=2))

    @cached_property
    def generator_loss_mw(self) -> Floats:
        """Network loss that each generator's power meets, (steps, generators) in MW: Eq. (9)."""
        shares = sweep_upstream(*_sweep_arguments(self.snapshot))
        return self.snapshot.generation_mw * shares[:, self.snapshot.generator_node]

    @cached_property
    def generator_loss_rate(self) -> Floats:
        """Carbon of the network loss that each generator bears, (steps, generators): Eq. (39)."""
        return self.generator_loss_mw * self.intensities

    @property
    def totals(self) -> tuple[Floats, Floats, Floats]:
        """Carbon of generation, loads and losses, each (steps,); the first is the sum of the others."""
        return self.generation_rate.sum(axis=1), self.load_rate.sum(axis=1), self.loss_rate.sum(axis=1)

    @cached_property
    def live(self) -> Flags:
        """Whether a node has an intensity, (steps, nodes)."""
        generates = self.snapshot.at_nodes(self.snapshot.generation_mw, self.snapshot.generator_node) > 0
        return (self.throughflow_mw > THROUGHFLOW_MW) | generates

    @cached_property
    def delivered_mw(self) -> tuple[Floats, Floats]:
        """Power of a sender that arrives at the other end, from -> to and to -> from, each (steps, branches)."""
        p_from, p_to = self.snapshot.p_from_mw, self.snapshot.p_to_mw
        live = self.live[:, self.snapshot.from_node] & self.live[:, self.snapshot.to_node]
        forward, backward = np.minimum(p_from, -p_to), np.minimum(p_to, -p_from)
        return np.where(live, np.maximum(forward, 0), 0), np.where(live, np.maximum(backward, 0), 0)

    def shares(self, step: int = 0) -> Any:
        """Part of each generator in the power at each node: sparse array (nodes, generators + 1).

        The last column is what no generator gave. Rows of live nodes sum to 1, others are empty. What leaves a node
        towards loads, branches and losses is the same mixture: multiply a row by its MW.
        """
        nodes, from_node, to_node, p_from, p_to, generator_node, power = _sweep_arguments(self.snapshot)
        made = at_nodes(power[step], generator_node, nodes)
        graph = flow_graph(from_node, to_node, p_from[step], p_to[step], made)
        first, columns, values = share_rows(graph, generator_node, power[step])
        return csr_array((values, columns, first), shape=(nodes, len(self.snapshot.generators) + 1))

    def share(self, *, generator: int, node: int, step: int = 0) -> float:
        """Part of a generator in the power at a node, 0 to 1. For many of them, look them up in `shares`."""
        return float(self.shares(step)[node, generator])

    def shares_by(self, groups: Sequence[str], step: int = 0) -> tuple[tuple[str, ...], Floats]:
        """Part of each group of generators (a carrier, a region) in the power at each node.

        `groups` names the group of each generator. Returns the groups in alphabetical order, then `UNATTRIBUTED`, and
        their parts (nodes, groups + 1).

        Raises:
            InputError: there is not one group per generator.

        """
        if len(groups) != len(self.snapshot.generators):
            raise InputError(f"{len(groups)} groups for {len(self.snapshot.generators)} generators")
        names = (*sorted(set(groups)), UNATTRIBUTED)
        column = {name: position for position, name in enumerate(names[:-1])}
        member = np.zeros((len(groups) + 1, len(names)))
        member[np.arange(len(groups)), [column[group] for group in groups]] = 1
        member[-1, -1] = 1
        return names, np.asarray(self.shares(step) @ member)


def trace(snapshot: FlowSnapshot, intensities: Floats) -> Trace:
    """Trace every step; `intensities` are those of the generators in gCO2e/kWh, (generators,) or (steps, generators).

    Raises:
        InputError: an intensity is negative or missing, or power circulates that no generator feeds.

    """
    shape = snapshot.generation_mw.shape
    if intensities.shape not in (shape, shape[1:]) or not (np.isfinite(intensities) & (intensities >= 0)).all():
        raise InputError(f"intensities must be {shape[1:]} or {shape} numbers of at least 0, not {intensities.shape}")
    generated = np.ascontiguousarray(snapshot.generation_mw * intensities)
    arguments = (*_sweep_arguments(snapshot), generated)
    intensity, throughflow, (step, node) = sweep_downstream(*arguments)
    if node != NONE:
        raise InputError(
            f"no generator feeds the power that circulates in step {step} through node {snapshot.nodes[node]}"
        )
    return Trace(snapshot, np.broadcast_to(intensities, shape), intensity, throughflow)


def _sweep_arguments(snapshot: FlowSnapshot) -> tuple[Any, ...]:
    """Hand a snapshot to compiled code: always the same array types, so that it is compiled once.

    Positions are unsigned: compiled code then does not ask of each whether it counts from the end.
    """
    s = snapshot
    places = (np.ascontiguousarray(where, dtype=np.int64) for where in (s.from_node, s.to_node, s.generator_node))
    from_node, to_node, generator_node = (where.view(np.uint64) for where in places)
    powers = (s.p_from_mw, s.p_to_mw, s.generation_mw)
    p_from, p_to, generation = (np.ascontiguousarray(power, dtype=np.float64) for power in powers)
    return s.node_count, from_node, to_node, p_from, p_to, generator_node, generation
