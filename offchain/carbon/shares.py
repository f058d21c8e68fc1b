"""Whose power is at each node: the full matrix of generators and nodes, kept sparse.

The rows of the inverse of A_u times the generation (Sun et al. 2023, Eqs. (6) to (8)), each divided by the throughflow
of its node: what leaves a node towards a load, a branch or a loss is the same mixture. The sweep mixes *sources*: nodes
with generation, each under the number of its first generator, and one more for what no generator gave. Generators of
one node are told apart at the end.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from offchain.carbon.elimination import solve
from offchain.carbon.flow_graph import FlowGraph, Places, at_nodes
from offchain.carbon.ordering import NONE, Nodes
from offchain.carbon.sweep import factor_circle

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Columns = npt.NDArray[np.int32]

ABSENT = -1  # no source or generator: columns count with a sign, as scipy wants them
ROW_ESTIMATE = 128  # sources that feed a node; the arrays grow where it is too small


def share_rows(graph: FlowGraph, generator_node: Places, power: Floats) -> tuple[Columns, Columns, Floats]:
    """Find the part of each generator in each node's throughflow, as the arrays of a sparse matrix by rows.

    `power` is that of the generators in MW, (generators,). Returns where rows start (nodes + 1,), columns and values;
    column `generators` is what no generator gave. Columns are in the order in which power arrives.

    Large arrays are made here, not in compiled code: numpy asks the system for large pages, which halves the time.
    """
    made = at_nodes(power, generator_node, len(graph.throughflow))
    source, neighbour, part = _sources(generator_node, power, made)
    room = ROW_ESTIMATE * len(made)
    columns, values = np.empty(room, np.int32), np.empty(room)
    begin, end, columns, values = _mix_sources(graph, made, source, len(power), columns, values)
    starts = _row_starts(begin, end, columns, neighbour)
    kinds, parts = np.empty(starts[-1], np.int32), np.empty(starts[-1])
    _split_sources(begin, end, columns, values, neighbour, part, kinds, parts)
    return starts, kinds, parts


@njit(cache=True)
def _sources(generator_node: Places, power: Floats, made: Floats) -> tuple[Indices, Columns, Floats]:
    """Chain the generators of each node: first generator (nodes,), the next (generators,), part of the node's power."""
    source, neighbour = np.full(len(made), ABSENT), np.full(len(power) + 1, ABSENT, np.int32)
    part = np.ones(len(power) + 1)
    for generator in range(len(power) - 1, -1, -1):
        if power[generator] > 0.0:
            node = generator_node[generator]
            neighbour[generator], source[node] = source[node], generator
            part[generator] = power[generator] / made[node]
    return source, neighbour, part


@njit(cache=True)
def _mix_sources(  # noqa: PLR0917 -- numba compiles positional arguments best
    graph: FlowGraph, generation: Floats, source: Indices, sources: int, columns: Columns, values: Floats
) -> tuple[Indices, Indices, Columns, Floats]:
    """Find the part of each source in each node's throughflow.

    `generation` is the power made at each node and `source` its column, both (nodes,); column `sources` is what no
    generator gave. Returns where each row begins and ends, (nodes,), and `columns` and `values` filled, or larger ones
    where there was no room.
    """
    nodes = len(generation)
    head, follow = _feeders(graph)
    begin, end = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    latest = np.full(sources + 1, ABSENT)  # where a column stands in the row that was last to have it
    used = place = circle = 0
    while place < len(graph.order):
        node, size = graph.order[place], 1
        if circle < len(graph.circles) and graph.circles[circle, 0] == place:
            size = graph.circles[circle, 1] - place
            circle += 1
        while used + size * (sources + 1) > len(columns):
            columns = np.concatenate((columns, np.empty_like(columns)))
            values = np.concatenate((values, np.empty_like(values)))
        if size > 1:
            members = graph.order[place : place + size]
            fed = _fed_to_circle(graph, members, generation, source, head, follow, begin, end, columns, values, latest)
            used = _mix_circle(graph, members, fed, begin, end, columns, values, used)
            place += size
            continue
        begin[node] = used
        for own, power in ((source[node], generation[node]), (sources, graph.unattributed[node])):
            if power > 0.0:
                columns[used], values[used] = own, power / graph.throughflow[node]
                latest[own] = used
                used += 1
        edge = head[node]
        while edge != NONE:
            part, sender = graph.carried[edge] / graph.throughflow[node], graph.sender[edge]
            for position in range(begin[sender], end[sender]):
                column = columns[position]
                if latest[column] >= begin[node]:
                    values[latest[column]] += part * values[position]
                else:
                    columns[used], values[used] = column, part * values[position]
                    latest[column] = used
                    used += 1
            edge = follow[edge]
        end[node] = used
        place += 1
    return begin, end, columns, values


@njit(cache=True)
def _feeders(graph: FlowGraph) -> tuple[Nodes, Nodes]:
    """Chain the edges by the node they lead to, in the order of their senders: head (nodes,), follow (edges,)."""
    head, follow = np.full(len(graph.live), NONE), np.empty(len(graph.target), np.uint32)
    for edge in graph.edges[::-1]:
        follow[edge], head[graph.target[edge]] = head[graph.target[edge]], edge
    return head, follow


@njit(cache=True)
def _fed_to_circle(  # noqa: PLR0917 -- numba compiles positional arguments best
    graph: FlowGraph,
    members: Nodes,
    generation: Floats,
    source: Indices,
    head: Nodes,
    follow: Nodes,
    begin: Indices,
    end: Indices,
    columns: Columns,
    values: Floats,
    latest: Indices,
) -> Floats:
    """Find what nodes of a circle get of each source from outside of it, (members, sources + 1) in MW."""
    fed = np.zeros((len(members), len(latest)))
    for k, node in enumerate(members):
        if generation[node] > 0.0:
            fed[k, source[node]] = generation[node]
        fed[k, -1] = graph.unattributed[node]
        edge = head[node]
        while edge != NONE:
            sender = graph.sender[edge]
            for position in range(begin[sender], end[sender]):
                fed[k, columns[position]] += graph.carried[edge] * values[position]
            edge = follow[edge]
    return fed


@njit(cache=True)
def _mix_circle(  # noqa: PLR0917 -- numba compiles positional arguments best
    graph: FlowGraph,
    members: Nodes,
    fed: Floats,
    begin: Indices,
    end: Indices,
    columns: Columns,
    values: Floats,
    used: int,
) -> int:
    """Write the rows of nodes that feed each other after the first `used` entries; returns how many there are then."""
    total = np.zeros(len(begin))
    for k, node in enumerate(members):
        total[node] = fed[k].sum()
    factors, pivots = factor_circle(graph, members, total)
    solve(factors, pivots, fed)
    for k, node in enumerate(members):
        begin[node] = used
        for column in np.flatnonzero(fed[k]):
            columns[used], values[used] = column, fed[k, column]
            used += 1
        end[node] = used
    return used


@njit(cache=True)
def _row_starts(begin: Indices, end: Indices, columns: Columns, neighbour: Columns) -> Columns:
    """Find where the rows of nodes start once the generators of each source are told apart, (nodes + 1,).

    After a generator comes its `neighbour` at the same node, and `ABSENT` ends.
    """
    shared = (neighbour != ABSENT).any()
    starts = np.zeros(len(begin) + 1, np.int32)
    for node in range(len(begin)):
        count = end[node] - begin[node]
        if shared:
            for position in range(begin[node], end[node]):
                following = neighbour[columns[position]]
                while following != ABSENT:
                    count += 1
                    following = neighbour[following]
        starts[node + 1] = starts[node] + count
    return starts


@njit(cache=True)
def _split_sources(  # noqa: PLR0917 -- numba compiles positional arguments best
    begin: Indices,
    end: Indices,
    columns: Columns,
    values: Floats,
    neighbour: Columns,
    part: Floats,
    kinds: Columns,
    parts: Floats,
) -> None:
    """Bring rows from the order of the sweep into that of the nodes, and the generators of a source apart.

    `part` is that of each generator in its source; `kinds` and `parts` are filled with generators and their values.
    """
    used = 0
    for node in range(len(begin)):
        for position in range(begin[node], end[node]):
            generator = columns[position]
            while generator != ABSENT:
                kinds[used], parts[used] = generator, values[position] * part[generator]
                used += 1
                generator = neighbour[generator]
