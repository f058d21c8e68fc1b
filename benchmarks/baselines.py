"""What the trace is measured against: the same equations handed to general solvers."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu, spsolve

from offchain.carbon.flow_graph import THROUGHFLOW_MW
from offchain.carbon.snapshot import FlowSnapshot

BLOCK = 16  # right-hand sides at a time: all at once is slower

Floats = npt.NDArray[np.float64]


class Baseline:
    """One step of a snapshot; every call builds its matrix anew, as the trace does."""

    def __init__(self, snapshot: FlowSnapshot, intensities: Floats) -> None:
        self.snapshot = snapshot
        self.generation = snapshot.at_nodes(snapshot.generation_mw, snapshot.generator_node)[0]
        self.carbon = snapshot.at_nodes(snapshot.generation_mw * intensities, snapshot.generator_node)[0]

    def splu(self) -> Floats:
        """Nodal intensities from the LU factors of order n."""
        matrix, live = self._reduced()
        solution: Floats = splu(matrix).solve(np.where(live, self.carbon, 0.0))
        return solution

    def blocked_splu(self) -> None:
        """The part of each node with generation in each node, `BLOCK` of them at a time; columns are dropped."""
        matrix, _ = self._reduced()
        factors = splu(matrix)
        sources = np.flatnonzero(self.generation > 0)
        for first in range(0, len(sources), BLOCK):
            block = sources[first : first + BLOCK]
            right = np.zeros((len(self.generation), len(block)))
            right[block, np.arange(len(block))] = self.generation[block]
            factors.solve(right)

    def spsolve(self) -> Floats:
        """Nodal intensities from Eq. (8) with virtual nodes, order n + m."""
        matrix, carbon = self._full()
        solution: Floats = spsolve(matrix, carbon)[: self.snapshot.node_count]
        return solution

    def dense(self) -> Floats:
        """The same with a dense matrix."""
        matrix, carbon = self._full()
        return np.linalg.solve(matrix.toarray(), carbon)[: self.snapshot.node_count]

    def _reduced(self) -> tuple[csc_array, npt.NDArray[np.bool_]]:
        """Throughflow on the diagonal less what arrives from others; and which nodes have throughflow."""
        s, count = self.snapshot, self.snapshot.node_count
        sent = np.maximum(np.concatenate([s.p_from_mw[0], s.p_to_mw[0]]), 0)
        received = np.maximum(np.concatenate([-s.p_to_mw[0], -s.p_from_mw[0]]), 0)
        sender, receiver = np.concatenate([s.from_node, s.to_node]), np.concatenate([s.to_node, s.from_node])
        throughflow = self.generation + np.bincount(receiver, weights=received, minlength=count)
        live = (throughflow > THROUGHFLOW_MW) | (self.generation > 0)
        carried = np.minimum(sent, received) * live[receiver]
        flows, nodes = carried > 0, np.arange(count)
        entries = np.concatenate([np.where(live, throughflow, 1.0), -carried[flows]])
        rows, columns = np.concatenate([nodes, receiver[flows]]), np.concatenate([nodes, sender[flows]])
        return csc_array((entries, (rows, columns)), shape=(count, count)), live

    def _full(self) -> tuple[csc_array, Floats]:
        """The same with one row per branch: what it passes on has the intensity of what was sent."""
        s, count, branches = self.snapshot, self.snapshot.node_count, len(self.snapshot.branches)
        reduced, live = self._reduced()
        inner = reduced.tocoo()
        off = inner.row != inner.col
        forward = (s.p_from_mw[0] > 0) & (s.p_to_mw[0] < 0)
        sender = np.where(forward, s.from_node, s.to_node)
        receiver = np.where(forward, s.to_node, s.from_node)
        carried = np.minimum(np.abs(s.p_from_mw[0]), np.abs(s.p_to_mw[0])) * (s.p_from_mw[0] * s.p_to_mw[0] < 0)
        used = (carried > 0) & live[receiver]
        virtual = count + np.arange(branches)
        entries = np.concatenate([inner.data[~off], np.ones(branches), -carried[used], -np.ones(int(used.sum()))])
        rows = np.concatenate([inner.row[~off], virtual, receiver[used], virtual[used]])
        columns = np.concatenate([inner.col[~off], virtual, virtual[used], sender[used]])
        order = count + branches
        right = np.concatenate([np.where(live, self.carbon, 0.0), np.zeros(branches)])
        return csc_array((entries, (rows, columns)), shape=(order, order)), right
