"""The laws a carbon trace must obey, checked apart from the trace: carbon is neither made nor lost on the way."""

import numpy as np
import numpy.typing as npt

from offchain.carbon.snapshot import FlowSnapshot
from offchain.carbon.trace import Trace
from offchain.errors import LawViolation

CARBON_TOLERANCE = 1e-9  # of the carbon generated in the step

Floats = npt.NDArray[np.float64]


def check_trace(snapshot: FlowSnapshot, trace: Trace, *, intensities: Floats) -> None:
    """Check conservation of carbon at every node and in sum, and that intensities are mixtures of what generators emit.

    `intensities` are those the trace was made with, (generators,) or (steps, generators) in gCO2e/kWh.

    Raises:
        LawViolation: names the node, the step and the residual.

    """
    generated = snapshot.generation_mw * intensities
    allowed = CARBON_TOLERANCE * generated.sum(axis=1)
    _check_nodes(snapshot, trace, generated=generated, allowed=allowed)
    residual = generated.sum(axis=1) - trace.load_rate.sum(axis=1) - trace.loss_rate.sum(axis=1)
    for step in np.flatnonzero(~(np.abs(residual) <= allowed)):
        raise LawViolation(
            f"carbon conservation: step {step} is off by {residual[step]:.3e} kgCO2e/h, allowed {allowed[step]:.1e}"
        )
    for name, carbon in (("load", trace.load_rate), ("loss", trace.loss_rate)):
        for step, position in np.argwhere(~(carbon >= -allowed[:, np.newaxis])):
            raise LawViolation(
                f"carbon sign: {name} {position} in step {step} has {carbon[step, position]:.3e} kgCO2e/h"
            )
    highest = np.broadcast_to(intensities, snapshot.generation_mw.shape).max(axis=1)
    slack = CARBON_TOLERANCE * highest[:, np.newaxis]
    mixture = (trace.intensity >= -slack) & (trace.intensity <= highest[:, np.newaxis] + slack)
    for step, node in np.argwhere(~mixture):
        raise LawViolation(
            f"carbon mixture: node {node} in step {step} has {trace.intensity[step, node]:.6f} gCO2e/kWh, "
            f"generators have 0 to {highest[step]:.6f}"
        )


def _check_nodes(snapshot: FlowSnapshot, trace: Trace, *, generated: Floats, allowed: Floats) -> None:
    """Carbon generated at a node equals what its loads take and what enters its branches."""
    balance = np.zeros((len(generated), snapshot.node_count))
    for position, node in enumerate(snapshot.generator_node):
        balance[:, node] += generated[:, position]
    for position, node in enumerate(snapshot.load_node):
        balance[:, node] -= trace.load_rate[:, position]
    for position, (from_node, to_node) in enumerate(zip(snapshot.from_node, snapshot.to_node, strict=True)):
        balance[:, from_node] -= trace.branch_rate[:, position, 0]
        balance[:, to_node] -= trace.branch_rate[:, position, 1]
    for step, node in np.argwhere(~(np.abs(balance) <= allowed[:, np.newaxis])):
        raise LawViolation(
            f"carbon balance: node {node} in step {step} is off by {balance[step, node]:.3e} kgCO2e/h, "
            f"allowed {allowed[step]:.1e}"
        )
