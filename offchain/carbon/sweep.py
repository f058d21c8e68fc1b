"""One step of the trace, compiled: flows oriented, nodes ordered, intensities swept downstream, losses swept back.

A branch delivers at most in one direction, so each gives at most one edge: the power that is carried from its sender
to its receiver, the smaller of what is sent and what is received. The virtual node of the branch (Sun et al. 2023,
Eq. (8)) has this one inflow and is eliminated exactly. The rules for warts are in `offchain.carbon.trace`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from offchain.carbon.elimination import factor, solve, solve_transposed
from offchain.carbon.ordering import feeding_order

THROUGHFLOW_MW = 1e-9  # a thousandth of one Wh in an hour, and fifty times what the power flow leaves at a node
NO_NODE = -1

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.int32]  # half the memory to move where every node and edge is touched


class FlowGraph(NamedTuple):
    """Who feeds whom in one step. Edges of node u are `first[u]:first[u + 1]`."""

    order: Nodes  # (live nodes,) every node after all that feed it
    starts: Nodes  # (blocks + 1,) where blocks of `order` start: single nodes, or nodes that feed each other
    first: Nodes  # (nodes + 1,)
    target: Nodes  # (edges,) node that receives
    carried: Floats  # (edges,) MW
    throughflow: Floats  # (nodes,) MW
    unattributed: Floats  # (nodes,) MW of the throughflow that no generator and no live node gave
    lost: Floats  # (nodes,) MW that leave towards branches and do not arrive at a live node


@njit(cache=True)
def flow_graph(from_node: Indices, to_node: Indices, p_from: Floats, p_to: Floats, generation: Floats) -> FlowGraph:
    """Orient the branches of one step and order the nodes; `generation` is the power made at each node, (nodes,)."""
    nodes, branches = len(generation), len(from_node)
    throughflow = generation.copy()
    for b in range(branches):
        throughflow[from_node[b]] += max(-p_from[b], 0.0)
        throughflow[to_node[b]] += max(-p_to[b], 0.0)
    live = (throughflow > THROUGHFLOW_MW) | (generation > 0.0)

    sender, receiver = np.empty(branches, np.int32), np.empty(branches, np.int32)
    kept = np.empty(branches)
    first, feeders = np.zeros(nodes + 1, np.int32), np.zeros(nodes, np.int32)
    unattributed, lost = np.zeros(nodes), np.zeros(nodes)
    edges = 0
    for b in range(branches):
        backward = p_from[b] < 0.0 or p_to[b] > 0.0
        u = to_node[b] if backward else from_node[b]
        w = from_node[b] if backward else to_node[b]
        sent = p_to[b] if backward else p_from[b]
        received = -p_from[b] if backward else -p_to[b]
        carried = min(sent, received)
        if carried > 0.0 and live[u] and live[w]:
            sender[edges], receiver[edges], kept[edges] = u, w, carried
            edges += 1
            first[u + 1] += 1
            feeders[w] += 1
        else:
            carried = 0.0
        lost[u] += max(sent - carried, 0.0)
        if received < carried:
            lost[w] += carried - received
        if sent < carried:
            unattributed[u] += carried - sent
        if received > carried:
            unattributed[w] += received - carried
    target, carried_power = _by_sender(sender[:edges], receiver, kept, first)
    order, starts = feeding_order(first, target, feeders, live)
    return FlowGraph(order, starts, first, target, carried_power, throughflow, unattributed, lost)


@njit(cache=True)
def _by_sender(sender: Nodes, receiver: Nodes, kept: Floats, first: Nodes) -> tuple[Nodes, Floats]:
    """Sort edges by sender, stably; `first` counts the edges of each sender and becomes where they start."""
    for node in range(len(first) - 1):
        first[node + 1] += first[node]
    target, carried = np.empty(len(sender), np.int32), np.empty(len(sender))
    place = first[:-1].copy()
    for e in range(len(sender)):
        position = place[sender[e]]
        target[position], carried[position] = receiver[e], kept[e]
        place[sender[e]] = position + 1
    return target, carried


@njit(cache=True)
def nodal_intensities(graph: FlowGraph, generation: Floats, generated: Floats) -> tuple[Floats, int]:
    """Sweep carbon downstream: Sun et al. 2023, Eq. (38).

    `generation` is the power made at each node, (nodes,) in MW; `generated` the carbon that comes with it, MW times
    intensity. Returns the intensity of each node (0 where no power flows), and `NO_NODE` or a node of a circle that
    nothing feeds.
    """
    intensity, carbon = np.zeros(len(generated)), generated.copy()
    fed = fed_from_outside(graph, generation)
    block = 0
    for place in range(len(graph.order)):
        node = graph.order[place]
        if graph.starts[block] == place:
            block += 1
            if graph.starts[block] == place + 1:
                intensity[node] = carbon[node] / graph.throughflow[node]
            elif not _mix_circle(graph, graph.order[place : graph.starts[block]], fed, carbon, intensity):
                return intensity, node
        value = intensity[node]
        for edge in range(graph.first[node], graph.first[node + 1]):
            carbon[graph.target[edge]] += graph.carried[edge] * value
    return intensity, NO_NODE


@njit(cache=True)
def loss_shares(graph: FlowGraph, generation: Floats) -> Floats:
    """Sweep losses back upstream: the part of each node's throughflow that is lost on its way to loads, (nodes,).

    The adjoint solution y of Sun et al. 2023, Eq. (9) (corrected, see docs/PAPERS.md). The graph must be one whose
    circles are all fed.
    """
    share, lost = np.zeros(len(generation)), graph.lost.copy()
    fed = fed_from_outside(graph, generation)
    for block in range(len(graph.starts) - 2, -1, -1):
        begin, end = graph.starts[block], graph.starts[block + 1]
        for place in range(begin, end):
            node = graph.order[place]
            for edge in range(graph.first[node], graph.first[node + 1]):
                lost[node] += graph.carried[edge] * share[graph.target[edge]]
        if end - begin == 1:
            node = graph.order[begin]
            share[node] = lost[node] / graph.throughflow[node]
        else:
            members = graph.order[begin:end]
            factors, pivots = factor_block(graph, members, fed)
            right = lost[members]
            solve_transposed(factors, pivots, right)
            share[members] = right
    return share


@njit(cache=True)
def _mix_circle(graph: FlowGraph, members: Nodes, fed: Floats, carbon: Floats, intensity: Floats) -> bool:
    """Set the intensities of nodes that feed each other; tells whether anything feeds them."""
    factors, pivots = factor_block(graph, members, fed)
    if pivots[0] == 0.0:
        return False
    right = carbon[members].reshape(-1, 1)
    solve(factors, pivots, right)
    intensity[members] = right[:, 0]
    return True


@njit(cache=True)
def factor_block(graph: FlowGraph, members: Nodes, fed: Floats) -> tuple[Floats, Floats]:
    """Eliminate the nodes of a circle; `fed` (nodes,) is what each member gets from outside of it, in MW."""
    size = len(members)
    inner = np.zeros((size, size))
    for u, sender in enumerate(members):
        for edge in range(graph.first[sender], graph.first[sender + 1]):
            for w, receiver in enumerate(members):
                if graph.target[edge] == receiver:
                    inner[w, u] += graph.carried[edge]
    return inner, factor(inner, fed[members])


@njit(cache=True)
def fed_from_outside(graph: FlowGraph, generation: Floats) -> Floats:
    """What nodes of circles get from generators, unattributed sources and other blocks, (nodes,) in MW."""
    fed = np.zeros(len(generation))
    if len(graph.starts) - 1 == len(graph.order):
        return fed
    circle = np.zeros(len(generation), np.int32)
    for block in range(len(graph.starts) - 1):
        begin, end = graph.starts[block], graph.starts[block + 1]
        if end - begin > 1:
            for place in range(begin, end):
                node = graph.order[place]
                circle[node] = block + 1
                fed[node] = generation[node] + graph.unattributed[node]
    for edge, receiver in enumerate(graph.target):
        if circle[receiver] != 0:
            sender = np.searchsorted(graph.first, edge, side="right") - 1
            if circle[sender] != circle[receiver]:
                fed[receiver] += graph.carried[edge]
    return fed


@njit(cache=True)
def at_nodes(values: Floats, where: Indices, nodes: int) -> Floats:
    """Sum the values of elements over the nodes at which they stand, (nodes,)."""
    summed = np.zeros(nodes)
    for position in range(len(where)):
        summed[where[position]] += values[position]
    return summed


@njit(cache=True)
def sweep_downstream(  # noqa: PLR0917 -- numba compiles positional arguments best
    nodes: int,
    from_node: Indices,
    to_node: Indices,
    p_from: Floats,
    p_to: Floats,
    generator_node: Indices,
    generation: Floats,
    generated: Floats,
) -> tuple[Floats, Floats, tuple[int, int]]:
    """Find the intensities of every step; powers are (steps, branches) and (steps, generators).

    Returns intensity and throughflow [MW], both (steps, nodes), and the step and node of the first circle that nothing
    feeds, or `NO_NODE` twice.
    """
    steps = len(p_from)
    intensity, throughflow = np.zeros((steps, nodes)), np.zeros((steps, nodes))
    for step in range(steps):
        made = at_nodes(generation[step], generator_node, nodes)
        graph = flow_graph(from_node, to_node, p_from[step], p_to[step], made)
        found, unfed = nodal_intensities(graph, made, at_nodes(generated[step], generator_node, nodes))
        if unfed != NO_NODE:
            return intensity, throughflow, (step, unfed)
        intensity[step] = found
        throughflow[step] = graph.throughflow
    return intensity, throughflow, (NO_NODE, NO_NODE)


@njit(cache=True)
def sweep_upstream(  # noqa: PLR0917 -- numba compiles positional arguments best
    nodes: int,
    from_node: Indices,
    to_node: Indices,
    p_from: Floats,
    p_to: Floats,
    generator_node: Indices,
    generation: Floats,
) -> Floats:
    """Find the part of the throughflow of each node that is lost, in every step, (steps, nodes)."""
    shares = np.zeros((len(p_from), nodes))
    for step in range(len(p_from)):
        made = at_nodes(generation[step], generator_node, nodes)
        graph = flow_graph(from_node, to_node, p_from[step], p_to[step], made)
        shares[step] = loss_shares(graph, made)
    return shares
