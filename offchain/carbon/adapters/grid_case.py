"""Flow snapshots of the grids under `data/grids`, solved by power-grid-model."""

import numpy as np

from offchain.carbon.snapshot import FlowSnapshot, numbered, split_signs
from offchain.grid.case import GridCase
from offchain.grid.power_flow import Injections, PowerFlow
from offchain.units import megawatts

UPPER_GRID = "upper grid"


def flow_snapshot(case: GridCase, injections: Injections, *, flow: PowerFlow) -> FlowSnapshot:
    """Put injections and solved flows together; the external grid comes last among generators and among loads.

    Branches are the lines of the case, then its transformers. Names are the ids of the case; the numbers of
    transformers run on from those of the lines.

    Raises:
        InputError: the flows do not belong to the injections.

    """
    ends = [(e.from_node, e.to_node) for e in case.lines] + [(e.hv_node, e.lv_node) for e in case.transformers]
    from_node, to_node = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    imported, exported = split_signs(flow.external_mw)
    snapshot = FlowSnapshot(
        nodes=numbered(len(case.nodes)),
        branches=numbered(len(ends)),
        generators=(*numbered(len(case.generators)), UPPER_GRID),
        loads=(*numbered(len(case.loads)), UPPER_GRID),
        from_node=from_node,
        to_node=to_node,
        generator_node=np.array([e.node for e in case.generators] + [case.external_grid.node], dtype=np.int64),
        load_node=np.array([e.node for e in case.loads] + [case.external_grid.node], dtype=np.int64),
        p_from_mw=flow.p_from_mw,
        p_to_mw=flow.p_to_mw,
        generation_mw=np.column_stack([megawatts(injections.generation_w), imported]),
        load_mw=np.column_stack([megawatts(injections.load_w), exported]),
        may_gain=np.zeros(len(ends), dtype=np.bool_),
    )
    return snapshot.closed()
