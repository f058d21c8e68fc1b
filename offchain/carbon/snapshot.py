"""The active power that moves through a grid in each step, as tracing wants it.

Signs: generation and load are never negative; power at a branch end is positive into the branch, so the two ends add up
to its loss. The external grid is one more generator while it imports and one more load while it takes power back.
Everything is active power; tracing takes flows from any solver that can fill these arrays.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offchain.errors import InputError
from offchain.grid.case import GridCase
from offchain.grid.power_flow import Injections, PowerFlow
from offchain.units import megawatts

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FlowSnapshot:
    """Flows of each step, in MW.

    Raises:
        InputError: shapes do not fit each other, a node is out of range, a number is not finite, or generation or load
            is negative; names all of it.

    """

    node_count: int
    from_node: Indices  # (branches,)
    to_node: Indices  # (branches,)
    generator_node: Indices  # (generators,)
    load_node: Indices  # (loads,)
    p_from_mw: Floats  # (steps, branches)
    p_to_mw: Floats  # (steps, branches)
    generation_mw: Floats  # (steps, generators)
    load_mw: Floats  # (steps, loads)

    def __post_init__(self) -> None:
        problems = []
        steps = len(self.p_from_mw)
        for name, where in (
            ("p_from_mw", self.from_node),
            ("p_to_mw", self.to_node),
            ("generation_mw", self.generator_node),
            ("load_mw", self.load_node),
        ):
            values = getattr(self, name)
            if values.shape != (steps, len(where)):
                problems.append(f"{name} has shape {values.shape}, expected {(steps, len(where))}")
            elif not np.isfinite(values).all():
                problems.append(f"{name} is not finite")
            elif name in ("generation_mw", "load_mw") and (values < 0).any():
                step, position = np.argwhere(values < 0)[0]
                problems.append(f"{name} {position} is negative in step {step}: {values[step, position]}")
            if len(where) and (where.min() < 0 or where.max() >= self.node_count):
                problems.append(f"nodes of {name} must be from 0 to {self.node_count - 1}")
        if problems:
            raise InputError(f"flow snapshot: {'; '.join(problems)}")


def flow_snapshot(case: GridCase, injections: Injections, *, flow: PowerFlow) -> FlowSnapshot:
    """Put injections and solved flows together; the external grid comes last among generators and among loads."""
    from_node = [e.from_node for e in case.lines] + [e.hv_node for e in case.transformers]
    to_node = [e.to_node for e in case.lines] + [e.lv_node for e in case.transformers]
    generator_node = [e.node for e in case.generators] + [case.external_grid.node]
    load_node = [e.node for e in case.loads] + [case.external_grid.node]
    imported, exported = np.maximum(flow.external_mw, 0), np.maximum(-flow.external_mw, 0)
    return FlowSnapshot(
        node_count=len(case.nodes),
        from_node=np.array(from_node, dtype=np.int64),
        to_node=np.array(to_node, dtype=np.int64),
        generator_node=np.array(generator_node, dtype=np.int64),
        load_node=np.array(load_node, dtype=np.int64),
        p_from_mw=flow.p_from_mw,
        p_to_mw=flow.p_to_mw,
        generation_mw=np.column_stack([megawatts(injections.generation_w), imported]),
        load_mw=np.column_stack([megawatts(injections.load_w), exported]),
    )
