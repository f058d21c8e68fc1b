"""The order in which carbon can be traced: every node after all that feed it, circles of flow as blocks of nodes."""

import numpy as np
import numpy.typing as npt
from numba import njit

Nodes = npt.NDArray[np.int32]  # half the memory to move where every node and edge is touched
NONE = -1

Indices = npt.NDArray[np.int64]


@njit(cache=True)
def feeding_order(
    head: Nodes, follow: Nodes, target: Nodes, feeders: Nodes, live: npt.NDArray[np.bool_]
) -> tuple[Nodes, Indices, Nodes]:
    """Order the live nodes of a flow graph, and its edges by the order of their senders.

    Edges of a node are chained from `head` through `follow` to `NONE` and lead to `target`, all between live nodes;
    `feeders` counts the edges into each node and is used up. Returns the nodes (live,), where circles, the strongly
    connected components of more than one node, begin and end in them (circles, 2), and the edges (edges,). Kahn's
    algorithm as far as it goes, Tarjan's for what circles leave over. The order depends on the graph alone.
    """
    count = len(live)
    order, edges = np.empty(count + 1, np.int32), np.empty(len(target), np.int32)
    placed = total = 0
    for node in range(count):
        if live[node]:
            total += 1
            if feeders[node] == 0:
                order[placed] = node
                placed += 1
    done = listed = 0
    while done < placed:
        edge = head[order[done]]
        done += 1
        while edge != NONE:
            edges[listed] = edge
            listed += 1
            receiver = target[edge]
            feeders[receiver] -= 1
            order[placed] = receiver  # written over unless it has no feeder left: a jump would be mispredicted
            placed += feeders[receiver] == 0
            edge = follow[edge]
    if done == total:
        return order[:total], np.empty((0, 2), np.int64), edges
    circles = _components(head, follow, target, feeders, live, order[done:total])
    for node in order[done:total]:
        edge = head[node]
        while edge != NONE:
            edges[listed] = edge
            listed += 1
            edge = follow[edge]
    return order[:total], circles + done, edges


@njit(cache=True)
def _components(  # noqa: PLR0917 -- numba compiles positional arguments best
    head: Nodes, follow: Nodes, target: Nodes, feeders: Nodes, live: npt.NDArray[np.bool_], order: Nodes
) -> Indices:
    """Write the nodes that still have feeders to `order`; returns where circles begin and end in it, (circles, 2).

    Tarjan's algorithm finishes a component after all that it feeds, so components are written from the end.
    """
    count = len(live)
    found, lowest = np.full(count, NONE, np.int32), np.empty(count, np.int32)
    edge, path, unfinished = head.copy(), np.empty(len(order), np.int32), np.empty(len(order), np.int32)
    ends = np.empty((len(order) // 2, 2), np.int64)
    visits = waiting = 0
    circle, end = len(ends), len(order)
    for root in range(count):
        if not live[root] or feeders[root] == 0 or found[root] != NONE:
            continue
        depth, entered = 0, root
        while depth >= 0:
            if entered != NONE:
                found[entered] = lowest[entered] = visits
                path[depth] = unfinished[waiting] = entered
                visits, waiting, entered = visits + 1, waiting + 1, NONE
            node = path[depth]
            if edge[node] != NONE:
                receiver = target[edge[node]]
                edge[node] = follow[edge[node]]
                if found[receiver] == NONE:
                    depth, entered = depth + 1, receiver
                else:
                    lowest[node] = min(lowest[node], lowest[receiver])
                continue
            depth -= 1
            if depth >= 0:
                lowest[path[depth]] = min(lowest[path[depth]], lowest[node])
            if lowest[node] == found[node]:
                opening = end
                while lowest[node] != count:
                    waiting, end = waiting - 1, end - 1
                    order[end] = unfinished[waiting]
                    lowest[order[end]] = count  # finished: lower than no other
                if opening - end > 1:
                    circle -= 1
                    ends[circle, 0], ends[circle, 1] = end, opening
    return ends[circle:]
