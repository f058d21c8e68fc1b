"""What a region commits to of one hour's integer trace: a Merkle sum tree over its nodes."""

import numpy as np

from offchain.carbon.integer import IntegerTrace
from offchain.carbon.sum_tree import SumTree, sum_tree
from offchain.merkle import carbon_leaf
from offchain.units import Integers


def carbon_tree(trace: IntegerTrace, step: int, *, hour: int, generator_node: Integers) -> SumTree:
    """Build the sum tree of one step over the nodes.

    A leaf's content is that of the carbon ledger (hour, node, intensity). Its sums are the carbon that the node
    generates, that its load takes and that is lost on the branches it feeds [ugCO2e], and its throughflow [W].

    Args:
        trace: the integer trace.
        step: which of its steps.
        hour: the unix hour of the step.
        generator_node: node of each generator, (generators,).

    """
    flow, intensity = trace.flows[step], trace.intensity[step]
    generated, lost = np.zeros(len(intensity), dtype=np.int64), np.zeros(len(intensity), dtype=np.int64)
    np.add.at(generated, generator_node, flow.generation * trace.generator_intensity[step])
    np.add.at(lost, flow.sender, (flow.sent - flow.received) * intensity[flow.sender])
    columns = (generated, flow.load * intensity, lost, flow.throughflow)
    return sum_tree(
        [carbon_leaf(hour, node, int(value)) for node, value in enumerate(intensity)],
        [(int(a), int(b), int(c), int(d)) for a, b, c, d in zip(*columns, strict=True)],
    )
