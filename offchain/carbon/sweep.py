"""The trace of one step and of many, compiled: intensities swept downstream, losses swept back upstream."""

import numpy as np
import numpy.typing as npt
from numba import njit

from offchain.carbon.elimination import factor, solve, solve_transposed
from offchain.carbon.flow_graph import FlowGraph, Places, at_nodes, flow_graph, lost_power
from offchain.carbon.ordering import NONE, Nodes

Floats = npt.NDArray[np.float64]


@njit(cache=True)
def nodal_intensities(graph: FlowGraph, generation: Floats, generated: Floats) -> tuple[Floats, np.uint32]:
    """Sweep carbon downstream: Sun et al. 2023, Eq. (38).

    `generation` is the power made at each node, (nodes,) in MW; `generated` the carbon that comes with it, MW times
    intensity. Returns the intensity of each node (0 where no power flows), and `NONE` or a node of a circle that
    nothing feeds.
    """
    carbon = generated.copy()
    fed = fed_from_outside(graph, generation)
    begin = 0
    for place, end_place, end in graph.circles:
        _push(graph, begin, end, carbon)
        begin = end
        members = graph.order[place:end_place]
        factors, pivots = factor_circle(graph, members, fed)
        if pivots[0] == 0.0:
            return carbon, members[0]
        mixed = carbon[members].reshape(-1, 1)
        solve(factors, pivots, mixed)
        carbon[members] = mixed[:, 0] * graph.throughflow[members]
    _push(graph, begin, len(graph.edges), carbon)
    return carbon * graph.inverse, NONE


@njit(cache=True)
def _push(graph: FlowGraph, begin: int, end: int, carbon: Floats) -> None:
    """Add the carbon that edges bring to their receivers."""
    for edge in graph.edges[begin:end]:
        sender = graph.sender[edge]
        carbon[graph.target[edge]] += graph.carried[edge] * (carbon[sender] * graph.inverse[sender])


@njit(cache=True)
def loss_shares(graph: FlowGraph, generation: Floats, lost: Floats) -> Floats:
    """Sweep losses back upstream: the part of each node's throughflow that is lost on its way to loads, (nodes,).

    The adjoint solution y of Sun et al. 2023, Eq. (9) (corrected, see docs/PAPERS.md). `lost` (nodes,) is what is lost
    in the branches after each node, in MW; it becomes what is lost anywhere after it. All circles must be fed.
    """
    fed = fed_from_outside(graph, generation)
    end = len(graph.edges)
    for place, end_place, begin in graph.circles[::-1]:
        _pull(graph, begin, end, lost)
        end = begin
        members = graph.order[place:end_place]
        factors, pivots = factor_circle(graph, members, fed)
        share = lost[members]
        solve_transposed(factors, pivots, share)
        lost[members] = share * graph.throughflow[members]
    _pull(graph, 0, end, lost)
    return lost * graph.inverse


@njit(cache=True)
def _pull(graph: FlowGraph, begin: int, end: int, lost: Floats) -> None:
    """Add to what senders lose what is lost of the power that they send."""
    for edge in graph.edges[begin:end][::-1]:
        target = graph.target[edge]
        lost[graph.sender[edge]] += graph.carried[edge] * (lost[target] * graph.inverse[target])


@njit(cache=True)
def factor_circle(graph: FlowGraph, members: Nodes, fed: Floats) -> tuple[Floats, Floats]:
    """Eliminate the nodes of a circle; `fed` (nodes,) is what each gets from outside of it, in MW."""
    inner = np.zeros((len(members), len(members)))
    for edge in graph.inner:
        for u, sender in enumerate(members):
            if sender == graph.sender[edge]:
                for w, target in enumerate(members):
                    if target == graph.target[edge]:
                        inner[w, u] += graph.carried[edge]
    return inner, factor(inner, fed[members])


@njit(cache=True)
def fed_from_outside(graph: FlowGraph, generation: Floats) -> Floats:
    """What nodes of circles get from generators, unattributed sources and edges from outside, (nodes,) in MW."""
    fed, circular = np.zeros(len(generation)), np.zeros(len(generation), np.bool_)
    for begin, end, _ in graph.circles:
        for node in graph.order[begin:end]:
            fed[node], circular[node] = generation[node] + graph.unattributed[node], True
    for edge in graph.edges[: len(graph.edges) if len(graph.circles) else 0]:
        target = graph.target[edge]
        if circular[target]:
            fed[target] += graph.carried[edge]
    return fed


@njit(cache=True)
def sweep_downstream(  # noqa: PLR0917 -- numba compiles positional arguments best
    nodes: int,
    from_node: Places,
    to_node: Places,
    p_from: Floats,
    p_to: Floats,
    generator_node: Places,
    generation: Floats,
    generated: Floats,
) -> tuple[Floats, Floats, tuple[int, np.uint32]]:
    """Find the intensities of every step; powers are (steps, branches) and (steps, generators).

    Returns intensity and throughflow [MW], both (steps, nodes), and step and node of the first circle that nothing
    feeds; the node is `NONE` if there is no such circle.
    """
    steps = len(p_from)
    intensity, throughflow = np.zeros((steps, nodes)), np.zeros((steps, nodes))
    for step in range(steps):
        made = at_nodes(generation[step], generator_node, nodes)
        graph = flow_graph(from_node, to_node, p_from[step], p_to[step], made)
        found, unfed = nodal_intensities(graph, made, at_nodes(generated[step], generator_node, nodes))
        if unfed != NONE:
            return intensity, throughflow, (step, unfed)
        intensity[step] = found
        throughflow[step] = graph.throughflow
    return intensity, throughflow, (0, NONE)


@njit(cache=True)
def sweep_upstream(  # noqa: PLR0917 -- numba compiles positional arguments best
    nodes: int,
    from_node: Places,
    to_node: Places,
    p_from: Floats,
    p_to: Floats,
    generator_node: Places,
    generation: Floats,
) -> Floats:
    """Find the part of the throughflow of each node that is lost, in every step, (steps, nodes)."""
    shares = np.zeros((len(p_from), nodes))
    for step in range(len(p_from)):
        made = at_nodes(generation[step], generator_node, nodes)
        graph = flow_graph(from_node, to_node, p_from[step], p_to[step], made)
        lost = lost_power(graph, from_node, to_node, p_from[step], p_to[step])
        shares[step] = loss_shares(graph, made, lost)
    return shares
