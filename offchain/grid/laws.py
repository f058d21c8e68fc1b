"""The law a solved power flow must obey, checked apart from the solver: power in equals power out at every node."""

import numpy as np

from offchain.errors import LawViolation
from offchain.grid.case import GridCase
from offchain.grid.power_flow import Injections, PowerFlow
from offchain.units import megawatts

POWER_TOLERANCE_MW = 1e-9  # a thousandth of one Wh in an hour; the solver leaves 2e-11 MW on the two grids


def check_power_flow(case: GridCase, injections: Injections, *, flow: PowerFlow) -> None:
    """Check the active power balance of every node in every step, and that no branch gains power.

    Raises:
        LawViolation: names the worst node or branch, its step and the power that is missing.

    """
    balance = np.zeros((len(flow.external_mw), len(case.nodes)))
    balance[:, case.external_grid.node] += flow.external_mw
    for position, generator in enumerate(case.generators):
        balance[:, generator.node] += megawatts(injections.generation_w[:, position])
    for position, load in enumerate(case.loads):
        balance[:, load.node] -= megawatts(injections.load_w[:, position])
    ends = [(e.from_node, e.to_node) for e in case.lines] + [(e.hv_node, e.lv_node) for e in case.transformers]
    for position, (from_node, to_node) in enumerate(ends):
        balance[:, from_node] -= flow.p_from_mw[:, position]
        balance[:, to_node] -= flow.p_to_mw[:, position]
    residual = np.abs(balance)
    if not residual.max() <= POWER_TOLERANCE_MW:
        step, node = np.unravel_index(np.argmax(residual), residual.shape)
        raise LawViolation(
            f"power balance of {case.code}: node {node} in step {step} is off by {balance[step, node]:.3e} MW, "
            f"allowed {POWER_TOLERANCE_MW:.0e}"
        )
    gain = -(flow.p_from_mw + flow.p_to_mw)
    if not gain.max() <= POWER_TOLERANCE_MW:
        step, branch = np.unravel_index(np.argmax(gain), gain.shape)
        raise LawViolation(f"losses of {case.code}: branch {branch} in step {step} gains {gain[step, branch]:.3e} MW")
