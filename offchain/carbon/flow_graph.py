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
Flags = npt.NDArray[np.bool_]


class FlowGraph(NamedTuple):
    """Nodes and edges in the order of the flow; edges inside circles apart from those between them."""

    order: Nodes  # (live nodes,) every node after all that feed it; those of a circle stand together
    circles: Indices  # (circles, 3) where each begins and ends in `order`, and the first edge that leaves it
    sender: Nodes  # (edges,) node; edges are in the order of their senders
    target: Nodes  # (edges,) node that receives
    carried: Floats  # (edges,) MW
    inner_sender: Nodes  # (inner edges,) the same of edges between nodes of one circle
    inner_target: Nodes
    inner_carried: Floats
    throughflow: Floats  # (nodes,) MW
    unattributed: Floats  # (nodes,) MW of the throughflow that no generator and no live node gave
    live: Flags  # (nodes,)


@njit(cache=True)
def flow_graph(from_node: Indices, to_node: Indices, p_from: Floats, p_to: Floats, generation: Floats) -> FlowGraph:
    """Orient the branches of one step and order the nodes; `generation` is the power made at each node, (nodes,)."""
    nodes, branches = len(generation), len(from_node)
    throughflow = generation.copy()
    for b in range(branches):
        throughflow[from_node[b]] += max(-p_from[b], 0.0)
        throughflow[to_node[b]] += max(-p_to[b], 0.0)
    live = (throughflow > THROUGHFLOW_MW) | (generation > 0.0)

    sender, target = np.empty(branches, np.int32), np.empty(branches, np.int32)
    follow, carried = np.empty(branches, np.int32), np.empty(branches)
    head, feeders = np.full(nodes, NONE, np.int32), np.zeros(nodes, np.int32)
    unattributed = np.zeros(nodes)
    edges = 0
    for b in range(branches):
        u, w, sent, received = oriented(from_node[b], to_node[b], p_from[b], p_to[b])
        power = min(sent, received)
        if power > 0.0 and live[u] and live[w]:
            sender[edges], target[edges], carried[edges] = u, w, power
            follow[edges], head[u] = head[u], edges
            feeders[w] += 1
            edges += 1
        else:
            power = 0.0
        if received > power:
            unattributed[w] += received - power
        if sent < power:
            unattributed[u] += power - sent
    order, ends, chosen = feeding_order(head, follow, target[:edges], feeders, live)
    circles, circle = _circles(order, ends, nodes)
    senders, targets, powers = np.empty(edges, np.int32), np.empty(edges, np.int32), np.empty(edges)
    outer, inner = 0, edges
    for edge in chosen:
        u, w = sender[edge], target[edge]
        if len(circles) and circle[u] != NONE:
            if circles[circle[u], 2] == NONE:
                circles[circle[u], 2] = outer
            if circle[u] == circle[w]:
                inner -= 1
                senders[inner], targets[inner], powers[inner] = u, w, carried[edge]
                continue
        senders[outer], targets[outer], powers[outer] = u, w, carried[edge]
        outer += 1
    return FlowGraph(
        order=order,
        circles=circles,
        sender=senders[:outer],
        target=targets[:outer],
        carried=powers[:outer],
        inner_sender=senders[outer:],
        inner_target=targets[outer:],
        inner_carried=powers[outer:],
        throughflow=throughflow,
        unattributed=unattributed,
        live=live,
    )


@njit(cache=True)
def _circles(order: Nodes, ends: Indices, nodes: int) -> tuple[Indices, Nodes]:
    """Make room for the first edge of each circle, (circles, 3); and tell the circle of each node, (nodes,).

    `ends` (circles, 2) is where circles begin and end in `order`. If there is none, so is the second result.
    """
    circles = np.full((len(ends), 3), NONE)
    circle = np.full(nodes if len(ends) else 0, NONE, np.int32)
    for number in range(len(ends)):
        circles[number, :2] = ends[number]
        for node in order[ends[number, 0] : ends[number, 1]]:
            circle[node] = number
    return circles, circle


@njit(cache=True)
def lost_power(graph: FlowGraph, from_node: Indices, to_node: Indices, p_from: Floats, p_to: Floats) -> Floats:
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
def at_nodes(values: Floats, where: Indices, nodes: int) -> Floats:
    """Sum the values of elements over the nodes at which they stand, (nodes,)."""
    summed = np.zeros(nodes)
    for position in range(len(where)):
        summed[where[position]] += values[position]
    return summed
