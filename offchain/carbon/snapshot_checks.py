"""What a sound flow snapshot must satisfy.

`snapshot_problems` yields one problem per broken rule and table, naming the elements: first whether the arrays fit each
other, and if they do, whether the flows are physics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from offchain.carbon.snapshot import FlowSnapshot

SHOWN = 8
TABLES = (
    # names, power, node of each element
    ("branches", "p_from_mw", "from_node"),
    ("branches", "p_to_mw", "to_node"),
    ("generators", "generation_mw", "generator_node"),
    ("loads", "load_mw", "load_node"),
)


def snapshot_problems(snapshot: FlowSnapshot) -> Iterator[str]:
    """Yield every problem of the snapshot; none means that it is sound."""
    problems = [*_shapes(snapshot), *_names(snapshot)]
    if not problems:
        problems = [*_numbers(snapshot), *_places(snapshot)]
    if not problems:
        problems = [*_gains(snapshot), *_balance(snapshot), *_islands(snapshot)]
    yield from problems


def _shapes(snapshot: FlowSnapshot) -> Iterator[str]:
    """Arrays have one column per element and one row per step."""
    steps = len(snapshot.p_from_mw)
    for table, power, where in TABLES:
        count = len(getattr(snapshot, table))
        for name, expected in ((power, (steps, count)), (where, (count,))):
            shape = getattr(snapshot, name).shape
            if shape != expected:
                yield f"{name} has shape {shape}, expected {expected}"
    if snapshot.may_gain.shape != (len(snapshot.branches),):
        yield f"may_gain has shape {snapshot.may_gain.shape}, expected {(len(snapshot.branches),)}"
    if not snapshot.tolerance_mw >= 0:
        yield f"tolerance_mw must be at least 0, not {snapshot.tolerance_mw}"


def _names(snapshot: FlowSnapshot) -> Iterator[str]:
    """Names are unique in their table."""
    for table in ("nodes", "branches", "generators", "loads"):
        counted = Counter(getattr(snapshot, table))
        twice = [name for name, count in counted.items() if count > 1]
        if twice:
            yield f"{table} {_list(twice)}: names must be unique"


def _numbers(snapshot: FlowSnapshot) -> Iterator[str]:
    """Powers are finite; generation and load are not negative."""
    for table, power, _ in TABLES:
        values, names = getattr(snapshot, power), getattr(snapshot, table)
        infinite = ~np.isfinite(values)
        if infinite.any():
            yield f"{power} of {table} {_of(names, infinite)} must be finite"
        elif power in ("generation_mw", "load_mw") and (values < 0).any():
            yield f"{power} of {table} {_of(names, values < 0)} must not be negative"


def _places(snapshot: FlowSnapshot) -> Iterator[str]:
    """Every element stands at a node, and a branch between two."""
    for table, _, where in TABLES:
        place = getattr(snapshot, where)
        unknown = (place < 0) | (place >= len(snapshot.nodes))
        if unknown.any():
            yield f"{where} of {table} {_of(getattr(snapshot, table), unknown)} is unknown"
    loops = (snapshot.from_node == snapshot.to_node) & (snapshot.from_node >= 0)
    if loops.any():
        yield f"branches {_of(snapshot.branches, loops)} must join two nodes"


def _gains(snapshot: FlowSnapshot) -> Iterator[str]:
    """No branch gains power, unless its resistance is negative."""
    loss = snapshot.p_from_mw + snapshot.p_to_mw
    gaining = (loss < -snapshot.tolerance_mw) & ~snapshot.may_gain
    if gaining.any():
        yield (
            f"branches {_of(snapshot.branches, gaining)} gain up to {-loss[gaining].min():.3g} MW, "
            f"allowed {snapshot.tolerance_mw:.0e}"
        )


def _balance(snapshot: FlowSnapshot) -> Iterator[str]:
    """What comes into a node leaves it."""
    residual = imbalance(snapshot)
    unbalanced = np.abs(residual) > snapshot.tolerance_mw
    if unbalanced.any():
        yield (
            f"nodes {_of(snapshot.nodes, unbalanced)} are out of balance by up to {np.abs(residual).max():.3g} MW, "
            f"allowed {snapshot.tolerance_mw:.0e}"
        )


def imbalance(snapshot: FlowSnapshot) -> npt.NDArray[np.float64]:
    """Generation less load less what enters branches at each node, (steps, nodes) in MW."""
    residual: npt.NDArray[np.float64] = (
        snapshot.at_nodes(snapshot.generation_mw, snapshot.generator_node)
        - snapshot.at_nodes(snapshot.load_mw, snapshot.load_node)
        - snapshot.at_nodes(snapshot.p_from_mw, snapshot.from_node)
        - snapshot.at_nodes(snapshot.p_to_mw, snapshot.to_node)
    )
    return residual


def _islands(snapshot: FlowSnapshot) -> Iterator[str]:
    """Nodes that take or pass on power are joined by branches to one that generates or to a branch that gains."""
    count, tolerance = len(snapshot.nodes), snapshot.tolerance_mw
    ends = (snapshot.from_node, snapshot.to_node)
    _, island = connected_components(
        coo_array((np.ones(len(snapshot.branches)), ends), shape=(count, count)), directed=False
    )
    powered, fed = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    powered[snapshot.load_node[(snapshot.load_mw > tolerance).any(axis=0)]] = True
    powered[snapshot.from_node[(np.abs(snapshot.p_from_mw) > tolerance).any(axis=0)]] = True
    fed[snapshot.generator_node[(snapshot.generation_mw > 0).any(axis=0)]] = True
    fed[snapshot.from_node[snapshot.may_gain]] = True
    unfed = powered & ~np.isin(island, island[fed])
    if unfed.any():
        yield f"nodes {_of(snapshot.nodes, unfed)} have load or flow, but nothing in their island generates"


def _of(names: tuple[str, ...], broken: npt.NDArray[np.bool_]) -> str:
    """Name the elements, the last axis of `broken`, for which a rule is broken in any step."""
    return _list([names[i] for i in np.flatnonzero(broken.reshape(-1, len(names)).any(axis=0))])


def _list(names: list[str]) -> str:
    """Name the first and how many more there are."""
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
