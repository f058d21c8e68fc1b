"""The order in which carbon can be traced: every node after all that feed it, circles of flow as blocks of nodes."""

import numpy as np
import numpy.typing as npt
from numba import njit

Nodes = npt.NDArray[np.int32]
UNSEEN = -1


@njit(cache=True)
def feeding_order(first: Nodes, target: Nodes, feeders: Nodes, live: npt.NDArray[np.bool_]) -> tuple[Nodes, Nodes]:
    """Order the live nodes of a flow graph.

    Edges of node u are `target[first[u]:first[u + 1]]`, all between live nodes; `feeders` counts the edges into each
    node and is used up. Returns the nodes (live,) and where blocks start in them (blocks + 1,): a block is one node or
    a strongly connected component. Kahn's algorithm as far as it goes, Tarjan's for what circles leave over. The order
    depends on the graph alone.
    """
    count = len(live)
    order = np.empty(count, np.int32)
    starts = np.empty(count + 1, np.int32)
    placed = 0
    total = 0
    for node in range(count):
        if live[node]:
            total += 1
            if feeders[node] == 0:
                order[placed] = node
                placed += 1
    done = 0
    while done < placed:
        node = order[done]
        starts[done] = done
        done += 1
        for edge in range(first[node], first[node + 1]):
            receiver = target[edge]
            feeders[receiver] -= 1
            if feeders[receiver] == 0:
                order[placed] = receiver
                placed += 1
    blocks = done
    if done < total:
        blocks = _components(first, target, feeders, live, order, starts, done, total)
    starts[blocks] = total
    return order[:total], starts[: blocks + 1]


@njit(cache=True)
def _components(  # noqa: PLR0917 -- numba compiles positional arguments best
    first: Nodes,
    target: Nodes,
    feeders: Nodes,
    live: npt.NDArray[np.bool_],
    order: Nodes,
    starts: Nodes,
    blocks: int,
    total: int,
) -> int:
    """Append the nodes that still have feeders, component by component; returns the number of blocks.

    Tarjan's algorithm finishes a component after all that it feeds, so components are written from the end.
    """
    count = len(live)
    found, lowest = np.full(count, UNSEEN, np.int32), np.empty(count, np.int32)
    edge = first[:-1].copy()
    path, unfinished, sizes = np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int32)
    visits = waiting = components = 0
    end = total
    for root in range(count):
        if not live[root] or feeders[root] == 0 or found[root] != UNSEEN:
            continue
        depth, entered = 0, root
        while depth >= 0:
            if entered != UNSEEN:
                found[entered] = lowest[entered] = visits
                path[depth] = unfinished[waiting] = entered
                visits, waiting, entered = visits + 1, waiting + 1, UNSEEN
            node = path[depth]
            if edge[node] < first[node + 1]:
                receiver = target[edge[node]]
                edge[node] += 1
                if found[receiver] == UNSEEN:
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
                sizes[components] = opening - end
                components += 1
    for component in range(components - 1, -1, -1):
        starts[blocks] = end
        blocks += 1
        end += sizes[component]
    return blocks
