"""The laws a carbon trace must obey, checked apart from the trace: carbon is neither made nor lost on the way."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from offchain.carbon.snapshot import FlowSnapshot
from offchain.carbon.snapshot_checks import imbalance
from offchain.carbon.trace import Trace
from offchain.errors import LawViolation

CARBON_TOLERANCE = 1e-12  # of the carbon generated in the step: a few roundings of float64 per node

Floats = npt.NDArray[np.float64]


def check_trace(snapshot: FlowSnapshot, trace: Trace, *, intensities: Floats) -> None:
    """Check conservation of carbon at every node and in sum, and that intensities are mixtures of what generators emit.

    `intensities` are those the trace was made with, (generators,) or (steps, generators) in gCO2e/kWh. What the solver
    left unbalanced at a node may take that node's intensity with it, and nothing more.

    Raises:
        LawViolation: names the node, the step and the residual.

    """
    generated = snapshot.generation_mw * intensities
    allowed = CARBON_TOLERANCE * generated.sum(axis=1)
    unbalanced = imbalance(snapshot) * trace.intensity
    for problems in (
        _nodes(snapshot, trace, generated=generated, unbalanced=unbalanced, allowed=allowed),
        _sums(trace, generated=generated, unbalanced=unbalanced, allowed=allowed),
        _signs(trace, allowed=allowed),
        _mixtures(snapshot, trace, intensities=intensities),
    ):
        for problem in problems:
            raise LawViolation(problem)


def _nodes(
    snapshot: FlowSnapshot, trace: Trace, *, generated: Floats, unbalanced: Floats, allowed: Floats
) -> Iterator[str]:
    """Carbon generated at a node equals what its loads take and what enters its branches."""
    residual = (
        snapshot.at_nodes(generated, snapshot.generator_node)
        - snapshot.at_nodes(trace.load_rate, snapshot.load_node)
        - snapshot.at_nodes(trace.branch_rate[:, :, 0], snapshot.from_node)
        - snapshot.at_nodes(trace.branch_rate[:, :, 1], snapshot.to_node)
        - unbalanced
    )
    for step, node in np.argwhere(~(np.abs(residual) <= allowed[:, np.newaxis])):
        yield (
            f"carbon balance: node {node} in step {step} is off by {residual[step, node]:.3e} kgCO2e/h, "
            f"allowed {allowed[step]:.1e}"
        )


def _sums(trace: Trace, *, generated: Floats, unbalanced: Floats, allowed: Floats) -> Iterator[str]:
    """Generation is load and loss, and what generators bear of the loss is the loss."""
    total, loads, losses = generated.sum(axis=1), trace.load_rate.sum(axis=1), trace.loss_rate.sum(axis=1)
    limit = allowed + np.abs(unbalanced).sum(axis=1)
    for name, residual in (
        ("carbon conservation", total - loads - losses),
        ("carbon of losses borne by generators", trace.generator_loss_rate.sum(axis=1) - losses),
    ):
        for step in np.flatnonzero(~(np.abs(residual) <= limit)):
            yield f"{name}: step {step} is off by {residual[step]:.3e} kgCO2e/h, allowed {limit[step]:.1e}"


def _signs(trace: Trace, *, allowed: Floats) -> Iterator[str]:
    """Loads and losses take carbon, and generators bear it."""
    for name, carbon in (
        ("load", trace.load_rate),
        ("loss", trace.loss_rate),
        ("loss borne by generator", trace.generator_loss_rate),
    ):
        for step, position in np.argwhere(~(carbon >= -allowed[:, np.newaxis])):
            yield f"carbon sign: {name} {position} in step {step} has {carbon[step, position]:.3e} kgCO2e/h"


def _mixtures(snapshot: FlowSnapshot, trace: Trace, *, intensities: Floats) -> Iterator[str]:
    """Intensities lie between 0 and the highest of a generator."""
    highest = np.broadcast_to(intensities, snapshot.generation_mw.shape).max(axis=1)
    slack = CARBON_TOLERANCE * highest[:, np.newaxis]
    mixture = (trace.intensity >= -slack) & (trace.intensity <= highest[:, np.newaxis] + slack)
    for step, node in np.argwhere(~mixture):
        yield (
            f"carbon mixture: node {node} in step {step} has {trace.intensity[step, node]:.6f} gCO2e/kWh, "
            f"generators have 0 to {highest[step]:.6f}"
        )
