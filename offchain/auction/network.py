"""DC power flow of a network: which share of a node's injection each line carries.

Power transfer distribution factors from reactances (the paper prints only f <= F and gives no flow; corrected, see
docs/PAPERS.md). Each island has its own reference node, the first of it. Power crosses no gap between islands: each
but the first is held in balance by a line of limit 0 whose flow is the island's excess of generation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from offchain.auction.orders import Network
from offchain.auction.scales import line_factors, whole_watts
from offchain.units import Floats


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line between two buses."""

    name: str
    first: int
    second: int
    x_pu: float
    """Series reactance [p.u.], positive."""
    limit_mw: float | None
    """Limit of its flow either way [MW]; None if there is none."""


def islands(buses: int, lines: Sequence[Line]) -> list[list[int]]:
    """Buses of each connected part, ascending, the part of bus 0 first."""
    ends = np.array([(line.first, line.second) for line in lines], dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(lines)), (ends[0], ends[1])), shape=(buses, buses))
    count, label = connected_components(graph, directed=False)
    return [np.flatnonzero(label == island).tolist() for island in range(count)]


def transfer_factors(buses: int, lines: Sequence[Line]) -> Floats:
    """Flow on each line per unit injected at each bus and taken out at its island's reference, (lines, buses)."""
    incidence = np.zeros((len(lines), buses))
    for row, line in enumerate(lines):
        incidence[row, line.first], incidence[row, line.second] = 1.0, -1.0
    flow_per_angle = incidence / np.array([line.x_pu for line in lines]).reshape(-1, 1)
    susceptance = incidence.T @ flow_per_angle
    kept = [bus for island in islands(buses, lines) for bus in island[1:]]
    factors = np.zeros((len(lines), buses))
    factors[:, kept] = np.linalg.solve(susceptance[np.ix_(kept, kept)], flow_per_angle[:, kept].T).T
    return factors


def limited_network(buses: int, lines: Sequence[Line]) -> Network:
    """The network that the clearing knows: limited lines in their order, then the islands but the first."""
    factors = transfer_factors(buses, lines)
    limited = [row for row, line in enumerate(lines) if line.limit_mw is not None]
    limits = [whole_watts(line.limit_mw) for line in lines if line.limit_mw is not None]
    rows = list(factors[limited])
    for island in islands(buses, lines)[1:]:
        rows.append(np.isin(np.arange(buses), island).astype(np.float64))
        limits.append(0)
    return Network(
        nodes=buses, limits=tuple(limits), factors=line_factors(np.array(rows, dtype=np.float64).reshape(-1, buses))
    )
