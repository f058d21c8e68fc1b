"""The order in which carbon can be traced: every node after all that feed it, circles of flow as blocks of nodes."""

import numpy as np
import numpy.typing as npt
from numba import njit

Nodes = npt.NDArray[np.uint32]
"""Positions of nodes or edges: half the memory to move where every one is touched; and unsigned, so that compiled code
does not ask of each whether it counts from the end."""

NONE = np.uint32(0xFFFF_FFFF)

Indices = npt.NDArray[np.int64]


@njit(cache=True)
def feeding_order(head: Nodes, follow: Nodes, target: Nodes, feeders: Nodes) -> tuple[Nodes, Indices, Nodes, Nodes]:
    """Order the live nodes of a flow graph, and its edges by the order of their senders.

    Edges of a node are chained from `head` through `follow` to `NONE` and lead to `target`, all between live nodes;
    `feeders` counts the edges into each node, is `NONE` for those that are not live, and is used up. Kahn's algorithm
    as far as it goes, Tarjan's for what circles leave over. The order depends on the graph alone.

    Returns:
        The nodes (live,); the circles, which are the strongly connected components of more than one node, as where each
        begins and ends among the nodes and the first edge that leaves it (circles, 3); the edges (edges,) but for those
        inside circles, and these (inner edges,).

    """
    count = len(feeders)
    order, edges = np.empty(count + 1, np.uint32), np.empty(len(target), np.uint32)
    placed = total = 0
    for node in range(count):
        order[placed] = node  # written over unless nothing feeds it: a jump would be mispredicted
        placed += feeders[node] == 0
        total += feeders[node] != NONE
    done = listed = 0
    while done < placed:
        edge = head[order[done]]
        done += 1
        while edge != NONE:
            edges[listed] = edge
            listed += 1
            receiver = target[edge]
            feeders[receiver] -= np.uint32(1)
            order[placed] = receiver
            placed += feeders[receiver] == 0
            edge = follow[edge]
    order = order[:total]
    if done == total:
        return order, np.empty((0, 3), np.int64), edges[:listed], edges[:0]
    circles = _components(head, follow, target, feeders, order[done:])
    circles[:, :2] += done
    between, inner = _list_edges(head, follow, target, order, done, circles)
    edges[listed : listed + len(between)] = between
    circles[:, 2] += listed
    return order, circles, edges[: listed + len(between)], inner


@njit(cache=True)
def _list_edges(  # noqa: PLR0917 -- numba compiles positional arguments best
    head: Nodes, follow: Nodes, target: Nodes, order: Nodes, begin: int, circles: Indices
) -> tuple[Nodes, Nodes]:
    """List the edges of nodes from place `begin` of the order on: those between circles, and those inside of them.

    Writes to `circles` which of the former is the first that leaves each.
    """
    inside = np.full(len(head), NONE)
    between, inner = np.empty(len(target), np.uint32), np.empty(len(target), np.uint32)
    listed = enclosed = circle = 0
    for place in range(begin, len(order)):
        if circle < len(circles) and place == circles[circle, 0]:
            circles[circle, 2] = listed
            inside[order[place : circles[circle, 1]]] = circle
            circle += 1
        node = order[place]
        edge = head[node]
        while edge != NONE:
            if inside[node] != NONE and inside[node] == inside[target[edge]]:
                inner[enclosed] = edge
                enclosed += 1
            else:
                between[listed] = edge
                listed += 1
            edge = follow[edge]
    return between[:listed], inner[:enclosed]


@njit(cache=True)
def _components(head: Nodes, follow: Nodes, target: Nodes, feeders: Nodes, order: Nodes) -> Indices:
    """Write the nodes that still have feeders to `order`; returns where circles begin and end in it, (circles, 3).

    Tarjan's algorithm finishes a component after all that it feeds, so components are written from the end. The last
    column is 0.
    """
    count = len(feeders)
    found, lowest = np.full(count, NONE), np.empty(count, np.uint32)
    edge, path, unfinished = head.copy(), np.empty(len(order), np.uint32), np.empty(len(order), np.uint32)
    circles = np.zeros((len(order) // 2, 3), np.int64)
    visits = waiting = 0
    circle, end = len(circles), len(order)
    for root in range(count):
        if feeders[root] == 0 or feeders[root] == NONE or found[root] != NONE:
            continue
        depth, entered = 0, np.uint32(root)
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
                while lowest[node] != NONE:
                    waiting, end = waiting - 1, end - 1
                    order[end] = unfinished[waiting]
                    lowest[order[end]] = NONE  # finished: lower than no other
                if opening - end > 1:
                    circle -= 1
                    circles[circle, 0], circles[circle, 1] = end, opening
    return circles[circle:]
