"""Whose power is at each node: the full matrix of generators and nodes, kept sparse.

The rows of the inverse of A_u times the generation (Sun et al. 2023, Eqs. (6) to (8)), each divided by the throughflow
of its node: what leaves a node towards a load, a branch or a loss is the same mixture. The sweep mixes *sources*, nodes
with generation and one more for what no generator gave; generators of one node are told apart at the end.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from offchain.carbon.elimination import solve
from offchain.carbon.sweep import FlowGraph, Nodes, at_nodes, factor_block

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

NO_SOURCE = -1
ROW_ESTIMATE = 64  # sources that feed a node; the arrays grow where it is too small


@njit(cache=True)
def share_rows(graph: FlowGraph, generator_node: Indices, power: Floats) -> tuple[Nodes, Nodes, Floats]:
    """Find the part of each generator in each node's throughflow, as the arrays of a sparse matrix by rows.

    `power` is that of the generators in MW, (generators,). Returns where rows start (nodes + 1,), columns and values;
    column `generators` is what no generator gave. Columns are in the order in which power arrives.
    """
    nodes, generators = len(graph.throughflow), len(power)
    made = at_nodes(power, generator_node, nodes)
    source, sources = np.full(nodes, NO_SOURCE), 0
    for node in range(nodes):
        if made[node] > 0.0:
            source[node] = sources
            sources += 1
    begin, end, columns, values = _mix_sources(graph, made, source, sources)

    split_first = np.zeros(sources + 2, np.int64)
    for generator in range(generators):
        if power[generator] > 0.0:
            split_first[source[generator_node[generator]] + 1] += 1
    split_first[sources + 1] = 1
    split_first = np.cumsum(split_first)
    split_to, split_part = np.empty(split_first[-1], np.int32), np.empty(split_first[-1])
    split_to[-1], split_part[-1] = generators, 1.0
    place = split_first[:-1].copy()
    for generator in range(generators):
        if power[generator] > 0.0:
            node = generator_node[generator]
            position = place[source[node]]
            split_to[position], split_part[position] = generator, power[generator] / made[node]
            place[source[node]] += 1
    return _split_sources(begin, end, columns, values, split_first, split_to, split_part)


@njit(cache=True)
def _mix_sources(
    graph: FlowGraph, generation: Floats, source: Indices, sources: int
) -> tuple[Indices, Indices, Nodes, Floats]:
    """Find the part of each source in each node's throughflow.

    `generation` is the power made at each node and `source` its column, both (nodes,); column `sources` is what no
    generator gave. Returns where each row begins and ends, (nodes,), columns and values.
    """
    nodes = len(generation)
    first, sender, carried = _feeders(graph, nodes)
    begin, end = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    columns, values = np.empty(ROW_ESTIMATE * nodes, np.int32), np.empty(ROW_ESTIMATE * nodes)
    place = np.full(sources + 1, -1, np.int64)  # where a column stands in the row that was last to have it
    used = 0
    for block in range(len(graph.starts) - 1):
        members = graph.order[graph.starts[block] : graph.starts[block + 1]]
        while used + len(members) * (sources + 1) > len(columns):
            columns = np.concatenate((columns, np.empty_like(columns)))
            values = np.concatenate((values, np.empty_like(values)))
        if len(members) > 1:
            mixed = _mixed_in_circle(
                graph, members, generation, source, sources, first, sender, carried, begin, end, columns, values
            )
            for k, node in enumerate(members):
                begin[node] = used
                for column in np.flatnonzero(mixed[k]):
                    columns[used], values[used] = column, mixed[k, column]
                    used += 1
                end[node] = used
            continue
        node = members[0]
        begin[node] = used
        for own, power in ((int(source[node]), generation[node]), (sources, graph.unattributed[node])):
            if power > 0.0:
                columns[used], values[used] = own, power / graph.throughflow[node]
                place[own] = used
                used += 1
        for edge in range(first[node], first[node + 1]):
            part = carried[edge] / graph.throughflow[node]
            for position in range(begin[sender[edge]], end[sender[edge]]):
                column = columns[position]
                if place[column] >= begin[node]:
                    values[place[column]] += part * values[position]
                else:
                    columns[used], values[used] = column, part * values[position]
                    place[column] = used
                    used += 1
        end[node] = used
    return begin, end, columns, values


@njit(cache=True)
def _feeders(graph: FlowGraph, nodes: int) -> tuple[Indices, Indices, Floats]:
    """Turn the edges round: edges into node w are `first[w]:first[w + 1]`, with sender and carried power [MW]."""
    first = np.zeros(nodes + 1, np.int64)
    for receiver in graph.target:
        first[receiver + 1] += 1
    for node in range(nodes):
        first[node + 1] += first[node]
    sender, carried = np.empty(len(graph.target), np.int64), np.empty(len(graph.target))
    place = first[:-1].copy()
    for node in graph.order:
        for edge in range(graph.first[node], graph.first[node + 1]):
            position = place[graph.target[edge]]
            sender[position], carried[position] = node, graph.carried[edge]
            place[graph.target[edge]] += 1
    return first, sender, carried


@njit(cache=True)
def _mixed_in_circle(  # noqa: PLR0917 -- numba compiles positional arguments best
    graph: FlowGraph,
    members: Nodes,
    generation: Floats,
    source: Indices,
    sources: int,
    first: Indices,
    sender: Indices,
    carried: Floats,
    begin: Indices,
    end: Indices,
    columns: Nodes,
    values: Floats,
) -> Floats:
    """Find the rows of nodes that feed each other, (members, sources + 1); those of all other feeders are known."""
    fed = np.zeros((len(members), sources + 1))
    for k, node in enumerate(members):
        if generation[node] > 0.0:
            fed[k, source[node]] = generation[node]
        fed[k, sources] = graph.unattributed[node]
        for edge in range(first[node], first[node + 1]):
            for position in range(begin[sender[edge]], end[sender[edge]]):
                fed[k, columns[position]] += carried[edge] * values[position]
    total = np.zeros(len(generation))
    for k, node in enumerate(members):
        total[node] = fed[k].sum()
    factors, pivots = factor_block(graph, members, total)
    solve(factors, pivots, fed)
    return fed


@njit(cache=True)
def _split_sources(  # noqa: PLR0917 -- numba compiles positional arguments best
    begin: Indices,
    end: Indices,
    columns: Nodes,
    values: Floats,
    split_first: Indices,
    split_to: Nodes,
    split_part: Floats,
) -> tuple[Nodes, Nodes, Floats]:
    """Bring rows from the order of the sweep into that of the nodes, and sources apart into generators."""
    starts = np.zeros(len(begin) + 1, np.int32)
    for node in range(len(begin)):
        count = 0
        for position in range(begin[node], end[node]):
            count += split_first[columns[position] + 1] - split_first[columns[position]]
        starts[node + 1] = starts[node] + count
    kinds, parts = np.empty(starts[-1], np.int32), np.empty(starts[-1])
    used = 0
    for node in range(len(begin)):
        for position in range(begin[node], end[node]):
            for split in range(split_first[columns[position]], split_first[columns[position] + 1]):
                kinds[used], parts[used] = split_to[split], values[position] * split_part[split]
                used += 1
    return starts, kinds, parts
