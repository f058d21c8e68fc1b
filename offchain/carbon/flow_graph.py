"""Who feeds whom in one step, compiled: branches oriented by their flow, nodes in the order of the flow.

A branch delivers at most in one direction, so each gives at most one edge: the power that is carried from its sender
to its receiver, the smaller of what is sent and what is received. The virtual node of the branch (Sun et al. 2023,
Eq. (8)) has this one inflow and is eliminated exactly. The rules for warts are in `offchain.carbon.trace`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from offchain.carbon.ordering import NONE, Nodes, feeding_order

THROUGHFLOW_MW = 1e-9  # a thousandth of one Wh in an hour, and fifty times what the power flow leaves at a node

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Places = npt.NDArray[np.uint64]  # nodes of elements
Flags = npt.NDArray[np.bool_]


class FlowGraph(NamedTuple):
    """Nodes and edges of a step. Edge b is what branch b carries; `edges` and `inner` list those that carry power."""

    order: Nodes  # (live nodes,) every node after all that feed it; those of a circle stand together
    circles: Indices  # (circles, 3) where each begins and ends in `order`, and in `edges` the first that leaves it
    edges: Nodes  # (edges,) in the order of their senders, but for those between nodes of one circle
    inner: Nodes  # (inner edges,) those
    sender: Nodes  # (branches,) node
    target: Nodes  # (branches,) node that receives
    carried: Floats  # (branches,) MW
    throughflow: Floats  # (nodes,) MW
    inverse: Floats  # (nodes,) 1/MW: one over it, 0 for nodes that are not live
    unattributed: Floats  # (nodes,) MW of the throughflow that no generator and no live node gave
    live: Flags  # (nodes,)


@njit(cache=True)
def flow_graph(from_node: Places, to_node: Places, p_from: Floats, p_to: Floats, generation: Floats) -> FlowGraph:
    """Orient the branches of one step and order the nodes; `generation` is the power made at each node, (nodes,)."""
    nodes, branches = len(generation), len(from_node)
    sender, target = np.empty(branches, np.uint32), np.empty(branches, np.uint32)
    carried, throughflow, unattributed = np.empty(branches), generation.copy(), np.zeros(nodes)
    for b in range(branches):
        u, w, sent, received = oriented(from_node[b], to_node[b], p_from[b], p_to[b])
        sender[b], target[b], carried[b] = u, w, max(min(sent, received), 0.0)
        throughflow[w] += max(received, 0.0)
        if received > carried[b]:
            unattributed[w] += received - carried[b]
        if sent < 0.0:
            throughflow[u] -= sent
            unattributed[u] -= sent
    live, inverse = (throughflow > THROUGHFLOW_MW) | (generation > 0.0), 1.0 / throughflow
    head, follow = np.full(nodes, NONE), np.empty(branches, np.uint32)
    feeders = np.zeros(nodes, np.uint32)
    for node in range(nodes):
        if not live[node]:
            feeders[node], inverse[node] = NONE, 0.0
    for b in range(branches):
        u, w = sender[b], target[b]
        if carried[b] > 0.0 and live[u] and live[w]:
            follow[b], head[u] = head[u], b
            feeders[w] += np.uint32(1)
        else:
            unattributed[w] += carried[b]  # 0, or from or to a dead node
    order, circles, edges, inner = feeding_order(head, follow, target, feeders)
    return FlowGraph(
        order=order,
        circles=circles,
        edges=edges,
        inner=inner,
        sender=sender,
        target=target,
        carried=carried,
        throughflow=throughflow,
        inverse=inverse,
        unattributed=unattributed,
        live=live,
    )


@njit(cache=True)
def lost_power(graph: FlowGraph, from_node: Places, to_node: Places, p_from: Floats, p_to: Floats) -> Floats:
    """Power that leaves each node towards branches and does not arrive at a live node, (nodes,) in MW."""
    lost = np.zeros(len(graph.live))
    for b in range(len(from_node)):
        u, w, sent, received = oriented(from_node[b], to_node[b], p_from[b], p_to[b])
        carried = max(min(sent, received), 0.0) if graph.live[u] and graph.live[w] else 0.0
        lost[u] += max(sent - carried, 0.0)
        lost[w] += max(carried - received, 0.0)
    return lost


@njit(cache=True)
def oriented(from_node: int, to_node: int, p_from: float, p_to: float) -> tuple[int, int, float, float]:
    """Sender, receiver, power sent and power received of one branch; negative power goes the other way."""
    backward = p_from < 0.0 or p_to > 0.0
    return (
        to_node if backward else from_node,
        from_node if backward else to_node,
        p_to if backward else p_from,
        -p_from if backward else -p_to,
    )


@njit(cache=True)
def at_nodes(values: Floats, where: Places, nodes: int) -> Floats:
    """Sum the values of elements over the nodes at which they stand, (nodes,)."""
    summed = np.zeros(nodes)
    for position in range(len(where)):
        summed[where[position]] += values[position]
    return summed
