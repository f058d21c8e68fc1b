"""Where the nodes of a grid are drawn: on the map where every node has coordinates, else in rings around the source.

Positions lie in a unit-free box [0, width] x [0, height], y downwards; the same grid always gives the same picture.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import Protocol

WIDTH = 560.0
HEIGHT = 500.0
MARGIN = 18.0


@dataclass(frozen=True)
class Place:
    """A position in the picture."""

    x: float
    y: float


class Node(Protocol):
    """What is placed."""

    @property
    def id(self) -> int:
        """Of the node."""

    @property
    def longitude(self) -> float | None:
        """Unknown without coordinates [degrees]."""

    @property
    def latitude(self) -> float | None:
        """Unknown without coordinates [degrees]."""


class Branch(Protocol):
    """What joins two nodes, unless it is open."""

    @property
    def from_node(self) -> int:
        """One end."""

    @property
    def to_node(self) -> int:
        """The other."""

    @property
    def is_open(self) -> bool:
        """Joins nothing."""


def place_nodes(nodes: Sequence[Node], branches: Sequence[Branch], *, source: int) -> dict[int, Place]:
    """Place every node of the grid fed at `source`."""
    raw = _on_map(nodes) or _in_rings([node.id for node in nodes], branches, source=source)
    return _fit(raw)


def _on_map(nodes: Sequence[Node]) -> dict[int, Place]:
    """Longitude and latitude as a map, shortened by the cosine of the mean latitude; empty if one is missing."""
    known = [(n.id, n.longitude, n.latitude) for n in nodes if n.longitude is not None and n.latitude is not None]
    if len(known) < len(nodes):
        return {}
    shrink = cos(radians(sum(latitude for _, _, latitude in known) / len(known)))
    return {node: Place(longitude * shrink, -latitude) for node, longitude, latitude in known}


def _in_rings(ids: Sequence[int], branches: Sequence[Branch], *, source: int) -> dict[int, Place]:
    """Rings of equal distance in branches; every node sits in the middle of the arc of the leaves beyond it.

    Parts that no closed branch joins to the source hang on it in the first ring.
    """
    children, order = _spanning_tree(ids, branches, source=source)
    leaves: dict[int, int] = {}
    for node in reversed(order):
        leaves[node] = sum(leaves[child] for child in children[node]) or 1
    arcs = {source: (0.0, 2 * pi)}
    rings = {source: 0}
    for node in order:
        start, stop = arcs[node]
        for child in children[node]:
            width = (stop - start) * leaves[child] / leaves[node]
            arcs[child] = (start, start + width)
            rings[child] = rings[node] + 1
            start += width
    middles = {node: (start + stop) / 2 for node, (start, stop) in arcs.items()}
    return {node: Place(rings[node] * cos(angle), rings[node] * sin(angle)) for node, angle in middles.items()}


def _spanning_tree(
    ids: Sequence[int], branches: Sequence[Branch], *, source: int
) -> tuple[dict[int, list[int]], list[int]]:
    """Children of every node, and all nodes in breadth-first order; lower ids first."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for branch in branches:
        if not branch.is_open:
            neighbours[branch.from_node].add(branch.to_node)
            neighbours[branch.to_node].add(branch.from_node)
    children: dict[int, list[int]] = defaultdict(list)
    order: list[int] = []
    seen: set[int] = set()
    for root in (source, *sorted(ids)):
        if root in seen:
            continue
        if root != source:
            children[source].append(root)
        seen.add(root)
        queue = [root]
        for node in queue:
            children[node] += sorted(neighbours[node] - seen)
            queue += sorted(neighbours[node] - seen)
            seen |= neighbours[node]
        order += queue
    return children, order


def _fit(raw: dict[int, Place]) -> dict[int, Place]:
    """Scale equally in both directions to the box, and centre."""
    xs, ys = [place.x for place in raw.values()], [place.y for place in raw.values()]
    across, down = max(xs) - min(xs), max(ys) - min(ys)
    scale = min((WIDTH - 2 * MARGIN) / (across or 1), (HEIGHT - 2 * MARGIN) / (down or 1))
    left, top = (WIDTH - scale * across) / 2, (HEIGHT - scale * down) / 2
    return {
        node: Place(left + scale * (place.x - min(xs)), top + scale * (place.y - min(ys)))
        for node, place in raw.items()
    }
