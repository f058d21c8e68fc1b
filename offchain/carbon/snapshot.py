"""The active power that moves through a grid in each step, as tracing wants it.

Signs: generation and load are never negative; power at a branch end is positive into the branch, so the two ends add up
to its loss. Everything is active power in MW; tracing takes flows from any solver that can fill these arrays, and
`offchain.carbon.adapters` has those for power-grid-model, pandapower, MATPOWER tables and JSON. What every adapter
keeps to:

- The external grid is one more generator while it imports and one more load while it takes power back.
- A load that gives power is a generator, a generator that takes power is a load.
- What the conductance of a shunt takes is a load; one that gives power is a generator.
- A branch of negative resistance (an equivalent of a reduced grid) may gain power; no other may.
- What the solver left unbalanced at a node is lost (or gained) at the end there of the branch with the most power, so
  that power, and with it carbon, balances to the last digits: see `closed`.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array

from offchain.carbon.snapshot_checks import imbalance, snapshot_problems
from offchain.errors import InputError

TOLERANCE_MW = 1e-6  # one Wh in an hour: what solvers are asked for

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class FlowSnapshot:
    """Flows of each step. Elements have names, unique in their table, and stand at positions in `nodes`.

    Raises:
        InputError: the arrays do not fit each other or physics; names every problem, see `snapshot_checks`.

    """

    nodes: tuple[str, ...]
    branches: tuple[str, ...]
    generators: tuple[str, ...]
    loads: tuple[str, ...]
    from_node: Indices  # (branches,)
    to_node: Indices  # (branches,)
    generator_node: Indices  # (generators,)
    load_node: Indices  # (loads,)
    p_from_mw: Floats  # (steps, branches)
    p_to_mw: Floats  # (steps, branches)
    generation_mw: Floats  # (steps, generators)
    load_mw: Floats  # (steps, loads)
    may_gain: Flags  # (branches,) whether the branch has negative resistance
    tolerance_mw: float = TOLERANCE_MW  # largest imbalance of a node, and gain of a branch that may not gain

    def __post_init__(self) -> None:
        problems = list(snapshot_problems(self))
        if problems:
            raise InputError(f"flow snapshot: {'; '.join(problems)}")

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.p_from_mw)

    def closed(self) -> "FlowSnapshot":
        """Move what is unbalanced at each node, within the tolerance, into the branch end with the most power there."""
        p_from, p_to = self.p_from_mw.copy(), self.p_to_mw.copy()
        _close(self.from_node, self.to_node, p_from, p_to, np.ascontiguousarray(imbalance(self)))
        return replace(self, p_from_mw=p_from, p_to_mw=p_to)

    def only(self, step: int) -> "FlowSnapshot":
        """Keep one step."""
        powers = ("p_from_mw", "p_to_mw", "generation_mw", "load_mw")
        return replace(self, **{name: getattr(self, name)[step : step + 1] for name in powers})

    def at_nodes(self, values: Floats, where: Indices) -> Floats:
        """Sum values of elements, (steps, elements), over the nodes at which they stand: (steps, nodes)."""
        rows = np.arange(len(where))
        incidence = csr_array((np.ones(len(where)), (rows, where)), shape=(len(where), self.node_count))
        return np.asarray(values @ incidence)


@njit(cache=True)
def _close(from_node: Indices, to_node: Indices, p_from: Floats, p_to: Floats, unbalanced: Floats) -> None:
    """Add the unbalanced power of nodes, (steps, nodes), to branch ends, in place; of equal ends the first is taken."""
    steps, nodes = unbalanced.shape
    for step in range(steps):
        most, branch = np.full(nodes, -1.0), np.full(nodes, -1)
        for b in range(len(from_node)):
            for node, power in ((from_node[b], p_from[step, b]), (to_node[b], p_to[step, b])):
                if abs(power) > most[node]:
                    most[node], branch[node] = abs(power), b
        for node in range(nodes):
            b = branch[node]
            if b >= 0 and from_node[b] == node:
                p_from[step, b] += unbalanced[step, node]
            elif b >= 0:
                p_to[step, b] += unbalanced[step, node]


def numbered(count: int) -> tuple[str, ...]:
    """Name elements by their positions."""
    return tuple(map(str, range(count)))


def positions(ids: npt.NDArray[np.generic], known: npt.NDArray[np.generic]) -> Indices:
    """Return where each id stands among the known ones, -1 if nowhere; of duplicates the first."""
    where = {value: position for position, value in reversed(list(enumerate(known.tolist())))}
    return np.array([where.get(value, -1) for value in ids.tolist()], dtype=np.int64)


def split_signs(power_mw: Floats) -> tuple[Floats, Floats]:
    """Split power into what is positive and what is negative, both without sign."""
    return np.maximum(power_mw, 0.0), np.maximum(-power_mw, 0.0)
